// Old runs must go on with new code: every recorded history in fixtures/ is replayed against the workflow as it is now.
// No step runs. A test that fails names the location, the line, and what to paste.

import { readdirSync, readFileSync } from "node:fs";
import { describeDifferences, replayHistory } from "dotworkflows/testing";
import { expect, test } from "vitest";
import guarded from "./guarded.ts";

const folder = new URL("fixtures/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => /\.(?:json|cbor)$/.test(name))) {
  test(`${file} still fits the code`, async () => {
    const report = await replayHistory(guarded, readFileSync(new URL(file, folder)));
    expect(describeDifferences(report)).toBe("");
  });
}
