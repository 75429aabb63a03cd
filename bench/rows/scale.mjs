// P5 and P6: a loop of 100,000 iterations, and 10,000 messages.

import { statSync } from "node:fs";
import path from "node:path";
import { Loop, runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, pointsText, syncLimit } from "../support/measure.mjs";

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

/** Rounds of each number of messages. */
const MESSAGES = /** @type {const} */ ([
  [100, 5],
  [1_000, 3],
  [10_000, 3],
]);

/** P6: 10,000 messages that are already there, received one by one. */
export async function p6() {
  return inFolder(async (folder) => {
    /** @type {[number, number][]} */
    const points = [];
    /** @type {number[]} */
    let limits = [];
    /** @type {number[]} */
    let shares = [];
    let bytes = 0;
    for (const [count, rounds] of MESSAGES) {
      const times = [];
      limits = [];
      shares = [];
      for (let round = 0; round < rounds; round++) {
        const received = await receive(path.join(folder, `store-${count}-${round}`), count);
        bytes = Math.round(received.bytes / count);
        const limit = await syncLimit(folder, bytes, 2_000);
        times.push(received.ms);
        limits.push(limit);
        shares.push(((count * 1000) / received.ms / limit) * 100);
      }
      points.push([count, median(times)]);
    }
    const share = median(shares);
    const limit = median(limits);
    const growth = exponent(points);
    return [
      {
        id: "P6",
        work: "10,000 messages received one by one, files",
        value: `${share.toFixed(1)} % of the limit, exponent ${growth.toFixed(2)}`,
        reference: `limit ${Math.round(limit)}/s (append + fdatasync of ${bytes} bytes); ${pointsText(points)}`,
        goal: "≥ 85 % of the limit, exponent ≤ 1.05",
        met: share >= 85 && growth <= 1.05,
        figures: { share, limit, exponent: growth, points },
      },
    ];
  });
}

/**
 * Milliseconds from the first wait to the last message, all of them sent before, and the bytes of the history.
 * @param {string} dir
 * @param {number} count
 */
async function receive(dir, count) {
  const store = await openStore({ dir });
  const driver = await store.open("inbox");
  const handle = runWorkflow(
    "inbox",
    async (ctx) => {
      const deliver = async () => {
        await Promise.all(Array.from({ length: count }, (_, index) => driver.inbox.add(message(index))));
      };
      await ctx.step({ name: "ready", timeout: 0, run: deliver });
      const begun = performance.now();
      for (let index = 0; index < count; index++) await ctx.queue.next(`m${index}`, { names: ["work"] });
      return performance.now() - begun;
    },
    undefined,
    driver,
    { mode: "live" },
  );
  const { output: ms = Number.NaN } = await handle.result;
  await driver.close();
  return { ms, bytes: statSync(path.join(dir, "inbox", "history.cbor")).size };
}

/** @param {number} index */
function message(index) {
  return { id: `m-${String(index).padStart(6, "0")}`, name: "work", body: index, sentAt: 1_750_000_000_000 + index };
}
