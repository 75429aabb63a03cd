import { foldHistory, Loop, type LoopConfig, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

function counting(options: Partial<LoopConfig<{ n: number }, number>>, until: number, each?: (n: number) => void) {
  return (ctx: WorkflowContext): Promise<number> =>
    ctx.loop({
      name: "l",
      state: { n: 0 },
      run: async (turn, state: { n: number }) => {
        each?.(state.n);
        if (state.n === until) return Loop.break(state.n);
        const n = await turn.step("add", () => state.n + 1);
        return Loop.continue({ n });
      },
      ...options,
    });
}

describe.each(modes)("a loop, in %s mode", (mode) => {
  it("without state repeats until it breaks, and may return nothing", async () => {
    const bench = new Bench({ mode });
    let rounds = 0;
    const output = await bench.output((ctx) =>
      ctx.loop("l", async (turn) => {
        const n = await turn.step("s", () => ++rounds);
        await turn.sleep("wait", 60_000);
        if (n === 3) return Loop.break(`after ${n}`);
        return undefined;
      }),
    );
    expect(output).toBe("after 3");
    expect(rounds).toBe(3);
  });

  it("with state hands each iteration a copy of what the one before it returned", async () => {
    const bench = new Bench({ mode });
    const shared = { seen: [] as number[] };
    const output = await bench.output((ctx) =>
      ctx.loop({
        name: "l",
        state: shared,
        run: async (turn, state) => {
          expect(state).not.toBe(shared);
          await turn.sleep("wait", 60_000);
          const seen = [...state.seen, state.seen.length];
          state.seen.push(99);
          return seen.length === 3 ? Loop.break(seen) : Loop.continue({ seen });
        },
      }),
    );
    expect(output).toEqual([0, 1, 2]);
    expect(shared.seen).toEqual([]);
  });

  it("says so when an iteration with state forgets to return", async () => {
    const forgetful = { name: "l", state: 1, run: () => Promise.resolve(undefined) } as unknown as LoopConfig<
      number,
      1
    >;
    const error = await new Bench({ mode }).failure((ctx) => ctx.loop(forgetful));
    expect(error.message).toContain("must return Loop.continue(state) or Loop.break(value)");
    const wrong = { name: "l", run: () => Promise.resolve(5) } as unknown as LoopConfig<number, 1>;
    const other = await new Bench({ mode }).failure((ctx) => ctx.loop(wrong));
    expect(other.message).toContain("Loop.continue");
  });

  it("goes on at the last recorded iteration, not at 0", async () => {
    const bench = new Bench({ mode });
    const begun: number[] = [];
    const workflow = (ctx: WorkflowContext): Promise<number> =>
      ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          begun.push(n);
          if (n === 4) return Loop.break(n);
          await turn.sleep("wait", 60_000);
          return Loop.continue(n + 1);
        },
      });
    expect(await bench.output(workflow)).toBe(4);
    expect(begun).toEqual(mode === "yield" ? [0, 0, 1, 1, 2, 2, 3, 3, 4] : [0, 1, 2, 3, 4]);
  });

  it("is not entered again once it has ended: its output answers", async () => {
    const bench = new Bench({ mode });
    let entered = 0;
    const output = await bench.output(async (ctx) => {
      const value = await ctx.loop("l", async (turn) => {
        entered++;
        await turn.step("s", () => 1);
        return Loop.break(new Map([["a", 1]]));
      });
      await ctx.sleep("wait", 60_000);
      return value;
    });
    expect(output).toEqual(new Map([["a", 1]]));
    expect(entered).toBe(1);
  });

  it("prunes finished iterations from the live history", async () => {
    const bench = new Bench({ mode });
    await bench.output(counting({ historyPruneInterval: 10, historySize: 3 }, 45));
    const place = foldHistory(bench.events).find(["l"]);
    expect([...(place?.children?.keys() ?? [])]).toEqual([37, 38, 39, 40, 41, 42, 43, 44]);
    const standard = new Bench({ mode });
    await standard.output(counting({}, 45));
    expect(foldHistory(standard.events).find(["l"])?.children?.size).toBe(25);
  });

  it("leaves a turn that failed to begin, so that the workflow can go on after catching the error", async () => {
    const output = await new Bench({ mode }).output(async (ctx) => {
      const unstorable = (): void => undefined;
      await expect(ctx.loop({ name: "l", state: unstorable, run: async () => Loop.break(1) })).rejects.toThrow(
        'loop "l": state is a function',
      );
      return ctx.step("after", () => "on");
    });
    expect(output).toBe("on");
  });

  it("may be left by an error, which the workflow may catch", async () => {
    const output = await new Bench({ mode }).output(async (ctx) => {
      const caught = await ctx
        .loop("l", async (turn) => {
          await turn.sleep("wait", 60_000);
          throw new Error("out");
        })
        .catch((error: unknown) => String(error));
      await ctx.sleep("more", 60_000);
      return caught;
    });
    expect(output).toBe("Error: out");
  });
});

describe("the cost of an iteration", () => {
  it("does not grow with the number of iterations before it", async () => {
    const bench = new Bench({ mode: "live" });
    let half = 0;
    const rounds = 20_000;
    const start = performance.now();
    await bench.output(
      counting({}, rounds, (n) => {
        if (n === rounds / 2) half = performance.now();
      }),
    );
    const first = half - start;
    const second = performance.now() - half;
    expect(second).toBeLessThan(first * 3 + 200);
    expect(bench.events.length).toBeLessThan(40_000);
  });
});
