import { HistoryDivergedError, Loop, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

describe.each(modes)("check, in %s mode", (mode) => {
  it("gives the same output, and runs no recorded step body again", async () => {
    const bench = new Bench({ mode, check: true });
    let bodies = 0;
    let calls = 0;
    const output = await bench.output(async (ctx) => {
      calls++;
      const a = await ctx.step("a", () => ++bodies);
      const looped = await ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          const step = await turn.step("s", () => (++bodies, n + 1));
          return step === 3 ? Loop.break(step) : Loop.continue(step);
        },
      });
      const { winner } = await ctx.race("r", [
        { name: "x", run: (b) => b.sleep("z", 60_000) },
        { name: "y", run: (b) => b.step("s", () => ++bodies) },
      ]);
      await ctx.sleep("z", 60_000);
      return [a, looped, winner];
    });
    expect(output).toEqual([1, 3, "y"]);
    expect(bodies).toBe(5);
    expect(calls).toBeGreaterThan(5);
  });

  it("finds a name that is not the same on each replay", async () => {
    const bench = new Bench({ mode, check: true });
    let calls = 0;
    const error = await bench.failure(async (ctx) => {
      await ctx.step(`step ${calls++}`, () => 1);
      await ctx.step("next", () => 1);
    });
    expect(error).toBeInstanceOf(HistoryDivergedError);
  });

  it("ends a failing run with its own error, after its rollback", async () => {
    const bench = new Bench({ mode, check: true });
    const undone: string[] = [];
    const error = await bench.failure(async (ctx: WorkflowContext) => {
      await ctx.rollbackCheckpoint("c");
      await ctx.step({ name: "a", run: () => 1, rollback: () => void undone.push("a") });
      await ctx.step({ name: "b", maxRetries: 1, run: () => Promise.reject(new Error("no")) });
    });
    expect(error).toMatchObject({ name: "StepExhaustedError" });
    expect(undone).toEqual(["a"]);
  });

  it("finds a variable that is written inside a branch or an iteration and read outside", async () => {
    for (const inside of ["branch", "iteration"]) {
      const error = await new Bench({ mode, check: true }).failure(async (ctx: WorkflowContext) => {
        let outer = 0;
        const write = async (scope: WorkflowContext): Promise<void> => {
          outer += await scope.step("s", () => 1);
        };
        if (inside === "branch") await ctx.join("j", { a: { run: write } });
        else await ctx.loop("l", (turn) => write(turn).then(() => Loop.break(1)));
        return outer;
      });
      expect(error).toMatchObject({ code: "history_diverged", facts: { kind: "output" } });
    }
  });
});
