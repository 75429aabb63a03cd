// The run waits exactly when no fiber runs: held against counts and hands that hold things up, never against timers.
import { Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver, ManualClock } from "dotworkflows/testing";
import { expect, test } from "vitest";
import type { HistoryEvent } from "../../src/engine/history/events.ts";

/** A promise that the test settles. */
class Latch {
  open: () => void = () => undefined;
  readonly opened: Promise<void> = new Promise((resolve) => {
    this.open = resolve;
  });
}

/** Whether the promise settles without the clock and without anything from outside. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

const waits = (driver: InMemoryDriver): HistoryEvent[] => driver.events.filter(({ type }) => type === "run.waiting");

test("while a step's body runs in one branch the run does not wait, whatever the others wait for", async () => {
  const driver = new InMemoryDriver();
  const clock = new ManualClock();
  const body = new Latch();
  const { result } = runWorkflow(
    "r",
    (ctx: WorkflowContext) =>
      ctx.join("all", {
        works: { run: (branch) => branch.step("slow", () => body.opened) },
        sleeps: { run: (branch) => branch.sleep("long", 1_000_000) },
        listens: { run: (branch) => branch.queue.next("any", { names: ["go"] }) },
      }),
    undefined,
    driver,
    { clock },
  );
  expect(await isSettled(result)).toBe(false);
  expect(waits(driver)).toHaveLength(0);
  body.open();
  const end = await result;
  expect(end).toEqual({ state: "sleeping", sleepUntil: clock.now() + 1_000_000, waitingForMessages: ["go"] });
  expect(waits(driver)).toHaveLength(1);
});

test("a commit in flight counts as running", async () => {
  const disk = new Latch();
  const driver = new InMemoryDriver();
  const commit = driver.commit.bind(driver);
  driver.commit = async (events) => {
    if (events.some(({ type }) => type === "step.completed")) await disk.opened;
    return commit(events);
  };
  const { result } = runWorkflow(
    "r",
    (ctx: WorkflowContext) =>
      ctx.join("all", {
        works: { run: (branch) => branch.step("quick", () => 1) },
        sleeps: { run: (branch) => branch.sleep("long", 1_000_000) },
      }),
    undefined,
    driver,
    { clock: new ManualClock() },
  );
  expect(await isSettled(result)).toBe(false);
  disk.open();
  expect((await result).state).toBe("sleeping");
});

test("code between primitives counts as running", async () => {
  const driver = new InMemoryDriver();
  const between = new Latch();
  const { result } = runWorkflow(
    "r",
    async (ctx: WorkflowContext) => {
      await ctx.step("first", () => 1);
      await between.opened;
      await ctx.sleep("long", 1_000_000);
    },
    undefined,
    driver,
    { clock: new ManualClock() },
  );
  expect(await isSettled(result)).toBe(false);
  between.open();
  expect((await result).state).toBe("sleeping");
  expect(waits(driver)).toHaveLength(1);
});

test("a loser's body that ignores its signal keeps nobody from waiting", async () => {
  const driver = new InMemoryDriver();
  const { result } = runWorkflow(
    "r",
    async (ctx: WorkflowContext) => {
      await ctx.race("who", [
        { name: "quick", run: (branch) => branch.step("one", () => 1) },
        { name: "stubborn", run: (branch) => branch.step("never", () => new Promise(() => undefined)) },
      ]);
      await ctx.sleep("long", 1_000_000);
    },
    undefined,
    driver,
    { clock: new ManualClock() },
  );
  expect((await result).state).toBe("sleeping");
});

test("the gate, too, counts nobody as running: a run taken up goes on, or waits, in the tick in which it knows", async () => {
  const driver = new InMemoryDriver();
  const clock = new ManualClock();
  let entered = 0;
  const workflow = async (ctx: WorkflowContext): Promise<number> => {
    entered++;
    for (let index = 0; index < 25; index++) {
      await ctx.join(`j${index}`, {
        short: { run: (branch) => branch.sleep("s", 1_000) },
        long: { run: (branch) => branch.sleep("l", 2_000) },
      });
    }
    return entered;
  };
  for (let wait = 0; wait < 50; wait++) {
    const end = await runWorkflow("r", workflow, undefined, driver, { clock }).result;
    expect(end).toEqual({ state: "sleeping", sleepUntil: clock.now() + 1_000 });
    await clock.advance(1_000);
  }
  expect(await runWorkflow("r", workflow, undefined, driver, { clock }).result).toMatchObject({ output: 51 });
  expect(waits(driver)).toHaveLength(50);
});

test("in live mode a thousand waits in each of three branches enter the function once", async () => {
  const driver = new InMemoryDriver();
  const clock = new ManualClock();
  let entered = 0;
  const ticking = (period: number) => (branch: WorkflowContext) =>
    branch.loop({
      name: "ticks",
      state: 0,
      run: async (iteration, ticks) => {
        await iteration.sleep("tick", period);
        return ticks < 999 ? Loop.continue(ticks + 1) : Loop.break(ticks + 1);
      },
    });
  const { result } = runWorkflow(
    "r",
    async (ctx: WorkflowContext) => {
      entered++;
      return ctx.join("clocks", { a: { run: ticking(7) }, b: { run: ticking(11) }, c: { run: ticking(13) } });
    },
    undefined,
    driver,
    { clock, mode: "live" },
  );
  expect((await clock.advanceUntil(result)).output).toEqual({ a: 1_000, b: 1_000, c: 1_000 });
  expect(entered).toBe(1);
  expect(waits(driver)).toHaveLength(0);
});

test("many fibers that end, wait and receive in the same tick leave no wait unnoticed", async () => {
  const clock = new ManualClock();
  const driver = new InMemoryDriver();
  for (let index = 0; index < 40; index += 2) {
    await driver.inbox.add({ id: `m${index}`, name: `n${index}`, body: index, sentAt: clock.now() });
  }
  const receiver = (index: number) => async (branch: WorkflowContext) => {
    for (let turn = 0; turn < index % 4; turn++) await Promise.resolve();
    return (await branch.queue.next("one", { names: [`n${index}`] })).body;
  };
  const workflow = (ctx: WorkflowContext): Promise<unknown> =>
    ctx.join(
      "all",
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`b${index}`, { run: receiver(index) }])),
    );
  const first = await runWorkflow("r", workflow, undefined, driver, { clock }).result;
  expect(new Set(first.waitingForMessages)).toEqual(
    new Set(Array.from({ length: 20 }, (_, index) => `n${2 * index + 1}`)),
  );
  for (let index = 1; index < 40; index += 2) {
    await driver.inbox.add({ id: `m${index}`, name: `n${index}`, body: index, sentAt: clock.now() });
  }
  const { output } = await runWorkflow("r", workflow, undefined, driver, { clock }).result;
  expect(Object.values(output as object)).toEqual(Array.from({ length: 40 }, (_, index) => index));
});
