// Old runs must go on with new code: every recorded history in fixtures/ is replayed against the workflow as it is now.
// No step runs. A test that fails names the location, the line, and what to paste.

import { readdirSync, readFileSync } from "node:fs";
import type { HistoryEvent } from "dotworkflows";
import { replayHistory } from "dotworkflows/testing";
import { expect, test } from "vitest";
import guarded from "./guarded.ts";

const folder = new URL("fixtures/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  test(`${file} still fits the code`, async () => {
    const { events } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { events: HistoryEvent[] };
    const { differences } = await replayHistory(guarded, events);
    expect(differences).toEqual([]);
  });
}
