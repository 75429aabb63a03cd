// Every row of the torture suite in its short form, with a seed of its own each day; `npm run torture` has the full
// figures, and a violation here is repeated with the line that it prints.

import { describe, expect, it } from "vitest";
import { repeatLine } from "./row.ts";
import { ROWS } from "./table.ts";

const seed = Math.floor(Date.now() / 86_400_000);

describe("torture, in short", { timeout: 90_000 }, () => {
  it.each(ROWS)("$id: $title", async (row) => {
    const options = { isFull: false, seed };
    const { violations } = await row.run(options);
    expect(violations.map((violation) => `${violation.what}\n  ${repeatLine(row, violation, options)}`)).toEqual([]);
  });
});
