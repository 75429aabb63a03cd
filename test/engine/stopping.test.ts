import { controlRun, EvictedError, REQUESTS, RunStateError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, deferred, modes, settle, START } from "./support/harness.ts";

describe.each(modes)("evict, in %s mode", (mode) => {
  it("fires the signal in every branch, and resolves once what runs has come to its next primitive", async () => {
    const bench = new Bench({ mode });
    const fired: string[] = [];
    const body = deferred<string>();
    const code = (ctx: WorkflowContext): Promise<unknown> =>
      ctx.join("j", {
        running: {
          run: async (b) => {
            await b.step("s", ({ signal }) => {
              signal.addEventListener("abort", () => fired.push(`step ${b.isEvicted()}`));
              return body.promise;
            });
            await b.step("next", () => fired.push("must not run"));
          },
        },
        parked: {
          run: (b) => {
            b.abortSignal.addEventListener("abort", () => fired.push("branch"));
            return b.race("r", [{ name: "x", run: (c) => c.sleep("z", 99_000) }]);
          },
        },
      });
    const handle = bench.start(code);
    await settle();
    handle.evict({ by: "ada" });
    await settle();
    expect(fired.sort()).toEqual(["branch", "step true"]);
    body.resolve("in grace");
    expect(await handle.result).toMatchObject({ state: "running" });
    expect(bench.types.slice(-2)).toEqual(["step.completed", "run.paused"]);
    expect(fired).not.toContain("must not run");
    fired.length = 0;
    expect((await bench.finish(code)).state).toBe("completed");
    expect(fired).toContain("must not run");
  });

  it("takes a throw of workflow code after the signal for the end of the pass, not for a failure of the run", async () => {
    const bench = new Bench({ mode });
    let patient = true;
    const code = async (ctx: WorkflowContext): Promise<string> => {
      await ctx.step("first", () => 1);
      if (!patient) return "done";
      return new Promise<string>((_, reject) => {
        ctx.abortSignal.addEventListener("abort", () => reject(new Error("stopped")));
      });
    };
    const handle = bench.start(code);
    await settle();
    handle.evict();
    expect((await handle.result).state).toBe("running");
    patient = false;
    expect((await bench.finish(code)).output).toBe("done");
  });

  it("makes a throw after the signal an interruption, which uses up no retry", async () => {
    const bench = new Bench({ mode });
    const attempts: number[] = [];
    const code = (ctx: WorkflowContext): Promise<string> =>
      ctx.step({
        name: "s",
        maxRetries: 0,
        run: ({ attempt, signal }) => {
          attempts.push(attempt);
          if (attempt === 2) return "done";
          return new Promise<string>((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("stopped")));
          });
        },
      });
    const handle = bench.start(code);
    await settle();
    handle.evict();
    await handle.result;
    expect(bench.types.at(-1)).toBe("step.interrupted");
    expect(await bench.output(code)).toBe("done");
    expect(attempts).toEqual([1, 2]);
  });

  it("waits for its grace and no longer", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start((ctx) =>
      ctx.step({ name: "deaf", timeout: 0, run: () => new Promise(() => undefined) }),
    );
    await settle();
    handle.evict();
    await bench.clock.advance(4_999);
    let over = false;
    void handle.result.then(() => (over = true));
    await settle();
    expect(over).toBe(false);
    await bench.clock.advance(1);
    await handle.result;
    expect(bench.types.at(-1)).toBe("step.started");
  });

  it("waits for the shortest of the graces that it was given", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start((ctx) =>
      ctx.step({ name: "deaf", timeout: 0, run: () => new Promise(() => undefined) }),
    );
    await settle();
    handle.evict({ grace: 2_000 });
    handle.evict({ grace: 100 });
    handle.evict({ grace: 3_000 });
    await bench.clock.advanceUntil(handle.result);
    expect(bench.clock.now()).toBe(START + 100);
  });

  it("does not begin another attempt", async () => {
    const bench = new Bench({ mode });
    const bodies: number[] = [];
    const hang = deferred();
    const code = (ctx: WorkflowContext): Promise<void> =>
      ctx.step({
        name: "s",
        retryBackoffBase: 0,
        run: async ({ attempt }) => {
          bodies.push(attempt);
          if (attempt === 1) throw new Error("no");
          await hang.promise;
        },
      });
    const evictAtFailure = bench.start(code, undefined, {
      onEvent: (event) => {
        if (event.type === "step.failed") evictAtFailure.evict();
      },
    });
    await settle();
    await settle();
    expect(bodies).toEqual([1]);
    hang.resolve();
    await evictAtFailure.result;
    expect((await bench.finish(code)).state).toBe("completed");
  });

  it("before the run has begun stops it before anything happens", async () => {
    const bench = new Bench({ mode });
    let called = false;
    const handle = bench.start(async () => {
      called = true;
    });
    handle.evict();
    expect(await handle.result).toMatchObject({ state: "pending" });
    expect(called).toBe(false);
  });
});

