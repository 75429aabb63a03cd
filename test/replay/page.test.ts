// The page on guarding runs has a line for everything that a comparison can say.

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { Verdict } from "dotworkflows/testing";

// A record, so that a new verdict is an error here until it has its line there.
const VERDICTS: Readonly<Record<Verdict, true>> = {
  same: true,
  next: true,
  inserted: true,
  missing: true,
  kind: true,
  "renamed?": true,
  "rescoped?": true,
  duplicate: true,
  "not awaited": true,
  changed: true,
  moved: true,
  branches: true,
  input: true,
  message: true,
  threw: true,
  result: true,
  unreached: true,
  "not compared": true,
};

it("tells of every verdict", () => {
  const page = readFileSync(path.resolve(import.meta.dirname, "../../docs/guarding-runs.md"), "utf8");
  expect(Object.keys(VERDICTS).filter((verdict) => !page.includes(`\`${verdict}\``))).toEqual([]);
});
