import { Loop, RollbackCheckpointError, RollbackError, RollbackFailedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { DyingDriver } from "./support/dying-driver.ts";
import { Bench, deferred, modes, settle } from "./support/harness.ts";

class Journal {
  readonly done: string[] = [];
  readonly undone: string[] = [];

  step(ctx: WorkflowContext, name: string): Promise<string> {
    return ctx.step({
      name: "s",
      run: () => (this.done.push(name), name),
      rollback: (_, output) => void this.undone.push(output),
    });
  }
}

/** Undoable steps everywhere they can be, finished or not, then a failure. */
const everywhere =
  (journal: Journal) =>
  async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("from here");
    await journal.step(ctx, "root");
    await ctx.try("block", (block) => journal.step(block, "try"));
    await ctx.loop({
      name: "finished",
      state: 0,
      historyPruneInterval: 1,
      historySize: 0,
      run: async (turn, n) => {
        await journal.step(turn, `loop ${n}`);
        return n === 2 ? Loop.break(n) : Loop.continue(n + 1);
      },
    });
    await ctx.race("race", [
      {
        name: "loser",
        run: async (branch) => {
          await journal.step(branch, "loser");
          await branch.sleep("long", 999_000);
        },
      },
      {
        name: "winner",
        run: async (branch) => {
          await branch.sleep("short", 60_000);
          await journal.step(branch, "winner");
        },
      },
    ]);
    await ctx.join("join", {
      a: { run: (branch) => journal.step(branch, "join a") },
      b: {
        run: (branch) =>
          branch.loop("unfinished", async (turn) => {
            await journal.step(turn, "join b");
            await turn.sleep("pause", 60_000);
            throw new Error("the end");
          }),
      },
    });
  };

describe.each(modes)("rollback, in %s mode", (mode) => {
  it("runs the handlers of all completed steps in reverse order of completion, once each", async () => {
    const bench = new Bench({ mode });
    const journal = new Journal();
    const error = await bench.failure(everywhere(journal));
    expect(error).toMatchObject({ name: "JoinError" });
    expect(journal.done).toHaveLength(9);
    expect(journal.undone).toEqual([...journal.done].reverse());
    expect(bench.types.slice(-11)).toEqual([
      "run.rolling_back",
      ...Array.from({ length: 9 }, () => "step.rolled_back"),
      "run.failed",
    ]);
    await expect(bench.pass(everywhere(journal))).rejects.toMatchObject({ name: "JoinError" });
    expect(journal.undone).toHaveLength(9);
  });

  it("records a handler that throws, stops there, and tries it again when the run is resumed", async () => {
    const errors: unknown[] = [];
    const bench = new Bench({ mode, onError: (event) => void errors.push(event) });
    const undone: string[] = [];
    let broken = true;
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.rollbackCheckpoint("c");
      for (const name of ["a", "b", "c"]) {
        await ctx.step({
          name: `step ${name}`,
          run: () => name,
          rollback: () => {
            if (name === "b" && broken) throw new Error("cannot");
            undone.push(name);
          },
        });
      }
      throw new RollbackError("undo");
    };
    expect(await bench.failure(code)).toBeInstanceOf(RollbackFailedError);
    expect(undone).toEqual(["c"]);
    expect(bench.events.at(-1)).toMatchObject({ type: "step.rollback_failed", loc: ["step b"] });
    expect(await bench.start(code).getState()).toBe("rolling_back");
    await settle();
    expect(errors).toContainEqual({
      rollback: {
        workflowId: "run-1",
        stepName: "step b",
        error: expect.objectContaining({ message: "cannot" }) as unknown,
      },
    });
    broken = false;
    expect(await bench.failure(code)).toBeInstanceOf(RollbackError);
    expect(undone).toEqual(["c", "b", "a"]);
  });

  it("needs a checkpoint before a step with a handler, in its scope or around it", async () => {
    const bench = new Bench({ mode });
    let ran = false;
    const error = await bench.failure((ctx) =>
      ctx.step({ name: "a", run: () => (ran = true), rollback: () => undefined }),
    );
    expect(error).toBeInstanceOf(RollbackCheckpointError);
    expect(ran).toBe(false);
  });

  it("does not happen without a checkpoint: the run simply fails", async () => {
    const bench = new Bench({ mode });
    expect(
      await bench.failure(async (ctx) => {
        await ctx.step("a", () => 1);
        throw new RollbackError("undo");
      }),
    ).toBeInstanceOf(RollbackError);
    expect(bench.count("run.rolling_back")).toBe(0);
  });

  it("gives handlers a copy of the output and tells them when the run is evicted", async () => {
    const bench = new Bench({ mode });
    const waiting = deferred();
    const seen: unknown[] = [];
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "early", run: () => 1, rollback: () => void seen.push("early") });
      await ctx.step({
        name: "late",
        run: () => ({ at: new Date(4) }),
        rollback: async (context, output) => {
          seen.push(output, context.workflowId);
          context.abortSignal.addEventListener("abort", () => seen.push(context.isEvicted()));
          if (seen.length === 2) await waiting.promise;
        },
      });
      throw new Error("no");
    };
    const handle = bench.start(code);
    await settle();
    handle.evict();
    waiting.resolve();
    expect(await handle.result).toMatchObject({ state: "rolling_back" });
    expect(seen).toEqual([{ at: new Date(4) }, "run-1", true]);
    await bench.failure(code);
    expect(seen.slice(3)).toEqual(["early"]);
  });

  it("undoes no step that declared no handler when it ran", async () => {
    const bench = new Bench({ mode });
    const undone: string[] = [];
    const code = (edited: boolean) => async (ctx: WorkflowContext) => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "a", run: () => 1, ...(edited && { rollback: () => void undone.push("a") }) });
      await ctx.step({ name: "b", run: () => 1, rollback: () => void undone.push("b") });
      await ctx.sleep("z", 60_000);
      throw new Error("no");
    };
    const first = bench.start(code(false));
    await settle();
    if (mode === "live") first.evict();
    await first.result;
    await bench.failure(code(true));
    expect(undone).toEqual(["b"]);
  });

  it("refuses code that no longer has a handler", async () => {
    const bench = new Bench({ mode });
    const code = (edited: boolean) => async (ctx: WorkflowContext) => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "a", run: () => 1, ...(!edited && { rollback: () => undefined }) });
      await ctx.sleep("z", 60_000);
      throw new Error("no");
    };
    const first = bench.start(code(false));
    await settle();
    if (mode === "live") first.evict();
    await first.result;
    expect(await bench.failure(code(true))).toMatchObject({ facts: { kind: "rollback" } });
    expect((await bench.failure(code(false))).message).toBe("no");
  });
});

describe("rollback, when the process dies", () => {
  it("goes on where it stopped, at whichever commit that was", async () => {
    const whole = new DyingDriver({});
    await new Bench({ mode: "live" }, whole).failure(everywhere(new Journal()));
    for (let n = 1; n <= whole.commits; n++) {
      for (const when of ["beforeCommit", "afterCommit"] as const) {
        const driver = new DyingDriver({ [when]: n });
        const bench = new Bench({ mode: "live" }, driver);
        const journal = new Journal();
        await bench.failure(everywhere(journal));
        driver.revive();
        expect([n, when, (await bench.failure(everywhere(journal))).name]).toEqual([n, when, "JoinError"]);
        expect([n, when, bench.count("step.rolled_back")]).toEqual([n, when, 9]);
        expect([n, when, new Set(journal.undone).size]).toEqual([n, when, 9]);
        expect(journal.undone.length).toBeLessThanOrEqual(10);
      }
    }
  });
});
