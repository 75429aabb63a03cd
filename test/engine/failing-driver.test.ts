// A driver that fails closes the pass; no code of the workflow sees its error, and the run can be taken up again.
import { type HistoryEvent, Loop, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, modes, settle } from "./support/harness.ts";

const broken = new Error("the disk is broken");

/** Fails while `fails` says so. */
class FailingDriver extends InMemoryDriver {
  fails: (what: string, events: readonly HistoryEvent[]) => boolean = () => false;

  constructor() {
    super();
    const { inbox } = this;
    const peek = inbox.peek.bind(inbox);
    inbox.peek = async (names, count) => {
      if (this.fails("peek", [])) throw broken;
      return peek(names, count);
    };
  }

  override append(events: readonly HistoryEvent[]): void {
    if (this.fails("append", events)) throw broken;
    super.append(events);
  }

  override commit(events: readonly HistoryEvent[]): Promise<void> {
    if (this.fails("commit", events)) throw broken;
    return super.commit(events);
  }
}

function has(events: readonly HistoryEvent[], type: string): boolean {
  return events.some((event) => event.type === type);
}

describe.each(modes)("a driver that fails, in %s mode", (mode) => {
  it("closes the pass when its commit throws instead of rejecting", async () => {
    const driver = new FailingDriver();
    const bench = new Bench({ mode }, driver);
    const caught: unknown[] = [];
    const code = async (ctx: WorkflowContext): Promise<number> => {
      await ctx.sleep("s", 10);
      return ctx.step("a", () => 1).catch((error: unknown) => caught.push(error));
    };
    driver.fails = (what, events) => what === "commit" && has(events, "step.completed");
    await expect(bench.finish(code)).rejects.toBe(broken);
    driver.fails = () => false;
    expect(await bench.output(code)).toBe(1);
    expect(caught).toEqual([]);
  });

  it("may give nothing instead of a promise", async () => {
    const driver = new InMemoryDriver();
    driver.commit = ((events: HistoryEvent[]) => driver.append(events)) as unknown as typeof driver.commit;
    expect(await new Bench({ mode }, driver).output((ctx) => ctx.step("a", () => 1))).toBe(1);
  });

  it("closes the pass when its inbox cannot be read", async () => {
    const driver = new FailingDriver();
    const bench = new Bench({ mode }, driver);
    const caught: unknown[] = [];
    const code = async (ctx: WorkflowContext): Promise<unknown> => {
      await ctx.step("a", () => 1);
      try {
        return await ctx.queue.nextBatch("m", { names: ["m"], timeout: 5 });
      } catch (error) {
        return caught.push(error);
      }
    };
    driver.fails = (what) => what === "peek" && has(bench.events, "step.completed");
    await expect(bench.finish(code)).rejects.toBe(broken);
    driver.fails = () => false;
    expect(await bench.output(code)).toEqual([]);
    expect(caught).toEqual([]);
  });

  it("closes the pass when what was held back cannot be recorded", async () => {
    const driver = new FailingDriver();
    const bench = new Bench({ mode }, driver);
    const caught: unknown[] = [];
    const recorded = bench.start(async (ctx: WorkflowContext) => {
      await ctx.step("old", () => 1);
      await ctx.queue.next("m", { names: ["m"] });
    });
    await settle();
    recorded.evict();
    await recorded.result;
    const edited = async (ctx: WorkflowContext): Promise<unknown> => {
      await ctx.removed("old", "step");
      await ctx.step("new", () => 2).catch((error: unknown) => caught.push(error));
      return ctx.queue.nextBatch("m", { names: ["m"], timeout: 5 });
    };
    driver.fails = (_, events) => has(events, "run.started");
    await expect(bench.finish(edited)).rejects.toBe(broken);
    await settle();
    expect(caught).toEqual([]);
  });

  it("closes the pass when its compaction throws", async () => {
    const driver = new FailingDriver();
    const caught: unknown[] = [];
    driver.compact = () => {
      throw broken;
    };
    const code = (ctx: WorkflowContext): Promise<unknown> =>
      ctx
        .loop({ name: "l", state: 0, run: async (_, n) => (n < 30_000 ? Loop.continue(n + 1) : Loop.break(n)) })
        .catch((error: unknown) => caught.push(error));
    await expect(new Bench({ mode }, driver).pass(code)).rejects.toBe(broken);
    expect(caught).toEqual([]);
  });
});
