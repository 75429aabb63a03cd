// A rollback that is told to stop while one of its handlers runs.
import { EvictedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, deferred, modes, settle, START, timersOf } from "./support/harness.ts";

describe.each(modes)("a rollback handler that hangs, in %s mode", (mode) => {
  const undoing =
    (undo: () => Promise<void> | void) =>
    async (ctx: WorkflowContext): Promise<void> => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "first", run: () => 1, rollback: () => undefined });
      await ctx.step({ name: "last", run: () => 1, rollback: undo });
      throw new Error("the end");
    };
  const hanging = undoing(() => new Promise(() => undefined));

  it("keeps evict no longer than its grace, and runs again when the run is taken up", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start(hanging);
    await settle();
    handle.evict({ grace: 9_000 });
    handle.evict({ grace: 2_000, by: "ada" });
    expect(await bench.clock.advanceUntil(handle.result)).toEqual({ state: "rolling_back" });
    expect(bench.clock.now()).toBe(START + 2_000);
    expect(bench.types.slice(-2)).toEqual(["run.rolling_back", "run.paused"]);
    expect((await bench.failure(undoing(() => undefined))).message).toBe("the end");
    expect(bench.count("step.rolled_back")).toBe(2);
  });

  it.each([
    [{}, 5_000],
    [{ evictGrace: 300 }, 300],
  ])("keeps cancel no longer than the grace, with %o", async (options, grace) => {
    const bench = new Bench({ mode, ...options });
    const handle = bench.start(hanging);
    await settle();
    await handle.cancel();
    await expect(bench.clock.advanceUntil(handle.result)).rejects.toThrow(EvictedError);
    expect(bench.clock.now()).toBe(START + grace);
    expect(bench.types.at(-1)).toBe("run.cancelled");
  });

  it("leaves no timer behind when the handler comes to its end in the grace", async () => {
    const bench = new Bench({ mode });
    const held = deferred();
    const timers = timersOf(bench.clock);
    const handle = bench.start(undoing(() => held.promise));
    await settle();
    handle.evict();
    held.resolve();
    await handle.result;
    handle.evict({ grace: 50 });
    expect(bench.count("step.rolled_back")).toBe(1);
    expect(timers.size).toBe(0);
  });
});
