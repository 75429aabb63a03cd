// P6: 10,000 messages.

import { statSync } from "node:fs";
import path from "node:path";
import { runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { callTimes } from "../support/call-times.mjs";
import { exponent, inFolder, median, pointsText, syncLimit } from "../support/measure.mjs";

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
    /** @type {Awaited<ReturnType<typeof receive>>[]} */
    let last = [];
    for (const [count, rounds] of MESSAGES) {
      const times = [];
      limits = [];
      shares = [];
      last = [];
      for (let round = 0; round < rounds; round++) {
        const received = await receive(path.join(folder, `store-${count}-${round}`), count);
        bytes = Math.round(received.bytes / count);
        const limit = await syncLimit(folder, bytes, 2_000);
        times.push(received.ms);
        last.push(received);
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
        parts: partsOf(last, limit),
      },
    ];
  });
}

/**
 * @param {Awaited<ReturnType<typeof receive>>[]} received
 * @param {number} limit
 */
function partsOf(received, limit) {
  const count = MESSAGES.at(-1)?.[0] ?? Number.NaN;
  const micros = (/** @type {number[]} */ values) => (median(values) * 1000) / count;
  const all = micros(received.map(({ ms }) => ms));
  const sync = micros(received.map(({ calls }) => calls.sync));
  const rest = micros(received.map(({ calls }) => calls.rest));
  return (
    `a message takes ${all.toFixed(0)} µs: its sync ${sync.toFixed(0)}, the calls that look at the file and write the ` +
    `record ${rest.toFixed(0)}, and ${(all - sync - rest).toFixed(0)} for the engine, the event loop and the removal ` +
    `of its file; 85 % of the limit would leave ${(1e6 / limit / 0.85 - sync - rest).toFixed(0)} for these`
  );
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
      const calls = callTimes();
      for (let index = 0; index < count; index++) await ctx.queue.next(`m${index}`, { names: ["work"] });
      return { ms: performance.now() - begun, calls: calls() };
    },
    undefined,
    driver,
    { mode: "live" },
  );
  const { output } = await handle.result;
  if (output === undefined) throw new Error("the run did not complete");
  await driver.close();
  return { ...output, bytes: statSync(path.join(dir, "inbox", "history.cbor")).size };
}

/** @param {number} index */
function message(index) {
  return { id: `m-${String(index).padStart(6, "0")}`, name: "work", body: index, sentAt: 1_750_000_000_000 + index };
}
