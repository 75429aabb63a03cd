// Steps one after the other, durable and in memory: measured by P1 and P3 here, and on each version of Node.

import { statSync } from "node:fs";
import path from "node:path";
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
  const rates = await inTurns(rounds, {
    limit: () => syncLimit(folder, bytes, steps),
    ours: async () => (steps * 1000) / (await onFiles(folder, sequentialSteps(steps))),
  });
  const shares = rates.ours.map((rate, round) => rate / (rates.limit[round] ?? Number.NaN));
  return { bytes, rate: median(rates.ours), limit: median(rates.limit), share: median(shares) };
}

/** Microseconds of a step with the memory driver, warm. */
export async function stepInMemory() {
  return ((await inMemory(sequentialSteps(20_000))).ms * 1000) / 20_000;
}
