// P1, P3 and P7 on each line of Node that people run, with the binaries that npm brought.

import { execFileSync } from "node:child_process";
import path from "node:path";
import { inFolder } from "../support/measure.mjs";
import { nodeBinary } from "../support/peers.mjs";
import { commandTimes } from "../support/processes.mjs";
import { partsOfStep } from "../support/steps.mjs";

/** @typedef {import("./index.mjs").Result} Result */

/** One line for each version. */
export async function nodeVersions() {
  /** @type {Result[]} */
  const results = [];
  for (const major of [20, 22, 24, 26]) results.push(await onNode(major));
  return results;
}

/**
 * @param {number} major
 * @returns {Promise<Result>}
 */
async function onNode(major) {
  const goal = "P1 ≥ 85 % of the limit, P3 ≤ 5 µs, P7 ≤ node + 40 and + 120 ms";
  const node = nodeBinary(major);
  if (node === undefined) {
    const reference = `not at hand: no node_modules/node-${major} in bench/ (npm ci there; Linux x64 only)`;
    return { id: "node", work: `Node ${major}`, value: "–", reference, goal, met: null, figures: {} };
  }
  return inFolder(async (folder) => {
    const script = path.resolve(import.meta.dirname, "../support/on-node.mjs");
    const { version, durable, microseconds } = JSON.parse(execFileSync(node, [script, folder], { encoding: "utf8" }));
    const times = await commandTimes(folder, 9, node);
    const share = durable.share * 100;
    return {
      id: "node",
      work: `Node ${version}: P1, P3, P7`,
      value: `${Math.round(durable.rate)} steps/s = ${share.toFixed(1)} % of the limit; ${microseconds.toFixed(1)} µs a step; --help node + ${times.help.toFixed(0)} ms, run node + ${times.run.toFixed(0)} ms`,
      reference: `limit ${Math.round(durable.limit)}/s; node -e 0: ${times.node.toFixed(0)} ms`,
      goal,
      met: share >= 85 && microseconds <= 5 && times.help <= 40 && times.run <= 120,
      figures: { version, durable, microseconds, ...times },
      ...(share < 85 && { parts: `on Node ${version} ${partsOfStep(durable)}` }),
    };
  });
}
