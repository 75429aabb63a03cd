// P5 and P6: a loop of 100,000 iterations, and 10,000 messages.

import { statSync } from "node:fs";
import path from "node:path";
import { Loop, runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, syncLimit } from "../support/measure.mjs";

/** P5: the file, the memory and the pace of an endless loop. `os` durability: the loop's own cost, not the disk's. */
export async function p5() {
  return inFolder(async (folder) => {
    const dir = path.join(folder, ".workflows");
    const store = await openStore({ dir, durability: "os" });
    const driver = await store.open("loop");
    const iterations = 100_000;
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
            return state + 1 < iterations ? Loop.continue(state + 1) : Loop.break(state);
          },
        }),
      undefined,
      driver,
      { mode: "live" },
    ).result;
    await driver.close();
    const first = median(marks.slice(1, 6));
    const end = median(marks.slice(-5));
    const growth = exponent([
      [1_000, median(marks.slice(1, 4))],
      [10_000, median(marks.slice(8, 13))],
      [100_000, end],
    ]);
    const megabytes = resident / 1e6;
    return [
      {
        id: "P5",
        work: "loop of 100,000 iterations of 2 steps, files",
        value: `first 1,000 in ${first.toFixed(0)} ms, last in ${end.toFixed(0)} ms; ${megabytes.toFixed(0)} MB resident; file ≤ ${(file / 1e6).toFixed(1)} MB`,
        reference: `growth of the time per iteration: exponent ${growth.toFixed(2)}; durability os`,
        goal: "last as fast as first; ≤ 120 MB; ≤ 8 MB",
        met: end <= first * 1.15 && megabytes <= 120 && file <= 8e6,
      },
    ];
  });
}

/** P6: 10,000 messages that are already there, received one by one. */
export async function p6() {
  return inFolder(async (folder) => {
    /** @type {[number, number][]} */
    const points = [];
    let share = 0;
    let limit = 0;
    for (const count of [100, 1_000, 10_000]) {
      const dir = path.join(folder, `store-${count}`);
      const store = await openStore({ dir });
      const driver = await store.open("inbox");
      let begun = 0;
      /** @type {Promise<unknown>[]} */
      const sends = [];
      const handle = runWorkflow(
        "inbox",
        async (ctx) => {
          const deliver = async () => {
            for (let index = 0; index < count; index++) sends.push(driver.inbox.add(message(index)));
            await Promise.all(sends);
          };
          await ctx.step({ name: "ready", timeout: 0, run: deliver });
          begun = performance.now();
          for (let index = 0; index < count; index++) await ctx.queue.next(`m${index}`, { names: ["work"] });
          return performance.now() - begun;
        },
        undefined,
        driver,
        { mode: "live" },
      );
      const { output = 0 } = await handle.result;
      await driver.close();
      points.push([count, output]);
      if (count < 10_000) continue;
      limit = await syncLimit(folder, 150, 3_000);
      share = ((count * 1000) / output / limit) * 100;
    }
    const growth = exponent(points);
    return [
      {
        id: "P6",
        work: "10,000 messages received one by one, files",
        value: `${share.toFixed(0)} % of the limit, exponent ${growth.toFixed(2)}`,
        reference: `limit ${Math.round(limit)}/s; ${points.map(([size, ms]) => `${size}: ${ms.toFixed(0)} ms`).join(" · ")}`,
        goal: "≥ 85 % of the limit, exponent ≤ 1.05",
        met: share >= 85 && growth <= 1.05,
      },
    ];
  });
}

/** @param {number} index */
function message(index) {
  return { id: `m-${String(index).padStart(6, "0")}`, name: "work", body: index, sentAt: 1_750_000_000_000 + index };
}
