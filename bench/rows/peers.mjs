// The same small work on peers that store durably. Each subject, ours too, is a process of its own on the same Node,
// and times the work inside the workflow.

import { mkdtempSync } from "node:fs";
import path from "node:path";
import { inFolder, inTurns, median } from "../support/measure.mjs";
import { nodeBinary, peerVersions, runPeer } from "../support/peers.mjs";
import { NO_POSTGRES, withPostgres } from "../support/postgres.mjs";

const ROUNDS = 3;
/** Steps one after the other, and of the run whose store alone is measured. */
const SEQUENTIAL = 500;
const PARALLEL = 1_000;

/** @typedef {import("./index.mjs").Result} Result */
/** @typedef {{ ms: number, server?: string }} Measured `server`: what a peer's database says of itself */
/** @typedef {(shape: "steps" | "parallel", count: number) => Measured} Subject */

/** Steps one after the other and at once, and the store alone. */
export async function peers() {
  const node = nodeBinary(22) ?? process.execPath;
  return inFolder((folder) =>
    withPostgres(folder, async (postgres) => {
      const place = () => mkdtempSync(path.join(folder, "round-"));
      const subject = (/** @type {string} */ script, /** @type {() => string} */ where) =>
        /** @type {Subject} */ ((shape, count) => runPeer(node, script, [shape, String(count), where()]));
      const ours = subject("wf.mjs", place);
      const others = {
        openworkflow: subject("openworkflow.mjs", place),
        ...(postgres !== undefined && { DBOS: subject("dbos.mjs", () => postgres) }),
      };
      return [
        ...(await beside("steps", `${SEQUENTIAL} sequential durable steps`, SEQUENTIAL, ours, others)),
        ...(await beside("parallel", `${PARALLEL} steps at once`, PARALLEL, ours, others)),
        ...(postgres === undefined ? [notAtHand()] : []),
        await storeAlone(node, place),
      ];
    }),
  );
}

/**
 * One line for each peer.
 * @param {"steps" | "parallel"} shape
 * @param {string} work
 * @param {number} count
 * @param {Subject} ours
 * @param {Record<string, Subject>} others
 * @returns {Promise<Result[]>}
 */
async function beside(shape, work, count, ours, others) {
  const subjects = Object.entries({ wf: ours, ...others }).map(([name, subject]) => [
    name,
    () => subject(shape, count),
  ]);
  /** @type {Record<string, Measured[]>} */
  const measured = await inTurns(ROUNDS, Object.fromEntries(subjects));
  const time = (/** @type {string} */ name) => median((measured[name] ?? []).map(({ ms }) => ms));
  const mine = time("wf");
  return Object.keys(others).map((name) => {
    const theirs = time(name);
    const server = measured[name]?.[0]?.server;
    const ratio = theirs / mine;
    const rate = (/** @type {number} */ ms) => `${ms.toFixed(0)} ms = ${Math.round((count * 1000) / ms)}/s`;
    return {
      id: "peer",
      work: `${work} beside ${name}`,
      value: `${rate(mine)}, ${ratio.toFixed(1)} × ${name}`,
      reference: `${named(name)} ${rate(theirs)}${server === undefined ? "" : ` (${server})`}`,
      goal: "faster",
      met: ratio > 1,
      figures: { ms: mine, peer: name, peerMs: theirs, ...(server !== undefined && { server }) },
    };
  });
}

/** @returns {Result} */
function notAtHand() {
  const work = "durable steps beside DBOS";
  return {
    id: "peer",
    work,
    value: "–",
    reference: `not at hand: ${NO_POSTGRES}`,
    goal: "faster",
    met: null,
    figures: {},
  };
}

/**
 * The two events of each step written one after the other, and the whole history read by a new store.
 * @param {string} node
 * @param {() => string} place
 * @returns {Promise<Result>}
 */
async function storeAlone(node, place) {
  /** @returns {{ append: number, read: number }} */
  const one = (/** @type {string} */ script) => runPeer(node, script, ["store", String(SEQUENTIAL), place()]);
  const runs = await inTurns(ROUNDS, { wf: () => one("wf.mjs"), world: () => one("world-local.mjs") });
  const figures = {
    append: median(runs.wf.map(({ append }) => append)),
    read: median(runs.wf.map(({ read }) => read)),
    peer: "world-local",
    peerAppend: median(runs.world.map(({ append }) => append)),
    peerRead: median(runs.world.map(({ read }) => read)),
  };
  const { append, read, peerAppend, peerRead } = figures;
  return {
    id: "peer",
    work: `the store alone: ${2 * SEQUENTIAL} events of ${SEQUENTIAL} steps written, then read`,
    value: `${append.toFixed(0)} ms (a sync a step) and ${read.toFixed(0)} ms, ${(peerAppend / append).toFixed(1)} × and ${(peerRead / read).toFixed(1)} × world-local`,
    reference: `${named("world-local")} ${peerAppend.toFixed(0)} ms (no sync) and ${peerRead.toFixed(0)} ms`,
    goal: "faster",
    met: peerAppend > append && peerRead > read,
    figures,
  };
}

/** @param {string} name */
function named(name) {
  return `${name} ${peerVersions().find((peer) => peer.name === name)?.version ?? ""}`;
}
