import { EntryInProgressError, type HistoryEvent, Loop, RollbackFailedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { DyingDriver } from "./support/dying-driver.ts";
import { Bench, deferred, modes, START } from "./support/harness.ts";

async function draws(ctx: WorkflowContext): Promise<unknown[]> {
  const drawn: unknown[] = [ctx.now(), ctx.random(), ctx.uuid(), ctx.random()];
  await ctx.step("a", () => 1);
  drawn.push(ctx.now(), ctx.uuid());
  await ctx.sleep("z", 60_000);
  drawn.push(ctx.now(), ctx.uuid());
  const inner = await ctx.try("t", async (block) => {
    await block.step("s", () => 1);
    return [block.now(), block.random(), block.uuid()];
  });
  const looped = await ctx.loop({
    name: "l",
    state: [] as unknown[],
    run: async (turn, seen) => {
      await turn.sleep("z", 60_000);
      const all = [...seen, turn.now(), turn.uuid()];
      return all.length === 6 ? Loop.break(all) : Loop.continue(all);
    },
  });
  const joined = await ctx.join("j", {
    a: { run: async (b) => [b.now(), b.uuid(), b.random()] },
    b: { run: async (b) => [b.now(), b.uuid(), b.random()] },
  });
  await ctx.tryStep({ name: "bad", maxRetries: 1, run: () => Promise.reject(new Error("no")) });
  drawn.push(ctx.now());
  await ctx.queue.nextBatch("none", { timeout: 60_000 });
  drawn.push(ctx.now(), inner, looped, joined);
  await ctx.step("end", () => 1);
  drawn.push(ctx.now(), ctx.uuid());
  return drawn;
}

describe("now, random and uuid", () => {
  it("give the same again, in both modes and wherever the process dies", async () => {
    const live = new Bench({ mode: "live" });
    const seeded = (driver: { events: HistoryEvent[] }): string => {
      const [created] = driver.events;
      return created?.type === "run.created" ? created.seed : "";
    };
    const first = await live.output(draws);
    const whole = new DyingDriver({});
    await new Bench({ mode: "live" }, whole).output(draws);
    const setSeed = (driver: DyingDriver): void => {
      const seed = seeded(live.driver);
      const commit = driver.commit.bind(driver);
      driver.commit = (events) =>
        commit(events.map((event) => (event.type === "run.created" ? Object.assign(event, { seed }) : event)));
    };
    for (const mode of modes) {
      for (let n = 2; n <= whole.commits + 1; n++) {
        const driver = new DyingDriver({ afterCommit: n });
        setSeed(driver);
        const bench = new Bench({ mode }, driver);
        let output = await bench.finish(draws).catch(() => undefined);
        driver.revive();
        output ??= await bench.finish(draws);
        expect([mode, n, output.output]).toEqual([mode, n, first]);
      }
    }
    const texts = JSON.stringify(first).match(/[0-9a-f-]{36}/g) ?? [];
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBe(10);
    expect(first[0]).toBe(START);
    expect(texts[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("differ from run to run", async () => {
    const drawn = async (): Promise<string> => new Bench().output(async (ctx) => ctx.uuid());
    expect(await drawn()).not.toBe(await drawn());
  });

  it.each(["random", "uuid"] as const)("%s is refused in a step's body, which a replay does not run", async (draw) => {
    const bench = new Bench();
    const caught: unknown[] = [];
    const code = async (ctx: WorkflowContext): Promise<unknown> => {
      await ctx.step("first", () => 1);
      const made = await ctx.step("charge", () => {
        try {
          return ctx[draw]();
        } catch (error) {
          caught.push(error);
          return "went on all the same";
        }
      });
      return ctx.step("send", () => made);
    };
    const { message } = await bench.failure(code);
    expect(message).toMatch(`ctx.${draw}() was called inside the body of a step, while "charge" is open`);
    expect(message).toMatch("call it before the step, or use the step's idempotencyKey");
    expect(caught).toEqual([expect.any(EntryInProgressError)]);
    expect(bench.types.slice(-2)).toEqual(["step.completed", "step.started"]);
  });

  it("are refused on an outer ctx inside a loop, a try or a branch, which a replay may not enter", async () => {
    const inside: Record<string, (ctx: WorkflowContext) => Promise<unknown>> = {
      loop: (ctx) => ctx.loop("l", async () => Loop.break(ctx.uuid())),
      try: (ctx) => ctx.try("t", async () => ctx.uuid()),
      join: (ctx) => ctx.join("j", { a: { run: async () => ctx.uuid() } }),
      race: (ctx) => ctx.race("r", [{ name: "a", run: async () => ctx.uuid() }]),
    };
    for (const [where, code] of Object.entries(inside)) {
      const bench = new Bench();
      const { message } = await bench.failure(code);
      expect([where, message]).toEqual([
        where,
        expect.stringMatching(/or on the inner ctx of the loop, try or branch/),
      ]);
      expect(bench.types).not.toContain("run.failed");
    }
  });

  it("in the branch of a lost race they throw for nobody: the run goes on", async () => {
    const late: unknown[] = [];
    const bench = new Bench();
    const output = await bench.output(async (ctx) => {
      const hang = deferred();
      const { winner } = await ctx.race("r", [
        { name: "wins", run: (b) => b.step("s", () => 1) },
        {
          name: "loses",
          run: (b) => b.step("s", () => hang.promise.then(() => b.uuid()).catch((error) => void late.push(error))),
        },
      ]);
      hang.resolve();
      await ctx.step("next", () => hang.promise);
      return winner;
    });
    expect(output).toBe("wins");
    expect(late).toEqual([expect.any(EntryInProgressError)]);
  });

  it("are refused in a rollback handler, which is not run again when the rollback goes on", async () => {
    const bench = new Bench();
    const error = await bench.failure(async (ctx) => {
      await ctx.rollbackCheckpoint("from here");
      await ctx.step({ name: "s", run: () => 1, rollback: () => void ctx.uuid() });
      throw new Error("the end");
    });
    expect(error).toBeInstanceOf(RollbackFailedError);
    expect(error.message).toMatch("ctx.uuid() was called inside a rollback handler");
    expect(bench.types.at(-1)).toBe("step.rollback_failed");
  });
});

describe.each(modes)("in %s mode", (mode) => {
  it("ctx.log writes each line once, and nothing while recorded entries answer", async () => {
    const lines: string[] = [];
    const write = (message: string): void => void lines.push(message);
    const logger = { debug: write, info: write, warn: write, error: write };
    const bench = new Bench({ mode, logger });
    await bench.output(async (ctx) => {
      ctx.log.info("begin");
      await ctx.step("a", () => 1);
      ctx.log.debug("after a");
      await ctx.sleep("z", 60_000);
      ctx.log.warn("after z");
      await ctx.sleep("y", 60_000);
      ctx.log.error("end");
    });
    expect(lines).toEqual(["begin", "after a", "after z", "end"]);
  });

  it("onEvent is told of every event, in order, once it is on record", async () => {
    const bench: Bench = new Bench({
      mode,
      onEvent: (event) => {
        expect(bench.events).toContain(event);
        told.push(event);
      },
    });
    const told: HistoryEvent[] = [];
    await bench.output(draws);
    expect(told).toEqual(bench.events);
    const seqs = told.map((event) => event.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it("onError is told of failed attempts and of the run's failure", async () => {
    const told: unknown[] = [];
    const bench = new Bench({ mode, onError: (event) => void told.push(event) });
    await bench.failure((ctx) =>
      ctx.step({ name: "s", maxRetries: 1, retryBackoffBase: 1_000, run: () => Promise.reject(new Error("no")) }),
    );
    expect(told).toMatchObject([
      {
        step: {
          stepName: "s",
          attempt: 1,
          maxRetries: 1,
          willRetry: true,
          retryDelay: 2_000,
          error: { message: "no" },
        },
      },
      { step: { stepName: "s", attempt: 2, willRetry: false, remainingRetries: 0 } },
      { workflow: { workflowId: "run-1", error: { name: "StepExhaustedError" } } },
    ]);
  });

  it("a completed run answers with its output without being called, and a failed one with its error", async () => {
    const bench = new Bench({ mode });
    let calls = 0;
    const code = async (): Promise<Date> => {
      calls++;
      return new Date(9);
    };
    await bench.output(code);
    expect(await bench.output(code)).toEqual(new Date(9));
    expect(calls).toBe(1);
    const failing = new Bench({ mode });
    const bad = async (): Promise<never> => {
      calls++;
      throw new RangeError("no");
    };
    const [one, two] = [await failing.failure(bad), await failing.failure(bad)];
    expect(two).toBeInstanceOf(RangeError);
    expect([two.message, two.stack]).toEqual([one.message, one.stack]);
    expect(calls).toBe(2);
  });
});
