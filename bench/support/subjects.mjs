// What is measured: our engine with its drivers, and the peers. Peers are loaded by name, so that the checks of the
// project pass where they are not installed.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { runWorkflow } from "dotworkflows";
import { newRunId, openStore } from "dotworkflows/fs";
import { InMemoryDriver } from "dotworkflows/testing";

/** @typedef {import("dotworkflows").WorkflowContext} Context */
/** @typedef {(ctx: Context, input: unknown) => Promise<unknown>} Work */

/**
 * Runs our engine over a file store and gives the milliseconds.
 * @param {string} folder
 * @param {Work} work
 * @param {{ run?: string, mode?: "live" | "yield" }} [options]
 */
export async function onFiles(folder, work, options = {}) {
  const dir = path.join(folder, ".workflows");
  mkdirSync(dir, { recursive: true });
  const store = await openStore({ dir });
  const run = options.run ?? newRunId("bench");
  const driver = await store.open(run);
  const start = performance.now();
  await runWorkflow(run, work, undefined, driver, { mode: options.mode ?? "live" }).result;
  const ms = performance.now() - start;
  await driver.close();
  return ms;
}

/**
 * Runs our engine in memory and gives the milliseconds and the driver.
 * @param {Work} work
 * @param {InMemoryDriver} [driver]
 */
export async function inMemory(work, driver = new InMemoryDriver()) {
  const start = performance.now();
  await runWorkflow("run", work, undefined, driver, { mode: "live" }).result;
  return { ms: performance.now() - start, driver };
}

/**
 * Records the run in memory and writes its events in one commit: the file is what a live run leaves, but for its pace.
 * @param {string} folder
 * @param {string} run
 * @param {Work} work
 */
export async function recordQuickly(folder, run, work) {
  const memory = new InMemoryDriver();
  await runWorkflow(run, work, undefined, memory, { mode: "yield" }).result;
  const store = await openStore({ dir: path.join(folder, ".workflows") });
  const driver = await store.open(run);
  for (let index = 0; index < memory.events.length; index += 2) {
    driver.append(memory.events.slice(index, index + 2));
    if (index === 0) await driver.commit([]);
  }
  await driver.commit([]);
  await driver.close();
}

/** Rivet's engine with a driver that answers at once and keeps everything in a Map. */
export async function loadRivet() {
  const name = "@rivetkit/workflow-engine";
  const testing = `${name}/testing`;
  const engine = await import(name);
  const { InMemoryDriver: Driver } = await import(testing);
  return {
    newDriver() {
      const driver = Object.assign(new Driver(), { latency: 0 });
      const batch = driver.kv;
      if (!(batch instanceof Map)) throw new Error("rivet's driver has changed: its Map is not where it was");
      return withoutLatency(driver, batch);
    },
    /**
     * @param {(ctx: any, input: undefined) => Promise<unknown>} work
     * @param {unknown} driver
     * @param {"live" | "yield"} [mode]
     */
    async run(work, driver, mode = "live") {
      const start = performance.now();
      await engine.runWorkflow("run", work, undefined, driver, { mode }).result;
      return performance.now() - start;
    },
  };
}

/**
 * Rivet's test driver waits for a timer in each call, even with a latency of 0: fair play needs one that does not.
 * @param {any} driver
 * @param {Map<string, { key: Uint8Array, value: Uint8Array }>} kv
 */
function withoutLatency(driver, kv) {
  const hex = (/** @type {Uint8Array} */ key) => Buffer.from(key).toString("hex");
  driver.get = async (/** @type {Uint8Array} */ key) => kv.get(hex(key))?.value ?? null;
  driver.set = async (/** @type {Uint8Array} */ key, /** @type {Uint8Array} */ value) => {
    kv.set(hex(key), { key, value });
  };
  driver.batch = async (/** @type {{ key: Uint8Array, value: Uint8Array }[]} */ writes) => {
    for (const { key, value } of writes) kv.set(hex(key), { key, value });
  };
  driver.setAlarm = async () => undefined;
  driver.clearAlarm = async () => undefined;
  return driver;
}

/**
 * n steps, one after the other.
 * @param {number} count
 * @returns {Work}
 */
export function sequentialSteps(count) {
  return async (ctx) => {
    for (let index = 0; index < count; index++) await ctx.step(`s${index}`, async () => index);
    return count;
  };
}

/**
 * A join of n branches of one step each.
 * @param {number} count
 * @returns {Work}
 */
export function joinOf(count) {
  return async (ctx) => {
    /** @type {Record<string, { run: (branch: Context) => Promise<number> }>} */
    const branches = {};
    for (let index = 0; index < count; index++) {
      branches[`b${index}`] = { run: (branch) => branch.step("work", async () => index) };
    }
    await ctx.join("all", branches);
    return count;
  };
}
