import { CriticalError, JoinError, RollbackError, StepExhaustedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

function fail(ctx: WorkflowContext, name = "bad"): Promise<never> {
  return ctx.step(name, () => {
    throw new CriticalError(`${name} failed`);
  });
}

describe.each(modes)("a try block, in %s mode", (mode) => {
  it("answers with its value, and is entered again on a replay, where its children answer", async () => {
    const bench = new Bench({ mode });
    let bodies = 0;
    let entered = 0;
    const output = await bench.output(async (ctx) => {
      const result = await ctx.try("block", async (block) => {
        entered++;
        const a = await block.step("a", () => ++bodies);
        await block.sleep("wait", 60_000);
        return a;
      });
      await ctx.sleep("later", 60_000);
      return result;
    });
    expect(output).toEqual({ ok: true, value: 1 });
    expect(bodies).toBe(1);
    expect(entered).toBe(mode === "yield" ? 3 : 1);
  });

  it("answers with the failure of a step, a join or a race inside, and the same after each wait", async () => {
    const bench = new Bench({ mode });
    const seen: unknown[] = [];
    await bench.output(async (ctx) => {
      const all = [
        await ctx.try("s", (block) => fail(block)),
        await ctx.try("j", (block) => block.join("join", { a: { run: (branch) => fail(branch) } })),
        await ctx.try("r", (block) => block.race("race", [{ name: "a", run: (branch) => fail(branch) }])),
      ];
      seen.push(all);
      await ctx.sleep("one", 60_000);
      await ctx.sleep("two", 60_000);
    });
    for (const all of seen) {
      expect(all).toMatchObject([
        {
          ok: false,
          failure: {
            source: "step",
            name: "bad",
            error: { name: "CriticalError", message: "bad failed" },
            step: { kind: "critical", stepName: "bad", attempts: 1 },
          },
        },
        { ok: false, failure: { source: "join", name: "join", error: { name: "JoinError" } } },
        { ok: false, failure: { source: "race", name: "race", error: { name: "RaceError" } } },
      ]);
      expect(all).toEqual(seen[0]);
    }
    expect(seen).toHaveLength(mode === "yield" ? 3 : 1);
  });

  it("catches only the sources it is asked for", async () => {
    const step = await new Bench({ mode }).failure((ctx) =>
      ctx.try({ name: "t", catch: ["join"], run: (block) => fail(block) }),
    );
    expect(step).toBeInstanceOf(CriticalError);
    const join = await new Bench({ mode }).failure((ctx) =>
      ctx.try({
        name: "t",
        catch: ["step", "race"],
        run: (block) => block.join("j", { a: { run: (branch) => fail(branch) } }),
      }),
    );
    expect(join).toBeInstanceOf(JoinError);
  });

  it("lets the inner of two nested blocks answer first, and the outer what the inner lets pass", async () => {
    const output = await new Bench({ mode }).output((ctx) =>
      ctx.try("outer", async (outer) => {
        const inner = await outer.try("inner", (block) => fail(block));
        const passing = await outer.try({ name: "strict", catch: ["race"], run: (block) => fail(block, "second") });
        return { inner, passing };
      }),
    );
    expect(output).toMatchObject({ ok: false, failure: { source: "step", name: "second" } });
  });

  it("catches a RollbackError, from a step or straight from the block, only when asked", async () => {
    const fromBlock = (): Promise<never> => Promise.reject(new RollbackError("enough"));
    const fromStep = (block: WorkflowContext): Promise<never> =>
      block.step("s", () => {
        throw new RollbackError("enough");
      });
    for (const run of [fromBlock, fromStep]) {
      expect(await new Bench({ mode }).failure((ctx) => ctx.try("t", run))).toBeInstanceOf(RollbackError);
      const asked = await new Bench({ mode }).output((ctx) => ctx.try({ name: "t", catch: ["rollback"], run }));
      expect(asked).toMatchObject({
        ok: false,
        failure: { source: run === fromBlock ? "block" : "step", error: { message: "enough" } },
      });
    }
  });

  it("lets other errors pass, also one that wraps a step's failure", async () => {
    const plain = await new Bench({ mode }).failure((ctx) =>
      ctx.try("t", () => Promise.reject(new TypeError("a bug"))),
    );
    expect(plain).toBeInstanceOf(TypeError);
    const wrapped = await new Bench({ mode }).failure((ctx) =>
      ctx.try("t", async (block) => {
        try {
          await fail(block);
        } catch (error) {
          throw new Error("wrapped", { cause: error });
        }
      }),
    );
    expect(wrapped).toMatchObject({ message: "wrapped" });
  });

  it("catches what is thrown through a loop inside it, and the run goes on", async () => {
    const output = await new Bench({ mode }).output(async (ctx) => {
      const result = await ctx.try("t", (block) =>
        block.loop("l", async (turn) => {
          await turn.step("s", () => {
            throw new Error("no");
          });
        }),
      );
      return [result, await ctx.step("after", () => "on")];
    });
    expect(output).toMatchObject([{ ok: false, failure: { source: "step", name: "s" } }, "on"]);
  });

  it("does not see the failure as a StepExhaustedError, but as what the last attempt threw", async () => {
    const output = await new Bench({ mode }).output((ctx) =>
      ctx.try("t", (block) =>
        block.step({
          name: "s",
          maxRetries: 0,
          run: () => {
            throw new RangeError("out");
          },
        }),
      ),
    );
    expect(output).toMatchObject({ failure: { error: { name: "RangeError", message: "out" } } });
    const raw = await new Bench({ mode }).failure((ctx) =>
      ctx.step({
        name: "s",
        maxRetries: 0,
        run: () => {
          throw new RangeError("out");
        },
      }),
    );
    expect(raw).toBeInstanceOf(StepExhaustedError);
  });
});
