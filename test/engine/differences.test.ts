/** Each row of "What we do differently" in the engine's design, by its own words. `bench/` shows the other side. */
import { CriticalError, EvictedError, HistoryDivergedError, JoinError, Loop, type WorkflowContext } from "dotworkflows";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DyingDriver } from "./support/dying-driver.ts";
import { Bench, modes, settle } from "./support/harness.ts";

describe.each(modes)("in %s mode", (mode) => {
  it("waiting throws through user code → parks; catch/finally never see it", async () => {
    const bench = new Bench({ mode });
    const seen: string[] = [];
    const output = await bench.output(async (ctx) => {
      try {
        await ctx.sleep("z", 60_000);
        await ctx.step({
          name: "s",
          retryBackoffBase: 30_000,
          run: ({ attempt }) => {
            if (attempt === 1) throw new Error("again");
          },
        });
        await ctx.queue.nextBatch("m", { timeout: 60_000 });
        return "through";
      } catch {
        seen.push("catch");
        return "caught";
      } finally {
        seen.push("finally");
      }
    });
    expect(output).toBe("through");
    expect(seen).toEqual(["finally"]);
  });

  it("a critical failure caught by tryStep runs the body again on replay, and the outcome can flip → recorded with its kind, replays as is", async () => {
    const bench = new Bench({ mode });
    let bodies = 0;
    const output = await bench.output(async (ctx) => {
      const result = await ctx.tryStep("s", () => {
        if (++bodies === 1) throw new CriticalError("no");
        return "flipped";
      });
      await ctx.sleep("z", 60_000);
      return result;
    });
    expect(output).toMatchObject({ ok: false, failure: { kind: "critical" } });
    expect(bodies).toBe(1);
  });

  it("a race swallows divergence; eviction never reaches race branches → one branch mechanism, linked signals", async () => {
    const bench = new Bench({ mode });
    let evicted = false;
    const code = (name: string) => (ctx: WorkflowContext) =>
      ctx.race("r", [
        {
          name: "a",
          run: async (branch) => {
            branch.abortSignal.addEventListener("abort", () => (evicted = branch.isEvicted()));
            await branch.step(name, () => 1);
            await branch.sleep("z", 60_000);
          },
        },
        { name: "b", run: (branch) => branch.sleep("z", 90_000) },
      ]);
    const handle = bench.start(code("s"));
    await settle();
    handle.evict();
    await handle.result;
    expect(evicted).toBe(true);
    expect(await bench.failure(code("renamed"))).toBeInstanceOf(HistoryDivergedError);
    expect((await bench.finish(code("s"))).output).toMatchObject({ winner: "a" });
  });

  it('cancel() can be overwritten by "running" → one owner of run state; cancel wins', async () => {
    const bench = new Bench({ mode });
    const handle = bench.start((ctx) => ctx.step("s", () => settle()));
    await handle.cancel();
    await settle();
    await expect(handle.result).rejects.toBeInstanceOf(EvictedError);
    expect(await bench.start(async () => 1).getState()).toBe("cancelled");
    expect(bench.types.at(-1)).toBe("run.cancelled");
  });

  it("steps in a finished loop are not rolled back → they are", async () => {
    const bench = new Bench({ mode });
    const undone: number[] = [];
    await bench.failure(async (ctx) => {
      await ctx.rollbackCheckpoint("c");
      await ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          await turn.step({ name: "s", run: () => n, rollback: (_, output) => void undone.push(output) });
          return n === 2 ? Loop.break(0) : Loop.continue(n + 1);
        },
      });
      throw new Error("no");
    });
    expect(undone).toEqual([2, 1, 0]);
  });

  it("an unrecorded step in recorded territory runs for real → refused first", async () => {
    const bench = new Bench({ mode });
    const code = (inserted: boolean, ran: string[]) => async (ctx: WorkflowContext) => {
      if (inserted) await ctx.step("inserted", () => ran.push("inserted"));
      await ctx.step("s", () => 1);
      await ctx.sleep("z", 60_000);
    };
    const handle = bench.start(code(false, []));
    await settle();
    handle.evict();
    await handle.result;
    const ran: string[] = [];
    expect(await bench.failure(code(true, ran))).toBeInstanceOf(HistoryDivergedError);
    expect(ran).toEqual([]);
  });

  it("every flush scans the whole history; a join of 1,000 branches takes 35 s and 4,000 run out of memory → cost of a commit is the size of the commit", async () => {
    const bench = new Bench({ mode });
    const branches = Object.fromEntries(
      Array.from({ length: 4_000 }, (_, n) => [`b${n}`, { run: (b: WorkflowContext) => b.step("s", () => n) }]),
    );
    const start = performance.now();
    await bench.output((ctx) => ctx.join("j", branches));
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("failures kept as strings and parsed back → structured: name, message, stack, cause, own fields", async () => {
    const bench = new Bench({ mode });
    const cause = new RangeError("why", { cause: { code: 7 } });
    const error = await bench.failure((ctx) =>
      ctx.join("j", {
        a: {
          run: (b) =>
            b.step("s", () => {
              throw Object.assign(new CriticalError("CriticalError: odd: text", { cause }), { order: 12 });
            }),
        },
      }),
    );
    const member = error instanceof JoinError ? error.errors["a"] : undefined;
    expect(member).toBeInstanceOf(CriticalError);
    expect(member).toMatchObject({ message: "CriticalError: odd: text", order: 12, cause: { message: "why" } });
    expect(member?.stack).toContain("differences.test.ts");
    expect(member?.cause).toBeInstanceOf(RangeError);
  });
});

it("live mode replays the whole function after every wait → continues in place", async () => {
  const bench = new Bench({ mode: "live" });
  let calls = 0;
  await bench.output(async (ctx) => {
    calls++;
    for (let n = 0; n < 50; n++) await ctx.sleep(`z${n}`, 60_000);
  });
  expect(calls).toBe(1);
});

it("queue.send sends again on every replay; a received message can be lost in a crash → exactly once", async () => {
  const code = async (ctx: WorkflowContext): Promise<unknown[]> => {
    await ctx.queue.send("m", 1);
    await ctx.sleep("z", 60_000);
    const first = await ctx.queue.nextBatch("a", { count: 9 });
    await ctx.step("s", () => 1);
    return [...first, ...(await ctx.queue.nextBatch("b", { count: 9, timeout: 0 }))].map((message) => message.body);
  };
  for (const plan of [{}, { inbox: "add" }, { inbox: "remove" }, { beforeCommit: 5 }, { afterCommit: 5 }] as const) {
    const driver = new DyingDriver(plan);
    const bench = new Bench({ mode: "yield" }, driver);
    const result = await bench.finish(code).catch(() => undefined);
    driver.revive();
    expect((result ?? (await bench.finish(code))).output).toEqual([1]);
  }
});

it("one context class of 2,600 lines with 13 constructor arguments → one primitive, one file", () => {
  const folder = path.resolve(import.meta.dirname, "../../src/engine");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  for (const file of files) {
    expect([file, readFileSync(path.join(folder, file), "utf8").split("\n").length < 302]).toEqual([file, true]);
  }
  const primitives = files.filter((file) => path.dirname(file) === "primitives").map((file) => path.basename(file));
  expect(primitives).toEqual(expect.arrayContaining(["step.ts", "try.ts", "loop.ts", "sleep.ts", "queue.ts"]));
});
