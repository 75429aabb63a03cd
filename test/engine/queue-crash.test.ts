import { HistoryDivergedError, Loop, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { DyingDriver, type DeathPlan } from "./support/dying-driver.ts";
import { Bench, modes } from "./support/harness.ts";

/** Runs until the driver dies, then again by a new process. */
async function survive<O>(plan: DeathPlan, workflow: (ctx: WorkflowContext) => Promise<O>, sent: unknown[] = []) {
  const driver = new DyingDriver(plan);
  const bench = new Bench({ mode: "live" }, driver);
  for (const [index, body] of sent.entries()) {
    driver.revive();
    await bench.send("m", body, bench.clock.now() + index);
  }
  driver.revive(plan);
  await bench.failure(workflow);
  const { died } = driver;
  driver.revive();
  return { died, output: await bench.output(workflow), bench };
}

describe("a message is received exactly once", () => {
  const workflow = async (ctx: WorkflowContext): Promise<unknown[]> => [
    (await ctx.queue.next("one")).body,
    (await ctx.queue.next("two")).body,
    (await ctx.queue.nextBatch("rest", { count: 9, timeout: 0 })).map((message) => message.body),
  ];

  it("when the process dies between its record and its removal from the inbox", async () => {
    const { died, output, bench } = await survive({ inbox: "remove" }, workflow, ["a", "b", "c"]);
    expect(died).toBe(true);
    expect(output).toEqual(["a", "b", ["c"]]);
    expect(await bench.driver.inbox.peek(undefined, 9)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])("when the process dies at commit %i", async (n) => {
    expect((await survive({ beforeCommit: n }, workflow, ["a", "b", "c"])).output).toEqual(["a", "b", ["c"]]);
    expect((await survive({ afterCommit: n }, workflow, ["a", "b", "c"])).output).toEqual(["a", "b", ["c"]]);
  });
});

describe("a response reaches its sender", () => {
  const workflow = async (ctx: WorkflowContext): Promise<number> => {
    const message = await ctx.queue.next<number>("q", { completable: true });
    await message.complete(message.body + 1);
    return ctx.step("after", () => 7);
  };

  it("when the process dies before it was handed over", async () => {
    const { died, bench, output } = await survive({ inbox: "respond" }, workflow, [1]);
    expect(died).toBe(true);
    expect(output).toBe(7);
    expect(bench.driver.responses.get("m1")).toBe(2);
    expect(bench.count("queue.completed")).toBe(1);
  });

  it("also at the end of an iteration", async () => {
    const { died, bench } = await survive(
      { inbox: "respond" },
      (ctx) =>
        ctx.loop({
          name: "serve",
          state: 0,
          run: async (turn, n) => {
            if (n === 2) return Loop.break(n);
            const message = await turn.queue.next<number>("q", { completable: true });
            await message.complete(message.body + 1);
            return Loop.continue(n + 1);
          },
        }),
      [1, 5],
    );
    expect(died).toBe(true);
    expect([...bench.driver.responses]).toEqual([
      ["m1", 2],
      ["m2", 6],
    ]);
  });
});

describe.each(modes)("queue.send, in %s mode", (mode) => {
  it("sends once, whatever is replayed, and needs no entry name", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output(async (ctx) => {
      await ctx.queue.send("note", { n: 1 });
      await ctx.queue.send("note", { n: 2 });
      await ctx.sleep("wait", 60_000);
      await ctx.queue.send("note", { n: 3 });
      await ctx.sleep("more", 60_000);
      const all = await ctx.queue.nextBatch<{ n: number }>("all", { count: 99 });
      await ctx.sleep("last", 60_000);
      return [...all, ...(await ctx.queue.nextBatch<{ n: number }>("none", { timeout: 0 }))].map(({ body }) => body.n);
    });
    expect(output).toEqual([1, 2, 3]);
    expect(bench.count("queue.sent")).toBe(3);
  });

  it("of another body at the same place is a divergence; one that is no longer made is none", async () => {
    const bench = new Bench({ mode });
    let mend = (): void => undefined;
    const workflow = (body: unknown) => async (ctx: WorkflowContext) => {
      if (body !== undefined) await ctx.queue.send("note", body);
      await ctx.step("stop", () => new Promise<void>((resolve) => (mend = resolve)));
      return "end";
    };
    const handle = bench.start(workflow(new Date(1)));
    await bench.clock.advance(0);
    handle.evict({ grace: 0 });
    await bench.clock.advance(1);
    await handle.result;
    mend();
    const error = await bench.failure(workflow(new Date(2)));
    expect(error).toBeInstanceOf(HistoryDivergedError);
    expect(error).toMatchObject({ facts: { kind: "body" } });
    const last = bench.start(workflow(undefined));
    await bench.clock.advance(0);
    mend();
    expect(await last.result).toMatchObject({ state: "completed" });
  });
});

describe("queue.send across a crash", () => {
  const workflow = async (ctx: WorkflowContext): Promise<unknown[]> => {
    await ctx.try("sender", (block) => block.queue.send("m", "x"));
    await ctx.step("between", () => 1);
    const got = await ctx.queue.nextBatch("got", { count: 9 });
    await ctx.step("after", () => 1);
    const more = await ctx.queue.nextBatch("more", { count: 9, timeout: 0 });
    return [...got, ...more].map((message) => message.body);
  };

  it("sends exactly once, wherever the process dies", async () => {
    const one = await survive({ inbox: "add" }, workflow);
    expect(one).toMatchObject({ died: true, output: ["x"] });
    expect((await survive({ inbox: "remove" }, workflow)).output).toEqual(["x"]);
    for (let n = 1; n <= 8; n++) {
      expect([n, (await survive({ beforeCommit: n }, workflow)).output]).toEqual([n, ["x"]]);
      expect([n, (await survive({ afterCommit: n }, workflow)).output]).toEqual([n, ["x"]]);
    }
  });
});
