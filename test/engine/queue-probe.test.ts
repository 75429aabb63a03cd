// A look at the inbox that takes its time, and what may happen meanwhile.

import { Loop, type Message, REQUESTS, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, deferred, settle } from "./support/harness.ts";

/** A driver whose looks for "job" are answered when the test says so. */
class SlowInbox extends InMemoryDriver {
  readonly looks: (() => void)[] = [];

  constructor() {
    super();
    const peek = this.inbox.peek.bind(this.inbox);
    this.inbox.peek = async (names, count): Promise<Message[]> => {
      if (names?.includes("job") === true) {
        const { promise, resolve } = deferred();
        this.looks.push(resolve);
        await promise;
      }
      return peek(names, count);
    };
  }

  /** Answers the looks that are under way, and those to come. */
  async answer(): Promise<void> {
    for (let round = 0; round < 10; round++) {
      for (const look of this.looks.splice(0)) look();
      await settle();
    }
  }
}

/** A driver whose looks answer later than they looked. */
class LateInbox extends InMemoryDriver {
  constructor() {
    super();
    const peek = this.inbox.peek.bind(this.inbox);
    this.inbox.peek = async (names, count): Promise<Message[]> => {
      const found = await peek(names, count);
      if (names?.includes("job") === true) await settle();
      return found;
    };
  }
}

async function bodies({ driver }: Bench): Promise<unknown[]> {
  const left = driver.inbox.peek(undefined, 100);
  return (await left).map(({ body }) => body);
}

const receive = async (ctx: WorkflowContext): Promise<unknown> => (await ctx.queue.next("m", { names: ["job"] })).body;

describe("a look that is under way", () => {
  it("leaves the message where it is when the run is paused meanwhile, and gives it to who goes on", async () => {
    const driver = new SlowInbox();
    const bench = new Bench({ mode: "live" }, driver);
    await bench.send("job", 1);
    const handle = bench.start(receive);
    await settle();
    expect(driver.looks).toHaveLength(1);
    handle.evict();
    await driver.answer();
    expect((await handle.result).state).not.toBe("completed");
    expect(bench.count("queue.received")).toBe(0);
    expect(await bodies(bench)).toEqual([1]);
    const again = bench.start(receive);
    await driver.answer();
    expect(await again.result).toEqual({ state: "completed", output: 1 });
    expect(bench.count("queue.received")).toBe(1);
  });

  it("does not keep the run from being cancelled", async () => {
    const driver = new SlowInbox();
    const bench = new Bench({ mode: "live" }, driver);
    await bench.send("job", 1);
    const handle = bench.start(receive);
    await settle();
    await driver.inbox.add({ id: "c", name: REQUESTS.cancel, body: undefined, sentAt: bench.clock.now() });
    await driver.answer();
    await expect(handle.result).rejects.toThrow("cancel");
    expect(bench.types.at(-1)).toBe("run.cancelled");
  });

  it("gives two branches that look at the same time a message each", async () => {
    const driver = new SlowInbox();
    const bench = new Bench({ mode: "live" }, driver);
    for (const body of [1, 2]) await bench.send("job", body);
    const handle = bench.start((ctx) => ctx.join("both", { a: { run: receive }, b: { run: receive } }));
    await settle();
    await driver.answer();
    expect(await handle.result).toEqual({ state: "completed", output: { a: 1, b: 2 } });
    expect(await bodies(bench)).toEqual([]);
  });

  it("is no reason to hand out what the history has already", async () => {
    const driver = new SlowInbox();
    const bench = new Bench({ mode: "live" }, driver);
    const id = await bench.send("job", 1);
    const dead = deferred();
    const code = async (ctx: WorkflowContext): Promise<unknown[]> => {
      const first = await receive(ctx);
      await ctx.step("between", () => (bench.passes === 1 ? dead.promise : undefined));
      return [first, (await ctx.queue.next("n", { names: ["job"] })).body];
    };
    void bench.start(code).result.catch(() => undefined);
    await driver.answer();
    const next = bench.reborn();
    await driver.inbox.add({ id, name: "job", body: 1, sentAt: bench.clock.now() });
    await bench.send("job", 2);
    bench.passes++;
    const handle = next.start(code);
    await driver.answer();
    expect(await handle.result).toEqual({ state: "completed", output: [1, 2] });
    expect(await bodies(next)).toEqual([]);
  });

  it("gives each message once, though it answers what was received meanwhile", async () => {
    const bench = new Bench({ mode: "live" }, new LateInbox());
    const got: unknown[] = [];
    const worker = {
      run: (branch: WorkflowContext): Promise<void> =>
        branch.loop("work", async (turn) => {
          const body = await receive(turn);
          got.push(body);
          await turn.step("do", () => undefined);
          return body === "end" ? Loop.break(undefined) : Loop.continue(undefined);
        }),
    };
    const sent = [1, 2, 3, 4, 5, 6, "end", "end", "end"];
    for (const body of sent) await bench.send("job", body);
    const handle = bench.start((ctx) => ctx.join("all", { a: worker, b: worker, c: worker }));
    for (let round = 0; round < 100; round++) await settle();
    expect(got).toEqual(sent);
    await handle.result;
    expect(bench.count("queue.received")).toBe(sent.length);
  });
});
