// Every row of the torture suite in its short form, with a seed of its own each day; `npm run torture` has the full
// figures, and a violation here is repeated with the line that it prints.

import { describe, expect, it } from "vitest";
import { ROWS } from "./table.ts";

const seed = Math.floor(Date.now() / 86_400_000);

describe("torture, in short", { timeout: 90_000 }, () => {
  it.each(ROWS)("$id: $title", async ({ id, run }) => {
    const { violations } = await run({ isFull: false, seed });
    const again = violations.map(
      (violation) => `${violation.what}\n  npm run torture -- ${id} --short --seed ${seed} --case '${violation.case}'`,
    );
    expect(again).toEqual([]);
  });
});
