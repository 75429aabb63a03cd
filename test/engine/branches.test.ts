import { CriticalError, HistoryDivergedError, JoinError, Loop, RaceError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, deferred, modes, settle, START } from "./support/harness.ts";

const failing = (ctx: WorkflowContext): Promise<never> =>
  ctx.step("bad", () => {
    throw new CriticalError("no");
  });

describe.each(modes)("join, in %s mode", (mode) => {
  it("runs all branches at once and answers with the record of their outputs", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output((ctx) =>
      ctx.join("j", {
        a: { run: (branch) => branch.step("s", () => new Date(1)) },
        b: { run: (branch) => branch.sleep("s", 60_000) },
        c: {
          run: async (branch) => {
            await branch.sleep("s", 60_000);
            return branch.step("t", () => "c");
          },
        },
      }),
    );
    expect(output).toEqual({ a: new Date(1), b: undefined, c: "c" });
    expect(bench.clock.now()).toBe(START + 60_000);
  });

  it("answers for a branch of any name", async () => {
    const branches = { ["__proto__"]: { run: async () => ({ polluted: true }) } };
    const output = await new Bench({ mode }).output((ctx) => ctx.join("j", branches));
    expect(Object.entries(output)).toEqual([["__proto__", { polluted: true }]]);
    expect(output).not.toHaveProperty("polluted");
  });

  it("refuses a branch without a function, as a race does", async () => {
    const none = { run: undefined } as unknown as { run: () => Promise<void> };
    const joined = await new Bench({ mode }).failure((ctx) => ctx.join("j", { a: none }));
    expect(joined).toMatchObject({ name: "TypeError", message: 'join "j": branch "a" needs a function to run' });
    const raced = await new Bench({ mode }).failure((ctx) => ctx.race("r", [{ name: "a", ...none }]));
    expect(raced).toMatchObject({ name: "TypeError", message: 'race "r": branch "a" needs a function to run' });
  });

  it("waits for all, then throws a JoinError with each failed branch's error", async () => {
    const bench = new Bench({ mode });
    let finished = false;
    const error = await bench.failure((ctx) =>
      ctx.join("j", {
        bad: { run: failing },
        worse: { run: () => Promise.reject(new TypeError("worse")) },
        good: {
          run: async (branch) => {
            await branch.sleep("s", 60_000);
            finished = true;
          },
        },
      }),
    );
    expect(error).toBeInstanceOf(JoinError);
    expect(Object.keys((error as JoinError).errors).sort()).toEqual(["bad", "worse"]);
    expect((error as JoinError).errors["bad"]).toBeInstanceOf(CriticalError);
    expect((error as JoinError).errors["worse"]).toBeInstanceOf(TypeError);
    expect(finished).toBe(true);
  });

  it("without branches is at once over", async () => {
    expect(await new Bench({ mode }).output((ctx) => ctx.join("j", {}))).toEqual({});
  });

  it("is held up by a retry in one branch only at its end", async () => {
    const bench = new Bench({ mode });
    const done: [string, number][] = [];
    await bench.output((ctx) =>
      ctx.join("j", {
        flaky: {
          run: async (branch) => {
            await branch.step({
              name: "s",
              retryBackoffBase: 30_000,
              retryBackoffMax: 99_000,
              run: ({ attempt }) => {
                if (attempt === 1) throw new Error("once more");
              },
            });
            done.push(["flaky", branch.now() - START]);
          },
        },
        quick: {
          run: async (branch) => {
            for (const name of ["a", "b", "c"]) await branch.step(name, () => 1);
            await branch.sleep("short", 50);
            done.push(["quick", branch.now() - START]);
          },
        },
      }),
    );
    expect(done.slice(-2)).toEqual([
      ["quick", 50],
      ["flaky", 60_000],
    ]);
  });

  it("is not entered again once it has ended", async () => {
    const bench = new Bench({ mode });
    let entered = 0;
    await bench.output(async (ctx) => {
      await ctx.join("j", { a: { run: () => Promise.resolve(++entered) } });
      await ctx.sleep("one", 60_000);
      await ctx.sleep("two", 60_000);
    });
    expect(entered).toBe(1);
  });
});

