// What a run must not keep waiting for, what it must not leave behind, and what a rollback must listen to.

import { foldHistory, REQUESTS, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { expect, it } from "vitest";
import { Bench, modes, settle, timersOf } from "./support/harness.ts";

it("waits no more for a recorded wait that was removed, and licenses its follower again after a crash", async () => {
  const driver = new InMemoryDriver();
  const before = async (ctx: WorkflowContext): Promise<unknown> => ctx.queue.next("approval", { names: ["approve"] });
  await runWorkflow("r", before, undefined, driver).result;
  const after = async (ctx: WorkflowContext): Promise<string> => {
    await ctx.removed("approval", "message");
    const message = await ctx.queue.next<string>("consent", { names: ["approve"] });
    return message.body;
  };
  const waiting = await runWorkflow("r", after, undefined, driver).result;
  expect(waiting).toMatchObject({ state: "sleeping", waitingForMessages: ["approve"] });
  expect([...foldHistory(driver.events).waits].map((place) => place.segment)).toEqual(["consent"]);
  await driver.inbox.add({ id: "m", name: "approve", body: "ann", sentAt: Date.now() });
  expect((await runWorkflow("r", after, undefined, driver).result).output).toBe("ann");
  expect(foldHistory(driver.events).waits.size).toBe(0);
});

it("obeys a cancel that arrives while a rollback handler runs, before the next handler", async () => {
  const driver = new InMemoryDriver();
  const undone: string[] = [];
  const code = async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("c");
    await ctx.step({ name: "first", run: () => 1, rollback: () => void undone.push("first") });
    await ctx.step({
      name: "second",
      run: () => 2,
      rollback: async () => {
        undone.push("second");
        await driver.inbox.add({ id: "stop", name: REQUESTS.cancel, body: undefined, sentAt: Date.now() });
      },
    });
    throw new Error("boom");
  };
  await expect(runWorkflow("r", code, undefined, driver).result).rejects.toMatchObject({ code: "evicted" });
  expect(undone).toEqual(["second"]);
  expect(foldHistory(driver.events).run.state).toBe("cancelled");
});

const deaf = (ctx: WorkflowContext): Promise<unknown> =>
  ctx.step({ name: "deaf", timeout: 60_000, run: () => new Promise(() => undefined) });

it.each(modes)("leaves no timer of a step that lost its race, in %s mode", async (mode) => {
  const bench = new Bench({ mode });
  const timers = timersOf(bench.clock);
  const code = (ctx: WorkflowContext): Promise<unknown> =>
    ctx.race("r", [
      { name: "loses", run: deaf },
      { name: "wins", run: (branch) => branch.step("s", settle) },
    ]);
  const handle = bench.start(code);
  expect((await handle.result).state).toBe("completed");
  expect(timers.size).toBe(0);
});

it.each(modes)("leaves no timer of a step that outlasts the grace, in %s mode", async (mode) => {
  const bench = new Bench({ mode });
  const timers = timersOf(bench.clock);
  const handle = bench.start(deaf);
  await settle();
  handle.evict({ grace: 1_000 });
  await bench.clock.advanceUntil(handle.result);
  expect(timers.size).toBe(0);
});

it("a step whose timeout comes in the grace of an eviction is over then", async () => {
  const bench = new Bench();
  const handle = bench.start(deaf);
  await settle();
  handle.evict({ grace: 90_000 });
  const before = bench.clock.now();
  await bench.clock.advanceUntil(handle.result);
  expect(bench.clock.now() - before).toBe(60_000);
  expect(bench.types.at(-1)).toBe("step.interrupted");
});
