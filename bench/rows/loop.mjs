// P5: a loop of 100,000 iterations.

import { statSync } from "node:fs";
import path from "node:path";
import { Loop, runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, pointsText } from "../support/measure.mjs";

const ITERATIONS = 100_000;

/** P5: the file, the memory and the pace of an endless loop. `os` durability: the loop's own cost, not the disk's. */
export async function p5() {
  const { marks, resident, file } = await inFolder(longLoop);
  const first = median(marks.slice(1, 6));
  const last = median(marks.slice(-5));
  /** @type {[number, number][]} */
  const points = [1, 10, 100].map((count) => [count * 1_000, marks.slice(0, count).reduce((sum, ms) => sum + ms, 0)]);
  const growth = exponent(points);
  const megabytes = resident / 1e6;
  return [
    {
      id: "P5",
      work: "loop of 100,000 iterations of 2 steps, files",
      value: `first 1,000 in ${first.toFixed(0)} ms, last in ${last.toFixed(0)} ms; ${megabytes.toFixed(0)} MB resident; file ≤ ${(file / 1e6).toFixed(1)} MB; exponent ${growth.toFixed(2)}`,
      reference: `durability os; ${pointsText(points)}`,
      goal: "last as fast as first; ≤ 120 MB; ≤ 8 MB; exponent ≤ 1.05",
      met: last <= first * 1.15 && megabytes <= 120 && file <= 8e6 && growth <= 1.05,
      figures: { first, last, megabytes, fileBytes: file, exponent: growth, points },
    },
  ];
}

/**
 * Milliseconds of each 1,000 iterations (the first ones run cold), the most memory and the largest file seen.
 * @param {string} folder
 */
async function longLoop(folder) {
  const dir = path.join(folder, ".workflows");
  const store = await openStore({ dir, durability: "os" });
  const driver = await store.open("loop");
  /** @type {number[]} */
  const marks = [];
  let resident = 0;
  let file = 0;
  let last = performance.now();
  await runWorkflow(
    "loop",
    (ctx) =>
      ctx.loop({
        name: "work",
        state: 0,
        run: async (iteration, state) => {
          await iteration.step("a", async () => state);
          await iteration.step("b", async () => state);
          if (state % 1_000 === 999) {
            const now = performance.now();
            marks.push(now - last);
            last = now;
            resident = Math.max(resident, process.memoryUsage().rss);
            file = Math.max(file, statSync(path.join(dir, "loop", "history.cbor")).size);
          }
          return state + 1 < ITERATIONS ? Loop.continue(state + 1) : Loop.break(state);
        },
      }),
    undefined,
    driver,
    { mode: "live" },
  ).result;
  await driver.close();
  return { marks, resident, file };
}