describe.each(modes)("race, in %s mode", (mode) => {
  it("answers with the first branch to complete, which is on record before anyone sees it", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output(async (ctx) => {
      const result = await ctx.race("r", [
        { name: "slow", run: (branch) => branch.sleep("s", 120_000) },
        { name: "quick", run: (branch) => branch.sleep("s", 60_000).then(() => "won") },
        { name: "bad", run: failing },
      ]);
      expect(bench.count("race.won")).toBe(1);
      await ctx.sleep("later", 60_000);
      return result;
    });
    expect(output).toEqual({ winner: "quick", value: "won" });
  });

  it("throws a RaceError with every branch's error when all have failed", async () => {
    const error = await new Bench({ mode }).failure((ctx) =>
      ctx.race("r", [
        { name: "a", run: failing },
        { name: "b", run: (branch) => branch.sleep("s", 60_000).then(() => Promise.reject(new TypeError("b"))) },
      ]),
    );
    expect(error).toBeInstanceOf(RaceError);
    expect((error as RaceError).errors.map((branch) => [branch.name, branch.error, branch.cause.name])).toEqual([
      ["a", "no", "CriticalError"],
      ["b", "b", "TypeError"],
    ]);
  });

  it("fires the losers' signals, waits for none of them, and records nothing more of theirs", async () => {
    const bench = new Bench({ mode });
    const gate = deferred<string>();
    const fired: string[] = [];
    let afterLoss = false;
    const output = await bench.output(async (ctx) => {
      const { winner } = await ctx.race("r", [
        { name: "winner", run: (branch) => branch.step("s", () => Promise.resolve()) },
        {
          name: "deaf",
          run: async (branch) => {
            await branch.step("s", ({ signal }) => {
              signal.addEventListener("abort", () => fired.push("step"));
              branch.abortSignal.addEventListener("abort", () => fired.push("branch"));
              return gate.promise;
            });
            afterLoss = true;
          },
        },
        {
          name: "nested",
          run: (branch) =>
            branch.join("j", {
              inner: {
                run: (inner) => {
                  inner.abortSignal.addEventListener("abort", () => fired.push("inner"));
                  return inner.sleep("s", 60_000);
                },
              },
            }),
        },
      ]);
      gate.resolve("too late");
      for (const name of ["a", "b", "c"]) await ctx.step(name, () => Promise.resolve());
      return winner;
    });
    expect(output).toBe("winner");
    expect(fired.sort()).toEqual(["branch", "inner", "step"]);
    expect(afterLoss).toBe(false);
    const won = bench.events.findIndex((event) => event.type === "race.won");
    const later = bench.events.slice(won + 1).filter((event) => "loc" in event && event.loc[0] === "r");
    expect(later).toEqual([]);
    expect(bench.count("branch.cancelled")).toBe(2);
  });

  it("refuses two branches of one name", async () => {
    const run = (): Promise<number> => Promise.resolve(1);
    const error = await new Bench({ mode }).failure((ctx) =>
      ctx.race("r", [
        { name: "a", run },
        { name: "a", run },
      ]),
    );
    expect(error).toBeInstanceOf(TypeError);
  });
});

describe.each(modes)("join and race, in %s mode", (mode) => {
  it("nest in each other, in loops and in try blocks", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output((ctx) =>
      ctx.loop({
        name: "rounds",
        state: [] as string[],
        run: async (turn, seen) => {
          const { result, block } = await turn.join("outer", {
            result: {
              run: (branch) =>
                branch.race("inner", [
                  { name: "slow", run: (racer) => racer.sleep("s", 120_000).then(() => "slow") },
                  {
                    name: "quick",
                    run: async (racer) => {
                      const { a } = await racer.join("deep", {
                        a: { run: (deep) => deep.sleep("s", 60_000) },
                        b: { run: (deep) => deep.step("s", () => 1) },
                      });
                      return String(a);
                    },
                  },
                ]),
            },
            block: {
              run: (branch) => branch.try("t", (inside) => inside.join("j", { bad: { run: failing } })),
            },
          });
          const all = [...seen, `${result.winner} ${block.ok}`];
          return all.length === 3 ? Loop.break(all) : Loop.continue(all);
        },
      }),
    );
    expect(output).toEqual(["quick false", "quick false", "quick false"]);
    expect(bench.clock.now()).toBe(START + 180_000);
  });

  it("refuse other branches than are recorded", async () => {
    const bench = new Bench({ mode });
    const workflow =
      (...names: string[]) =>
      (ctx: WorkflowContext): Promise<unknown> =>
        ctx.join(
          "j",
          Object.fromEntries(names.map((name) => [name, { run: (b: WorkflowContext) => b.sleep("s", 60_000) }])),
        );
    const first = bench.start(workflow("a", "b"));
    await settle();
    first.evict();
    await first.result;
    const length = bench.events.length;
    const error = await bench.failure(workflow("a", "c"));
    expect(error).toBeInstanceOf(HistoryDivergedError);
    expect(error).toMatchObject({ facts: { kind: "branches", recorded: "a, b", asked: "a, c" } });
    expect(bench.events.length).toBe(length);
    expect((await bench.finish(workflow("b", "a"))).state).toBe("completed");
  });

  it("of 2,000 branches cost what they are", async () => {
    const bench = new Bench({ mode });
    const branches = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, n) => [`b${n}`, { run: (b: WorkflowContext) => b.step("s", () => n) }]),
    );
    const start = performance.now();
    const output = await bench.output((ctx) => ctx.join("j", branches));
    expect(Object.keys(output)).toHaveLength(2_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
