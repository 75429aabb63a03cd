// P1 to P4: steps through the store, a wide join, the engine alone, and taking a long run up again.

import { InMemoryDriver } from "dotworkflows/testing";
import { exponent, inFolder, median, syncLimit } from "../support/measure.mjs";
import { inMemory, joinOf, loadRivet, onFiles, sequentialSteps } from "../support/subjects.mjs";

/** Bytes that a step writes to the journal: two records, measured below. */
const RECORD = 150;

/** P1: sequential durable steps beside the machine's own limit, in turns. */
export async function p1() {
  const steps = 2_000;
  return inFolder(async (folder) => {
    /** @type {number[]} */
    const ours = [];
    /** @type {number[]} */
    const limits = [];
    for (let round = 0; round < 7; round++) {
      limits.push(await syncLimit(folder, RECORD, steps));
      ours.push((steps * 1000) / (await onFiles(folder, sequentialSteps(steps))));
    }
    const shares = ours.map((rate, index) => rate / (limits[index] ?? Number.NaN));
    const share = median(shares) * 100;
    return [
      {
        id: "P1",
        work: "sequential durable steps, files",
        value: `${Math.round(median(ours))} steps/s = ${share.toFixed(0)} % of the limit`,
        reference: `limit ${Math.round(median(limits))}/s (append + fdatasync of ${RECORD} bytes)`,
        goal: "≥ 85 % of the limit",
        met: share >= 85,
      },
    ];
  });
}

/** P2: a wide join, durable; its growth; Rivet in memory. */
export async function p2() {
  return inFolder(async (folder) => {
    /** @type {[number, number][]} */
    const points = [];
    for (const branches of [100, 1_000, 10_000]) {
      const times = [];
      for (let round = 0; round < (branches > 5_000 ? 3 : 7); round++)
        times.push(await onFiles(folder, joinOf(branches)));
      points.push([branches, median(times)]);
    }
    const [, thousand = [0, 0], tenThousand = [0, 0]] = points;
    const rivet = await loadRivet();
    const theirs = await rivet.run(joinOf(1_000), rivet.newDriver());
    const ratio = theirs / thousand[1];
    const growth = exponent(points.slice(1));
    return [
      {
        id: "P2",
        work: "join of 1,000 one-step branches, files",
        value: `${thousand[1].toFixed(0)} ms = ${ratio.toFixed(0)} × rivet`,
        reference: `rivet in memory ${(theirs / 1000).toFixed(1)} s`,
        goal: "≤ 60 ms, ≥ 300 × rivet in memory",
        met: thousand[1] <= 60 && ratio >= 300,
      },
      {
        id: "P2",
        work: "join of 10,000 branches, files",
        value: `${tenThousand[1].toFixed(0)} ms, exponent ${growth.toFixed(2)}`,
        reference: `${points.map(([size, ms]) => `${size}: ${ms.toFixed(0)} ms`).join(" · ")}`,
        goal: "≤ 0.7 s, exponent ≤ 1.05",
        met: tenThousand[1] <= 700 && growth <= 1.05,
      },
    ];
  });
}

/** P3: the engine alone. */
export async function p3() {
  const rivet = await loadRivet();
  const ours = [];
  const theirs = [];
  await inMemory(sequentialSteps(5_000));
  for (let round = 0; round < 5; round++) {
    ours.push(((await inMemory(sequentialSteps(20_000))).ms * 1000) / 20_000);
    theirs.push(((await rivet.run(sequentialSteps(2_000), rivet.newDriver())) * 1000) / 2_000);
  }
  const step = median(ours);
  const ratio = median(theirs) / step;
  return [
    {
      id: "P3",
      work: "sequential steps, engine alone",
      value: `${step.toFixed(1)} µs a step = ${ratio.toFixed(0)} × rivet`,
      reference: `rivet with a Map ${median(theirs).toFixed(0)} µs a step`,
      goal: "≤ 5 µs a step, ≥ 15 × rivet",
      met: step <= 5 && ratio >= 15,
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

/** P4: open, verify, decode and replay a run of 100,000 recorded steps to its frontier. */
export async function p4() {
  return inFolder(async (folder) => {
    /** @type {[number, number][]} */
    const points = [];
    for (const steps of [1_000, 10_000, 100_000]) {
      const work = stepsThenWait(steps);
      const run = `steps-${steps}`;
      await recordQuickly(folder, run, work);
      const times = [];
      for (let round = 0; round < 5; round++) times.push(await resume(folder, run, work));
      points.push([steps, median(times)]);
    }
    const rivet = await loadRivet();
    const driver = rivet.newDriver();
    const few = 5_000;
    const theirWork = async (/** @type {any} */ ctx) => {
      for (let index = 0; index < few; index++) await ctx.step(`s${index}`, async () => index);
      await ctx.sleep("long", 3_600_000);
    };
    await evictAt(driver, theirWork);
    const replays = [];
    for (let round = 0; round < 3; round++) replays.push(await evictAt(driver, theirWork));
    const theirs = (median(replays) * 1000) / few;
    const [, , big = [1, 0]] = points;
    const entry = (big[1] * 1000) / big[0];
    const growth = exponent(points);
    return [
      {
        id: "P4",
        work: "resume a run of 100,000 steps, files",
        value: `${big[1].toFixed(0)} ms = ${entry.toFixed(1)} µs an entry, ${(theirs / entry).toFixed(1)} × rivet, exponent ${growth.toFixed(2)}`,
        reference: `rivet from memory ${theirs.toFixed(0)} µs an entry (${few} steps)`,
        goal: "≤ 500 ms, ≤ 5 µs an entry, ≥ 8 × rivet, exponent ≤ 1.05",
        met: big[1] <= 500 && entry <= 5 && theirs / entry >= 8 && growth <= 1.05,
      },
    ];
  });
}

/**
 * Milliseconds of a pass of Rivet's engine in yield mode.
 * @param {unknown} driver
 * @param {(ctx: any) => Promise<unknown>} work
 */
async function evictAt(driver, work) {
  const name = "@rivetkit/workflow-engine";
  const { runWorkflow } = await import(name);
  const start = performance.now();
  await runWorkflow("run", work, undefined, driver, { mode: "yield" }).result;
  return performance.now() - start;
}

/**
 * Records the run in memory and writes its events in one commit: the file is what a live run leaves, but for its pace.
 * @param {string} folder
 * @param {string} run
 * @param {import("../support/subjects.mjs").Work} work
 */
export async function recordQuickly(folder, run, work) {
  const { runWorkflow } = await import("dotworkflows");
  const { openStore } = await import("dotworkflows/fs");
  const memory = new InMemoryDriver();
  await runWorkflow(run, work, undefined, memory, { mode: "yield" }).result;
  const store = await openStore({ dir: `${folder}/.workflows` });
  const driver = await store.open(run);
  for (let index = 0; index < memory.events.length; index += 2) {
    driver.append(memory.events.slice(index, index + 2));
    if (index === 0) await driver.commit([]);
  }
  await driver.commit([]);
  await driver.close();
}

/**
 * @param {string} folder
 * @param {string} run
 * @param {import("../support/subjects.mjs").Work} work
 */
async function resume(folder, run, work) {
  const { runWorkflow } = await import("dotworkflows");
  const { openStore } = await import("dotworkflows/fs");
  const start = performance.now();
  const store = await openStore({ dir: `${folder}/.workflows` });
  const driver = await store.open(run);
  await runWorkflow(run, work, undefined, driver, { mode: "yield" }).result;
  const ms = performance.now() - start;
  await driver.close();
  return ms;
}
