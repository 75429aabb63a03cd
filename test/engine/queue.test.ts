import { type Message, MessageNotCompletedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes, settle, START } from "./support/harness.ts";

async function inbox(bench: Bench): Promise<Message[]> {
  return bench.driver.inbox.peek(undefined, 100);
}

describe.each(modes)("queue.next, in %s mode", (mode) => {
  it("gives messages first in, first out, by name or any, and leaves the others where they are", async () => {
    const bench = new Bench({ mode });
    for (const [name, body] of [
      ["b", 1],
      ["a", 2],
      ["b", 3],
      ["c", 4],
      ["a", 5],
    ] as const)
      await bench.send(name, body);
    const output = await bench.output(async (ctx) => {
      const first = await ctx.queue.next<number>("first", { names: ["a"] });
      const second = await ctx.queue.next<number>("second", { names: ["a", "c"] });
      const third = await ctx.queue.next<number>("third");
      return [first, second, third].map((message) => [message.name, message.body, message.createdAt]);
    });
    expect(output).toEqual([
      ["a", 2, START],
      ["c", 4, START],
      ["b", 1, START],
    ]);
    expect((await inbox(bench)).map((message) => message.body)).toEqual([3, 5]);
  });

  it("waits for a message that is not there yet, and goes on when it comes", async () => {
    const bench = new Bench({ mode });
    const workflow = async (ctx: WorkflowContext): Promise<string> => {
      const { body } = await ctx.queue.next<string>("go", { names: ["start", "skip"] });
      return body;
    };
    const handle = bench.start(workflow);
    await settle();
    if (mode === "yield") {
      expect(await handle.result).toEqual({ state: "sleeping", waitingForMessages: ["start", "skip"] });
      await handle.message("skip", "now");
      expect(await bench.output(workflow)).toBe("now");
    } else {
      await handle.message("other", "ignored");
      await handle.message("skip", "now");
      expect(await handle.result).toEqual({ state: "completed", output: "now" });
    }
  });

  it("gives the messages of one handle in the order of its calls, in one millisecond and when the clock is set back", async () => {
    const bench = new Bench({ mode: "live" });
    const handle = bench.start(async (ctx) => {
      await ctx.queue.next("begin", { names: ["begin"] });
      const all = await ctx.queue.nextBatch("all", { count: 9, timeout: 0 });
      return all.map(({ body, createdAt }) => [body, createdAt - START]);
    });
    await handle.message("m", 1);
    await handle.message("m", 2);
    bench.clock.set(START - 5_000);
    await handle.message("n", 3);
    await bench.send("m", "another's", START - 5_000);
    await handle.message("begin", 4);
    expect((await handle.result).output).toEqual([
      ["another's", -5_000],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it("that takes any message says so with an empty list of names", async () => {
    const bench = new Bench();
    expect(await bench.pass((ctx) => ctx.queue.next("any"))).toEqual({ state: "sleeping", waitingForMessages: [] });
  });

  it("gives a copy of the body, equal after each wait", async () => {
    const bench = new Bench({ mode });
    await bench.send("m", { when: new Date(7) });
    const bodies: unknown[] = [];
    await bench.output(async (ctx) => {
      const { body } = await ctx.queue.next<{ when: Date; extra?: 1 }>("m");
      bodies.push({ ...body });
      body.extra = 1;
      await ctx.sleep("wait", 60_000);
    });
    for (const body of bodies) expect(body).toEqual({ when: new Date(7) });
  });

  it("gives each message to one of two branches that wait for it", async () => {
    const bench = new Bench({ mode });
    for (let n = 0; n < 6; n++) await bench.send("m", n);
    const three = async (ctx: WorkflowContext): Promise<number[]> => [
      (await ctx.queue.next<number>("one")).body,
      (await ctx.queue.next<number>("two", { names: ["m"] })).body,
      (await ctx.queue.next<number>("three")).body,
    ];
    const output = await bench.output((ctx) => ctx.join("both", { a: { run: three }, b: { run: three } }));
    expect([...output.a, ...output.b].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await inbox(bench)).toEqual([]);
  });

  it("finds its message behind others that came too late for another wait", async () => {
    const bench = new Bench({ mode });
    const workflow = (ctx: WorkflowContext): Promise<{ late: boolean; other: unknown }> =>
      ctx.join("both", {
        late: {
          run: (branch) =>
            branch.queue.next("x", { names: ["x"], timeout: 1_000 }).then(
              () => false,
              () => true,
            ),
        },
        other: { run: async (branch) => (await branch.queue.next("y", { names: ["y"] })).body },
      });
    const handle = bench.start(workflow);
    await settle();
    bench.clock.set(START + 5_000);
    await bench.send("x", 1);
    await bench.send("x", 2);
    await bench.send("y", 3);
    const result = mode === "live" ? handle.result : bench.pass(workflow);
    await bench.clock.advance(60_000);
    expect(await result).toMatchObject({ state: "completed", output: { late: true, other: 3 } });
  });
});

describe.each(modes)("queue.nextBatch, in %s mode", (mode) => {
  it("takes what is there, up to its count", async () => {
    const bench = new Bench({ mode });
    for (let n = 0; n < 5; n++) await bench.send("m", n);
    const output = await bench.output(async (ctx) => [
      (await ctx.queue.nextBatch<number>("a", { count: 3 })).map((message) => message.body),
      (await ctx.queue.nextBatch<number>("b", { count: 3 })).map((message) => message.body),
    ]);
    expect(output).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it.each([
    [{ count: 0 }, "count must be 1 or more"],
    [{ timeout: Number.NaN }, "timeout must be a number of ms that is not negative"],
    [{ names: "go" as unknown as string[] }, "names must be a list of message names"],
    [{ names: ["go", "wf:wake"] }, "names must be a list of message names"],
  ])("refuses %o, which nothing could answer", async (options, reason) => {
    const bench = new Bench({ mode });
    const error = await bench.failure((ctx) => ctx.queue.nextBatch("a", options));
    expect(error.message).toBe(`queue wait "a": ${reason}`);
  });

  it("waits for one when there is none, and answers [] when its timeout runs out", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output((ctx) => ctx.queue.nextBatch("a", { count: 3, timeout: 60_000 }));
    expect(output).toEqual([]);
    expect(bench.clock.now()).toBe(START + 60_000);
  });
});

describe("after a long absence", () => {
  it("a message that was sent before a deadline beats it, and a tie goes to the message", async () => {
    for (const [sentAt, winner] of [
      [500, "message"],
      [1_000, "message"],
      [1_001, "deadline"],
    ] as const) {
      const bench = new Bench();
      const workflow = (ctx: WorkflowContext): Promise<string> =>
        ctx.queue.next("m", { timeout: 1_000 }).then(
          () => "message",
          () => "deadline",
        );
      await bench.pass(workflow);
      await bench.send("m", 1, START + sentAt);
      bench.clock.set(START + 99_000);
      expect([sentAt, await bench.output(workflow)]).toEqual([sentAt, winner]);
    }
  });

  it("what is due settles in the order in which it fell due, also in a race", async () => {
    for (const [sentAt, winner] of [
      [500, "message"],
      [1_000, "message"],
      [1_001, "sleep"],
    ] as const) {
      const bench = new Bench();
      const workflow = async (ctx: WorkflowContext): Promise<string> =>
        (
          await ctx.race("r", [
            { name: "sleep", run: (branch) => branch.sleep("s", 1_000) },
            { name: "message", run: (branch) => branch.queue.next("m") },
          ])
        ).winner;
      await bench.pass(workflow);
      await bench.send("m", 1, START + sentAt);
      bench.clock.set(START + 99_000);
      expect([sentAt, await bench.output(workflow)]).toEqual([sentAt, winner]);
    }
  });

  it("of several sleeps the first due ends first", async () => {
    const bench = new Bench();
    const order: number[] = [];
    const workflow = (ctx: WorkflowContext): Promise<unknown> =>
      ctx.join(
        "j",
        Object.fromEntries(
          [3, 1, 2].map((n) => [
            `b${n}`,
            {
              run: async (branch: WorkflowContext) => {
                await branch.sleep("s", n * 1_000);
                order.push(n);
              },
            },
          ]),
        ),
      );
    await bench.pass(workflow);
    bench.clock.set(START + 99_000);
    await bench.output(workflow);
    expect(order).toEqual([1, 2, 3]);
  });
});

describe.each(modes)("a completable message, in %s mode", (mode) => {
  it("is answered once it is completed, and must be before the next receive", async () => {
    const bench = new Bench({ mode });
    const id = await bench.send("q", 20);
    const output = await bench.output(async (ctx) => {
      const message = await ctx.queue.next<number>("q", { completable: true });
      await message.complete({ twice: message.body * 2 });
      await expect(message.complete("again")).rejects.toThrow("completed before");
      await ctx.sleep("wait", 60_000);
      return ctx.now();
    });
    expect(bench.driver.responses.get(id)).toEqual({ twice: 40 });
    expect(bench.count("queue.completed")).toBe(1);
    expect(output).toBe(START + 60_000);
  });

  it("that was not completed stops the next receive in that scope, and the run can go on once the code is mended", async () => {
    const bench = new Bench({ mode });
    await bench.send("q", 1);
    await bench.send("q", 2);
    let caught = false;
    const error = await bench.failure(async (ctx) => {
      await ctx.queue.next("one", { completable: true });
      await ctx.queue.next("two").catch(() => {
        caught = true;
      });
    });
    expect(error).toBeInstanceOf(MessageNotCompletedError);
    expect(caught).toBe(false);
    const output = await bench.output(async (ctx) => {
      await (await ctx.queue.next("one", { completable: true })).complete();
      return (await ctx.queue.next("two")).body;
    });
    expect(output).toBe(2);
  });

  it("completed has a time that now() gives again on each replay", async () => {
    const bench = new Bench({ mode });
    await bench.send("q", 1);
    const times: number[] = [];
    await bench.output(async (ctx) => {
      const message = await ctx.queue.next("q", { completable: true });
      if (times.length === 0) bench.clock.set(START + 50);
      await message.complete();
      times.push(ctx.now());
      await ctx.sleep("wait", 60_000);
    });
    expect(new Set(times).size).toBe(1);
  });
});
