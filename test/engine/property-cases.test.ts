// Plans that random search finds late or never, each checked as a random one is: in every mode, with a crash at every
// record.
import { Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver, ManualClock } from "dotworkflows/testing";
import { expect, test } from "vitest";
import { liveEvents } from "../../src/engine/history/live.ts";
import { checkPlan } from "./support/property/check-plan.ts";
import type { Conduct, Plan, PlanNode } from "./support/property/plan.ts";

const step = (conduct: Conduct = "ok", rollback = false, caught = false): PlanNode => ({
  type: "step",
  conduct,
  rollback,
  ephemeral: false,
  caught,
});
const undoable = step("ok", true);
const loop = (iterations: number, ...nodes: PlanNode[]): PlanNode => ({
  type: "loop",
  stateful: true,
  iterations,
  keep: 1,
  nodes,
  caught: false,
});
const join = (...branches: PlanNode[][]): PlanNode => ({ type: "join", branches, caught: false });
const race = (...branches: { quick: PlanNode[]; nodes: PlanNode[] }[]): PlanNode => ({
  type: "race",
  candidate: 0,
  branches,
  caught: true,
});
const tried = (...nodes: PlanNode[]): PlanNode => ({ type: "try", nodes });
const receive = (how: "before" | "later" | "never" | "self", completable = false): PlanNode => ({
  type: "receive",
  how,
  batch: false,
  completable,
  caught: true,
});

const cases: Record<string, Plan> = {
  "rollback through pruned iterations, finished and lost branches, and try blocks": {
    checkpoint: true,
    doomed: true,
    nodes: [
      loop(4, tried(undoable, step("flaky", true))),
      join([undoable, loop(2, undoable)], [race({ quick: [], nodes: [undoable] }, { quick: [undoable], nodes: [] })]),
    ],
  },
  "a race that nobody wins, inside a try block inside a branch": {
    checkpoint: true,
    doomed: false,
    nodes: [
      join(
        [tried(race({ quick: [undoable], nodes: [step("critical")] }, { quick: [], nodes: [step("exhausted")] }))],
        [step("flaky"), receive("later")],
      ),
    ],
  },
  "races in races, with losers in the middle of joins": {
    checkpoint: true,
    doomed: true,
    nodes: [
      race(
        { quick: [], nodes: [race({ quick: [undoable], nodes: [step("flaky", true)] }, { quick: [], nodes: [] })] },
        { quick: [undoable], nodes: [join([step()], [receive("before")])] },
        { quick: [undoable, { type: "version" }], nodes: [] },
      ),
      race({ quick: [], nodes: [receive("never"), step()] }, { quick: [], nodes: [loop(2, step())] }),
    ],
  },
  "completable messages in loops and branches": {
    checkpoint: false,
    doomed: false,
    nodes: [
      loop(3, receive("later", true), step("flaky")),
      join([receive("before", true), receive("before", true)], [receive("self", true)]),
    ],
  },
  "a failure that nobody caught until the end, in a loop in a branch of a loop": {
    checkpoint: true,
    doomed: false,
    nodes: [loop(2, join([loop(2, undoable, step("ok"))], [step("refused", true)]))],
  },
  "empty joins, loops, branches and blocks": {
    checkpoint: false,
    doomed: false,
    nodes: [join(), join([], []), loop(3), tried(), tried(tried()), race({ quick: [], nodes: [] })],
  },
  "sends as the last thing of a block, an iteration and a branch": {
    checkpoint: true,
    doomed: true,
    nodes: [tried({ type: "send" }), loop(3, { type: "send" }), join([{ type: "send" }], [undoable, { type: "send" }])],
  },
};

test.each(Object.entries(cases))("%s", async (_, plan) => {
  expect(await checkPlan(plan)).toBeGreaterThan(0);
});

/** Sends in a try block, then receives it in a loop that is pruned. */
async function sendThenReceive(ctx: WorkflowContext): Promise<unknown> {
  await ctx.try("sending", (inner) => inner.queue.send("hello", "once"));
  const first = await ctx.loop({
    name: "receiving",
    historyPruneInterval: 1,
    state: { round: 0, body: "nothing" },
    run: async (iteration, state) => {
      if (state.round > 3) return Loop.break(state.body);
      const [message] = await iteration.queue.nextBatch<string>("one", { names: ["hello"], timeout: 0 });
      return Loop.continue({ round: state.round + 1, body: message?.body ?? state.body });
    },
  });
  await ctx.sleep("a while", 60_000);
  return [first, await ctx.queue.nextBatch("again", { names: ["hello"], timeout: 0 })];
}

test("a message that was sent in a try block is not sent again once compaction has dropped its receipt", async () => {
  const driver = new InMemoryDriver();
  driver.compactFrom = 0;
  const clock = new ManualClock();
  const { state } = await runWorkflow("send", sendThenReceive, undefined, driver, { clock }).result;
  expect(state).toBe("sleeping");
  await driver.compact(liveEvents);
  expect(driver.events.some((event) => event.type === "queue.received")).toBe(false);
  await clock.advance(60_000);
  const { output } = await runWorkflow("send", sendThenReceive, undefined, driver, { clock }).result;
  expect(output).toEqual(["once", []]);
});
