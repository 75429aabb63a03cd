// Runs, for each row of the engine's table "What we do differently", a small program on the published engine
// (@rivetkit/workflow-engine 2.3.19, installed in this folder only: `npm ci` here first) and says whether it fails as
// that row describes. The other side of each row is test/engine/differences.test.ts.
//
//   node bench/rivet-differences.mjs

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/**
 * The parts of the published engine that the programs use.
 * @typedef {{ result: Promise<{ state: string, output?: unknown }>, evict(): void, cancel(): Promise<void>,
 *   getState(): Promise<string>, message(name: string, body: unknown): Promise<void> }} Handle
 * @typedef {{ latency: number, workerPollInterval: number, messageDriver: any }} Driver
 * @typedef {{ runWorkflow: (...args: any[]) => Handle, Loop: any, CriticalError: any, HistoryDivergedError: any }} Engine
 */

const name = "@rivetkit/workflow-engine";
const testing = `${name}/testing`;
/** @type {Engine} */
const { runWorkflow, Loop, CriticalError } = await import(name);
/** @type {{ InMemoryDriver: new () => Driver }} */
const { InMemoryDriver } = await import(testing);

function driver() {
  return Object.assign(new InMemoryDriver(), { latency: 0 });
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes a run up again and again until it ends.
 * @param {Driver} store
 * @param {(ctx: any) => Promise<unknown>} workflow
 */
async function finish(store, workflow) {
  for (let passes = 0; passes < 50; passes++) {
    const result = await runWorkflow("run", workflow, undefined, store, { mode: "yield" }).result;
    if (result.state !== "sleeping") return result;
    await pause(30);
  }
  throw new Error("it never ended");
}

/** A wait long enough to end a pass in yield mode. */
const WAIT = 250;

/** @type {[string, () => Promise<boolean>][]} */
const rows = [
  [
    "waiting throws through user code",
    async () => {
      let caught = false;
      await finish(driver(), async (ctx) => {
        try {
          await ctx.sleep("z", WAIT);
        } catch {
          caught = true;
        }
      });
      return caught;
    },
  ],
  [
    "live mode replays the whole function after every wait",
    async () => {
      let calls = 0;
      const workflow = async (/** @type {any} */ ctx) => {
        calls++;
        for (let n = 0; n < 3; n++) await ctx.sleep(`z${n}`, WAIT);
      };
      await runWorkflow("run", workflow, undefined, driver(), { mode: "live" }).result;
      return calls > 1;
    },
  ],
  [
    "a critical failure caught by tryStep runs the body again on replay, and the outcome can flip",
    async () => {
      let bodies = 0;
      const result = await finish(driver(), async (ctx) => {
        const answer = await ctx.tryStep("s", async () => {
          if (++bodies === 1) throw new CriticalError("no");
          return "flipped";
        });
        await ctx.sleep("z", WAIT);
        return answer.ok;
      });
      return bodies > 1 && result.output === true;
    },
  ],
  [
    "a race swallows divergence",
    async () => {
      const store = driver();
      const workflow = (/** @type {boolean} */ edited) => (/** @type {any} */ ctx) =>
        ctx.race("r", [
          {
            name: "a",
            run: async (/** @type {any} */ branch) => {
              if (edited) return;
              await branch.step("recorded", async () => 1);
              await branch.sleep("z", WAIT);
            },
          },
        ]);
      await runWorkflow("run", workflow(false), undefined, store, { mode: "yield" }).result;
      const result = await finish(store, workflow(true));
      return result.state === "completed";
    },
  ],
  [
    "eviction never reaches race branches",
    async () => {
      let reached = false;
      const handle = runWorkflow(
        "run",
        (/** @type {any} */ ctx) =>
          ctx.race("r", [
            {
              name: "a",
              run: (/** @type {any} */ branch) =>
                branch.step("s", async () => {
                  branch.abortSignal.addEventListener("abort", () => (reached = true));
                  await pause(400);
                }),
            },
          ]),
        undefined,
        driver(),
        { mode: "live" },
      );
      handle.result.catch(() => undefined);
      await pause(50);
      handle.evict();
      await pause(100);
      return !reached;
    },
  ],
  [
    'cancel() can be overwritten by "running"',
    async () => {
      for (let ms = 0; ms < 12; ms++) {
        const store = Object.assign(driver(), { latency: 3 });
        const handle = runWorkflow(
          "run",
          async (/** @type {any} */ ctx) => {
            await ctx.step("a", () => pause(5));
            await ctx.sleep("z", WAIT);
          },
          undefined,
          store,
          { mode: "yield" },
        );
        handle.result.catch(() => undefined);
        await pause(ms);
        await handle.cancel();
        await handle.result.catch(() => undefined);
        await pause(60);
        if ((await handle.getState()) !== "cancelled") return true;
      }
      return false;
    },
  ],
  [
    "steps in a finished loop are not rolled back",
    async () => {
      let undone = 0;
      await finish(driver(), async (ctx) => {
        await ctx.rollbackCheckpoint("c");
        await ctx.loop({
          name: "l",
          state: 0,
          run: async (/** @type {any} */ turn, /** @type {number} */ n) => {
            await turn.step({ name: "s", run: async () => n, rollback: async () => void undone++ });
            return n === 2 ? Loop.break(n) : Loop.continue(n + 1);
          },
        });
        throw new CriticalError("no");
      }).catch(() => undefined);
      return undone < 3;
    },
  ],
  [
    "queue.send sends again on every replay",
    async () => {
      let sent = 0;
      const store = driver();
      const add = store.messageDriver.addMessage.bind(store.messageDriver);
      store.messageDriver.addMessage = (/** @type {unknown} */ message) => {
        sent++;
        return add(message);
      };
      await finish(store, async (ctx) => {
        await ctx.queue.send("m", 1);
        await ctx.sleep("z", WAIT);
      });
      return sent > 1;
    },
  ],
  [
    "a received message can be lost in a crash",
    async () => {
      const store = /** @type {any} */ (driver());
      await store.messageDriver.addMessage({ id: "m1", name: "m", data: 1, sentAt: Date.now() });
      const workflow = (/** @type {any} */ ctx) => ctx.queue.nextBatch("q", { names: ["m"], timeout: 50 });
      const receive = store.messageDriver.receiveMessages.bind(store.messageDriver);
      const batch = store.batch.bind(store);
      store.messageDriver.receiveMessages = async (/** @type {unknown} */ options) => {
        const messages = await receive(options);
        // The process dies before anything more is written.
        if (messages.length > 0) store.batch = () => Promise.reject(new Error("crash"));
        return messages;
      };
      await runWorkflow("run", workflow, undefined, store, { mode: "yield" }).result.catch(() => undefined);
      store.batch = batch;
      const left = await receive({ names: ["m"], count: 1, completable: false });
      return left.length === 0;
    },
  ],
  [
    "an unrecorded step in recorded territory runs for real",
    async () => {
      const store = driver();
      let ran = false;
      const workflow = (/** @type {boolean} */ edited) => async (/** @type {any} */ ctx) => {
        await ctx.step(edited ? "renamed" : "original", async () => {
          if (edited) ran = true;
        });
        await ctx.sleep("z", 20 * WAIT);
      };
      await runWorkflow("run", workflow(false), undefined, store, { mode: "yield" }).result;
      const again = runWorkflow("run", workflow(true), undefined, store, { mode: "yield" });
      await again.result.catch(() => undefined);
      return ran;
    },
  ],
  [
    "every flush scans the whole history (the time of a join grows with the square of its branches)",
    async () => {
      const time = async (/** @type {number} */ count) => {
        const branches = Object.fromEntries(
          Array.from({ length: count }, (_, n) => [
            `b${n}`,
            { run: (/** @type {any} */ branch) => branch.step("s", async () => n) },
          ]),
        );
        const start = performance.now();
        await runWorkflow("run", (/** @type {any} */ ctx) => ctx.join("j", branches), undefined, driver(), {
          mode: "live",
        }).result;
        return performance.now() - start;
      };
      await time(20);
      const [small, large] = [await time(100), await time(400)];
      console.log(`    100 branches ${Math.round(small)} ms, 400 branches ${Math.round(large)} ms`);
      return large > small * 6;
    },
  ],
  [
    "failures kept as strings and parsed back",
    async () => {
      const store = driver();
      const workflow = async (/** @type {any} */ ctx) => {
        const answer = await ctx.tryStep({
          name: "s",
          maxRetries: 0,
          run: async () => {
            throw Object.assign(new TypeError("no"), { order: 12 });
          },
        });
        await ctx.sleep("z", WAIT);
        return answer;
      };
      const result = await finish(store, workflow);
      const { error } = /** @type {any} */ (result.output).failure;
      return error.name !== "TypeError" || error.metadata?.order !== 12;
    },
  ],
  [
    "one context class of 2,600 lines with 13 constructor arguments",
    async () => {
      const entry = createRequire(import.meta.url).resolve(name);
      const source = readFileSync(path.join(path.dirname(entry), "../../src/context.ts"), "utf8");
      return source.split("\n").length > 2_600;
    },
  ],
];

for (const [row, fails] of rows) {
  const verdict = await fails().then(
    (failed) => (failed ? "fails as described" : "does not"),
    (/** @type {unknown} */ error) => `does not (${String(error)})`,
  );
  console.log(`${verdict.padEnd(20)} ${row}`);
}
process.exit(0);
