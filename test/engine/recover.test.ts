import { controlRun, JoinError, RunStateError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

/** A world in which steps fail until it is mended. */
class World {
  broken = true;
  readonly ran: string[] = [];

  step(ctx: WorkflowContext, name: string): Promise<string> {
    return ctx.step({
      name,
      maxRetries: 1,
      run: () => {
        this.ran.push(name);
        if (this.broken) throw new Error(`${name} broke`);
        return name;
      },
    });
  }
}

const shapes: Record<string, (world: World, ctx: WorkflowContext) => Promise<unknown>> = {
  "a step": (world, ctx) => world.step(ctx, "s"),
  "a step in a loop": (world, ctx) =>
    ctx.loop("l", async (turn) => ({ break: true as const, value: await world.step(turn, "s") })),
  "a step in a try block that lets it pass": (world, ctx) =>
    ctx.try({ name: "t", catch: ["race"], run: (block) => world.step(block, "s") }),
  "branches of a join": (world, ctx) =>
    ctx.join("j", {
      a: { run: (b) => world.step(b, "s") },
      ok: { run: (b) => b.step("k", () => world.ran.push("k")) },
    }),
  "branches of a race in a join": (world, ctx) =>
    ctx.join("j", { a: { run: (b) => b.race("r", [{ name: "x", run: (c) => world.step(c, "s") }]) } }),
  "an error wrapped by the workflow": async (world, ctx) => {
    try {
      return await ctx.join("j", { a: { run: (b) => world.step(b, "s") } });
    } catch (error) {
      throw new Error("wrapped", { cause: error });
    }
  },
  "a member of a JoinError thrown on": async (world, ctx) => {
    try {
      return await ctx.join("j", { a: { run: (b) => world.step(b, "s") } });
    } catch (error) {
      throw error instanceof JoinError ? (error.errors["a"] ?? error) : error;
    }
  },
};

describe.each(modes)("recover, in %s mode", (mode) => {
  it.each(Object.keys(shapes))("gives %s a fresh set of attempts", async (name) => {
    const bench = new Bench({ mode });
    const world = new World();
    const code = (ctx: WorkflowContext): Promise<unknown> => shapes[name]?.(world, ctx) ?? Promise.reject(new Error());
    await bench.failure(code);
    expect(world.ran.filter((step) => step === "s")).toHaveLength(2);
    const again = bench.start(code);
    await expect(again.result).rejects.toBeInstanceOf(Error);
    await again.recover();
    expect(await again.getState()).toBe("running");
    await bench.failure(code);
    expect(world.ran.filter((step) => step === "s")).toHaveLength(4);
    await controlRun("run-1", bench.driver).recover();
    world.broken = false;
    expect((await bench.finish(code)).state).toBe("completed");
    expect(world.ran.filter((step) => step === "k").length).toBeLessThanOrEqual(1);
  });

  it("leaves a failure that was caught what it was", async () => {
    const bench = new Bench({ mode });
    const world = new World();
    const code = async (ctx: WorkflowContext): Promise<unknown> => {
      const caught = await ctx.try("t", (block) => world.step(block, "caught"));
      const swallowed = await world.step(ctx, "swallowed").catch(() => "swallowed");
      return [caught.ok, swallowed, await world.step(ctx, "fatal")];
    };
    await bench.failure(code);
    await controlRun("run-1", bench.driver).recover();
    world.broken = false;
    expect(await bench.output(code)).toEqual([false, "swallowed", "fatal"]);
    expect(world.ran).toEqual(["caught", "caught", "swallowed", "swallowed", "fatal", "fatal", "fatal"]);
    expect(bench.events.find((event) => event.type === "run.failed")).toMatchObject({ causes: [["fatal"]] });
  });

  it("only un-fails a run that no entry failed", async () => {
    const bench = new Bench({ mode });
    let bug = true;
    const code = async (ctx: WorkflowContext): Promise<string> => {
      const value = await ctx.step("s", () => "kept");
      if (bug) throw new TypeError("a bug");
      return value;
    };
    await bench.failure(code);
    bug = false;
    await controlRun("run-1", bench.driver).recover();
    expect(await bench.output(code)).toBe("kept");
    expect(bench.count("step.completed")).toBe(1);
  });

  it("waits again for a message that came too late", async () => {
    const bench = new Bench({ mode });
    const code = async (ctx: WorkflowContext): Promise<unknown> =>
      (await ctx.queue.next("m", { timeout: 60_000 })).body;
    await bench.failure(code);
    await controlRun("run-1", bench.driver).recover();
    await bench.send("m", "late");
    expect(await bench.output(code)).toBe("late");
  });

  it("is refused for a run that did not fail, and for one that was rolled back", async () => {
    const done = new Bench({ mode });
    const handle = done.start(async () => 1);
    await handle.result;
    await expect(handle.recover()).rejects.toBeInstanceOf(RunStateError);
    const bench = new Bench({ mode });
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "a", run: () => 1, rollback: () => undefined });
      throw new Error("no");
    };
    await bench.failure(code);
    await expect(bench.start(code).recover()).rejects.toThrow("fork");
  });
});
