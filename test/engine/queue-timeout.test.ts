// Waits for messages that end without one.

import { QueueTimeoutError, type WorkflowContext } from "dotworkflows";
import { replayHistory } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, modes, START } from "./support/harness.ts";

describe.each(modes)("a wait for messages, in %s mode", (mode) => {
  it("throws an error that says so when its timeout runs out", async () => {
    const bench = new Bench({ mode });
    const error = await bench.failure((ctx) => ctx.queue.next("go", { names: ["approve", "deny"], timeout: 5_000 }));
    expect(error).toBeInstanceOf(QueueTimeoutError);
    expect(error.message).toBe('queue wait "go" timed out: "approve" or "deny" did not arrive in time');
    expect(bench.clock.now()).toBe(START + 5_000);
  });

  it.each([0, 5_000])("with timeout %i says after a replay, too, what it had waited for", async (timeout) => {
    const bench = new Bench({ mode });
    const texts: string[] = [];
    const code = (names: string[]) => async (ctx: WorkflowContext) => {
      await ctx.queue.next("t", { names, timeout }).catch((error: Error) => texts.push(error.message));
      await ctx.queue.next("go", { names: ["go"] });
    };
    const first = bench.start(code(["a"]));
    await bench.clock.advance(5_000);
    first.evict();
    await first.result;
    expect((await replayHistory(code(["a"]), bench.events)).entries.map(({ verdict }) => verdict)).not.toContain(
      "changed",
    );
    await bench.send("go", 1);
    await bench.finish(code(["b"]));
    expect([...new Set(texts)]).toEqual(['queue wait "t" timed out: "a" did not arrive in time']);
  });

  it("with timeout 0 only looks", async () => {
    const bench = new Bench({ mode });
    await bench.send("here", 1);
    const output = await bench.output(async (ctx) => [
      (await ctx.queue.nextBatch("first", { timeout: 0, count: 5 })).length,
      (await ctx.queue.nextBatch("second", { timeout: 0 })).length,
    ]);
    expect(output).toEqual([1, 0]);
    expect(bench.clock.now()).toBe(START);
  });
});
