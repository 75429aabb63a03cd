// Steps one after the other, durable and in memory: measured by P1 and P3 here, and on each version of Node.

import { statSync } from "node:fs";
import path from "node:path";
import { callTimes } from "./call-times.mjs";
import { inTurns, median, syncLimit } from "./measure.mjs";
import { inMemory, onFiles, sequentialSteps } from "./subjects.mjs";

/**
 * Sequential durable steps beside the machine's own limit for records of the same size.
 * @param {string} folder
 * @param {number} steps in each round
 * @param {number} rounds
 */
export async function durableSteps(folder, steps, rounds) {
  await onFiles(folder, sequentialSteps(steps), { run: "size" });
  const bytes = Math.round(statSync(path.join(folder, ".workflows/size/history.cbor")).size / steps);
  /** @type {{ sync: number, rest: number }[]} */
  const calls = [];
  const rates = await inTurns(rounds, {
    limit: () => syncLimit(folder, bytes, steps),
    ours: async () => {
      const times = callTimes();
      const ms = await onFiles(folder, sequentialSteps(steps));
      calls.push(times());
      return (steps * 1000) / ms;
    },
  });
  const shares = rates.ours.map((rate, round) => rate / (rates.limit[round] ?? Number.NaN));
  return {
    bytes,
    rate: median(rates.ours),
    limit: median(rates.limit),
    share: median(shares),
    sync: (median(calls.map(({ sync }) => sync)) * 1000) / steps,
    rest: (median(calls.map(({ rest }) => rest)) * 1000) / steps,
  };
}

/**
 * Where a durable step's time goes, in words.
 * @param {Awaited<ReturnType<typeof durableSteps>>} durable
 */
export function partsOfStep({ rate, share, sync, rest }) {
  const all = 1e6 / rate;
  return (
    `a step takes ${all.toFixed(0)} µs: its sync ${sync.toFixed(0)}, the calls that look at the file and write its two ` +
    `records ${rest.toFixed(0)}, and ${(all - sync - rest).toFixed(0)} for the engine and the event loop; ` +
    `85 % of the limit would be ${((all * share) / 0.85).toFixed(0)} µs in all`
  );
}

/** Microseconds of a step with the memory driver, warm. */
export async function stepInMemory() {
  return ((await inMemory(sequentialSteps(20_000))).ms * 1000) / 20_000;
}
