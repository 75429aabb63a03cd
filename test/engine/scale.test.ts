// What an operation costs must not depend on how much happened before: counts of what the engine asks of its driver and
// of its fold, which say the same on every machine; and times only where a square would be beyond all doubt.
import { Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { expect, test, vi } from "vitest";
import type { Inbox, Message } from "../../src/engine/driver.ts";
import type { HistoryEvent } from "../../src/engine/history/events.ts";
import { foldHistory, History } from "../../src/engine/history/history.ts";

/** Counts what the engine asks of it. */
class CountingDriver extends InMemoryDriver {
  commits = 0;
  appends = 0;
  compactions = 0;
  mostEvents = 0;
  /** Messages that were looked at. */
  peeked = 0;
  override readonly inbox: InMemoryDriver["inbox"] = this.#counting(new InMemoryDriver().inbox);

  override append(events: readonly HistoryEvent[]): void {
    this.appends++;
    super.append(events);
    this.mostEvents = Math.max(this.mostEvents, this.events.length);
  }

  override commit(events: readonly HistoryEvent[]): Promise<void> {
    this.commits++;
    return super.commit(events);
  }

  override async compact(live: (events: readonly HistoryEvent[]) => HistoryEvent[]): Promise<boolean> {
    const isDone = await super.compact(live);
    if (isDone) this.compactions++;
    return isDone;
  }

  #counting<I extends Inbox>(inbox: I): I {
    const peek = inbox.peek.bind(inbox);
    inbox.peek = async (names, count) => {
      const found = await peek(names, count);
      this.peeked += found.length;
      return found;
    };
    return inbox;
  }
}

async function measure(workflow: (ctx: WorkflowContext) => Promise<unknown>, messages: readonly Message[] = []) {
  const driver = new CountingDriver();
  for (const message of messages) await driver.inbox.add(message);
  const applied = vi.spyOn(History.prototype, "apply");
  const began = performance.now();
  const { output } = await runWorkflow("scale", workflow, undefined, driver, { mode: "live" }).result;
  const took = performance.now() - began;
  const folded = applied.mock.calls.length;
  applied.mockRestore();
  return { driver, output, took, folded };
}

const counting = (iterations: number) => (ctx: WorkflowContext) =>
  ctx.loop({
    name: "count",
    state: 0,
    run: async (iteration, state) => {
      await iteration.step("add", () => state + 1);
      return state + 1 < iterations ? Loop.continue(state + 1) : Loop.break(state + 1);
    },
  });

test("50,000 loop iterations cost the same each, and the history stays as short as the loop keeps it", async () => {
  const few = await measure(counting(25_000));
  const many = await measure(counting(50_000));
  expect(many.output).toBe(50_000);
  expect(many.driver.commits).toBe(50_001 + 1);
  expect(many.driver.appends).toBe(100_000 + 2);
  expect(many.driver.mostEvents).toBeLessThanOrEqual(few.driver.mostEvents * 1.1);
  expect(many.driver.mostEvents).toBeLessThan(30_000);
  const compacted = many.driver.compactions;
  expect(compacted).toBeGreaterThan(2);
  expect(compacted).toBeLessThan(20);
  // Each compaction folds what there is once more, and what there is does not grow.
  expect(many.folded).toBeLessThan(3 * 50_000 + 50_000 / 20 + compacted * many.driver.mostEvents + 100);
  const kept = foldHistory(many.driver.events).root.children?.get("count")?.children?.size ?? 0;
  expect(kept).toBeLessThanOrEqual(2 * 20 + 1);
});

const parallel = (kind: "join" | "race", branches: number) => async (ctx: WorkflowContext) => {
  const list = Array.from({ length: branches }, (_, index) => ({
    name: `b${index}`,
    run: async (branch: WorkflowContext) => {
      await branch.step("work", () => index);
      if (kind === "race" && index > 0) await branch.queue.next("never", { names: [`never ${index}`] });
      return index;
    },
  }));
  if (kind === "race") return (await ctx.race("all", list)).winner;
  return Object.keys(await ctx.join("all", Object.fromEntries(list.map((branch) => [branch.name, branch])))).length;
};

test.each(["join", "race"] as const)("10,000 branches of a %s cost as much each as 2,500", async (kind) => {
  await measure(parallel(kind, 500));
  const few = await measure(parallel(kind, 2_500));
  const many = await measure(parallel(kind, 10_000));
  expect(many.output).toBe(kind === "join" ? 10_000 : "b0");
  expect(many.folded).toBeLessThanOrEqual(4 * few.folded);
  expect(many.driver.commits).toBeLessThanOrEqual(4 * few.driver.commits);
  expect(many.driver.appends).toBeLessThanOrEqual(4 * few.driver.appends);
  expect(many.took).toBeLessThan(12 * few.took + 200);
});

const receiving = (count: number) => (ctx: WorkflowContext) =>
  ctx.loop({
    name: "receive",
    state: 0,
    run: async (iteration, sum) => {
      const { body } = await iteration.queue.next<number>("one", { names: ["number"] });
      return body < count - 1 ? Loop.continue(sum + body) : Loop.break(sum + body);
    },
  });

function messages(count: number): Message[] {
  return Array.from({ length: count }, (_, body) => ({ id: `m${body}`, name: "number", body, sentAt: 1 }));
}

test("10,000 messages that wait already are received one by one, each at the same cost", async () => {
  const few = await measure(receiving(2_500), messages(2_500));
  const many = await measure(receiving(10_000), messages(10_000));
  expect(many.output).toBe((10_000 * 9_999) / 2);
  expect(many.driver.commits).toBeLessThanOrEqual(10_000 + 2);
  expect(many.driver.peeked).toBeLessThanOrEqual(3 * 10_000);
  expect(many.took).toBeLessThan(12 * few.took + 200);
});

const echoing = (branches: number) => (ctx: WorkflowContext) => {
  const receive = (index: number) => (branch: WorkflowContext) =>
    branch.queue.next("answer", { names: [`to ${index}`] }).then((message) => message.body);
  const waits = Array.from({ length: branches }, (_, index) => [`b${index}`, { run: receive(index) }] as const);
  const send = async (branch: WorkflowContext): Promise<number> => {
    for (let index = 0; index < branches; index++) await branch.queue.send(`to ${index}`, index);
    return branches;
  };
  return ctx.join("all", Object.fromEntries([...waits, ["sender", { run: send }]]));
};

test("branches that each wait for a message of their own get it without a look at all the others", async () => {
  const few = await measure(echoing(500));
  const many = await measure(echoing(2_000));
  expect(many.driver.peeked).toBeLessThanOrEqual(4 * few.driver.peeked + 100);
  expect(many.folded).toBeLessThanOrEqual(4 * few.folded);
  expect(many.took).toBeLessThan(20 * few.took + 500);
});

test("replaying 40,000 steps folds each event once and asks nothing of the driver but the history", async () => {
  const workflow = async (ctx: WorkflowContext): Promise<number> => {
    for (let index = 0; index < 40_000; index++) await ctx.step(`s${index}`, () => index);
    return 40_000;
  };
  const { driver } = await measure(workflow);
  driver.events = driver.events.filter((event) => event.type !== "run.completed");
  const { length } = driver.events;
  Object.assign(driver, { commits: 0, appends: 0 });
  const applied = vi.spyOn(History.prototype, "apply");
  await runWorkflow("scale", workflow, undefined, driver, { mode: "live" }).result;
  expect(applied.mock.calls.length).toBe(length + 2);
  expect([driver.appends, driver.commits]).toEqual([1, 1]);
  applied.mockRestore();
});
