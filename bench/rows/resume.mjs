// P4: taking a long run up again.

import { runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, pointsText } from "../support/measure.mjs";
import { loadRivet, recordQuickly, sequentialSteps } from "../support/subjects.mjs";

/** Rounds of each length. */
const LENGTHS = /** @type {const} */ ([
  [1, 9],
  [1_000, 9],
  [10_000, 7],
  [100_000, 5],
]);
/** Steps of the run that Rivet replays. */
const RIVET_STEPS = 5_000;

/** P4: open, verify, decode and replay a run of 100,000 recorded steps to its frontier. */
export async function p4() {
  const { base, points, reading } = await inFolder(lengths);
  const theirs = await rivetEntry();
  const [entries, ms] = points.at(-1) ?? [Number.NaN, Number.NaN];
  const entry = (ms * 1000) / entries;
  const ratio = theirs / entry;
  const growth = exponent(points, base);
  return [
    {
      id: "P4",
      work: "resume a run of 100,000 steps, files",
      value: `${ms.toFixed(0)} ms = ${entry.toFixed(1)} µs an entry, ${ratio.toFixed(1)} × rivet, exponent ${growth.toFixed(2)}`,
      reference: `rivet from memory ${theirs.toFixed(0)} µs an entry (${RIVET_STEPS} steps); ${pointsText(points, base)}`,
      goal: "≤ 500 ms, ≤ 5 µs an entry, ≥ 8 × rivet, exponent ≤ 1.05",
      met: ms <= 500 && entry <= 5 && ratio >= 8 && growth <= 1.05,
      figures: { ms, microseconds: entry, rivetMicroseconds: theirs, exponent: growth, points, base, reading },
      parts:
        `of ${ms.toFixed(0)} ms, opening and checking the file take ${reading.open.toFixed(0)}, decoding its ` +
        `${(entries * 2).toLocaleString("en")} events ${reading.decode.toFixed(0)}, folding them and replaying the code ` +
        `${(ms - reading.open - reading.decode).toFixed(0)}; 8 × rivet, which decodes nothing, would be ` +
        `${((theirs * entries) / 8 / 1000).toFixed(0)} ms for all of it`,
    },
  ];
}

/**
 * A run of n steps that then waits for a message.
 * @param {number} count
 * @returns {import("../support/subjects.mjs").Work}
 */
function stepsThenWait(count) {
  return async (ctx, input) => {
    await sequentialSteps(count)(ctx, input);
    await ctx.queue.next("go");
  };
}

/** @param {string} folder */
async function lengths(folder) {
  await recordQuickly(folder, "warm", stepsThenWait(10_000));
  for (let round = 0; round < 5; round++) await resume(folder, "warm", stepsThenWait(10_000));
  /** @type {[number, number][]} */
  const points = [];
  for (const [steps, rounds] of LENGTHS) {
    const work = stepsThenWait(steps);
    const run = `steps-${steps}`;
    await recordQuickly(folder, run, work);
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await resume(folder, run, work));
    points.push([steps, median(times)]);
  }
  const [[, base] = [0, 0], ...rest] = points;
  const readings = [];
  for (let round = 0; round < 5; round++) readings.push(await read(folder, `steps-${rest.at(-1)?.[0] ?? 0}`));
  const reading = {
    open: median(readings.map(({ open }) => open)),
    decode: median(readings.map(({ decode }) => decode)),
  };
  return { base, points: rest, reading };
}

/**
 * Milliseconds of opening the recorded run, and of decoding it without making anything of it.
 * @param {string} folder
 * @param {string} run
 */
async function read(folder, run) {
  const start = performance.now();
  const store = await openStore({ dir: `${folder}/.workflows` });
  const driver = await store.open(run);
  const opened = performance.now();
  let events = 0;
  for (const event of await driver.load()) events += event.seq > 0 ? 1 : 0;
  const decoded = performance.now();
  await driver.close();
  return { open: opened - start, decode: decoded - opened, events };
}

/**
 * Milliseconds of a pass over the recorded run.
 * @param {string} folder
 * @param {string} run
 * @param {import("../support/subjects.mjs").Work} work
 */
async function resume(folder, run, work) {
  const start = performance.now();
  const store = await openStore({ dir: `${folder}/.workflows` });
  const driver = await store.open(run);
  await runWorkflow(run, work, undefined, driver, { mode: "yield" }).result;
  const ms = performance.now() - start;
  await driver.close();
  return ms;
}

/** Microseconds in which Rivet's engine replays an entry from its Map. */
async function rivetEntry() {
  const rivet = await loadRivet();
  const driver = rivet.newDriver();
  const work = async (/** @type {any} */ ctx) => {
    await sequentialSteps(RIVET_STEPS)(ctx, undefined);
    await ctx.sleep("long", 3_600_000);
  };
  await rivet.run(work, driver, "yield");
  const times = [];
  for (let round = 0; round < 5; round++) times.push(await rivet.run(work, driver, "yield"));
  return (median(times) * 1000) / RIVET_STEPS;
}