describe.each(modes)("cancel, in %s mode", (mode) => {
  it("ends the run for good: every branch, every later run, and no rollback", async () => {
    const bench = new Bench({ mode });
    const fired: string[] = [];
    let undone = false;
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "a", run: () => 1, rollback: () => void (undone = true) });
      await ctx.join("j", {
        s: {
          run: (b) =>
            b.step("s", ({ signal }) => new Promise(() => signal.addEventListener("abort", () => fired.push("s")))),
        },
        z: {
          run: (b) => {
            b.abortSignal.addEventListener("abort", () => fired.push("z"));
            return b.sleep("z", 99_000);
          },
        },
      });
    };
    const handle = bench.start(code);
    await settle();
    await handle.cancel("not wanted");
    await expect(handle.result).rejects.toBeInstanceOf(EvictedError);
    expect(fired.sort()).toEqual(["s", "z"]);
    expect(bench.driver.alarm).toBeUndefined();
    await expect(bench.pass(code)).rejects.toBeInstanceOf(EvictedError);
    expect(undone).toBe(false);
    expect(bench.events.at(-1)).toMatchObject({ type: "run.cancelled", reason: "not wanted" });
    expect(await handle.getState()).toBe("cancelled");
    await expect(handle.message("m", 1)).rejects.toBeInstanceOf(RunStateError);
  });

  it("wins, whenever it comes", async () => {
    for (let ticks = 0; ticks < 60; ticks++) {
      const bench = new Bench({ mode });
      const handle = bench.start(async (ctx) => {
        await ctx.step("a", () => 1);
        await ctx.sleep("z", 60_000);
      });
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      const wasWaiting = bench.types.includes("run.waiting");
      await handle.cancel();
      await settle();
      if (!wasWaiting) await expect(handle.result).rejects.toBeInstanceOf(EvictedError);
      const last = bench.types.filter((type) => type.startsWith("run.") && type !== "run.created").at(-1);
      expect([ticks, bench.types[0], last]).toEqual([ticks, "run.created", "run.cancelled"]);
      expect(await bench.start(async () => 1).getState()).toBe("cancelled");
      expect(bench.driver.alarm).toBeUndefined();
    }
  });

  it("of a run at rest, or asked for by another process, is the same", async () => {
    const bench = new Bench({ mode: "yield" });
    const code = (ctx: WorkflowContext): Promise<void> => ctx.sleep("z", 60_000);
    await bench.pass(code);
    if (mode === "yield") await controlRun("run-1", bench.driver, { clock: bench.clock }).cancel();
    else await bench.driver.inbox.add({ id: "r", name: REQUESTS.cancel, body: undefined, sentAt: START });
    await expect(bench.pass(code)).rejects.toBeInstanceOf(EvictedError);
    expect(await bench.driver.inbox.peek([REQUESTS.cancel], 9)).toEqual([]);
  });

  it("of a run that has ended is refused", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start(async () => 1);
    await handle.result;
    await expect(handle.cancel()).rejects.toBeInstanceOf(RunStateError);
  });
});

describe.each(modes)("wake, in %s mode", (mode) => {
  it("ends the current sleeps and backoffs now, and no wait for messages", async () => {
    const bench = new Bench({ mode });
    const code = (ctx: WorkflowContext): Promise<Record<string, unknown>> =>
      ctx.join("j", {
        sleep: { run: (b) => b.sleep("z", 3_600_000).then(() => b.now() - START) },
        retry: {
          run: (b) =>
            b.step({
              name: "s",
              retryBackoffBase: 3_600_000,
              retryBackoffMax: 3_600_000,
              run: ({ attempt }) => {
                if (attempt === 1) throw new Error("no");
                return attempt;
              },
            }),
        },
        message: { run: (b) => b.queue.nextBatch("m", { timeout: 120_000 }) },
      });
    const handle = bench.start(code);
    await settle();
    if (mode === "yield") expect((await handle.result).state).toBe("sleeping");
    await handle.wake();
    const result = mode === "live" ? bench.clock.advanceUntil(handle.result) : bench.finish(code);
    expect(await result).toEqual({ state: "completed", output: { sleep: 0, retry: 2, message: [] } });
    expect(bench.events.find((event) => event.type === "sleep.ended")).toMatchObject({ how: "woken" });
    expect(bench.clock.now()).toBe(START + 120_000);
  });

  it("of a run that waits for nothing changes nothing", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start(async () => 1);
    await handle.result;
    await handle.wake();
    expect(bench.driver.alarm).toBeUndefined();
  });
});
