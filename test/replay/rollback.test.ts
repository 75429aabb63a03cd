// What edits mean for rollback handlers: those of recorded steps must be found again, under the recorded name and at
// the recorded place, also in finished loops and branches. What the comparison says is what a rollback does.

import { CriticalError, type HistoryEvent, Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver, ManualClock, replayHistory, type ReplayReport } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";

/** How one step is spelled today: its name and whether it has a handler; or something else in its place. */
interface Spelling {
  readonly name?: string;
  readonly hasHandler?: boolean;
  readonly instead?: (ctx: WorkflowContext) => Promise<unknown>;
}

interface Edit {
  readonly charge?: Spelling;
  readonly look?: (turn: WorkflowContext) => Promise<unknown>;
  readonly reserve?: Spelling;
  readonly box?: Spelling;
  readonly loser?: Spelling;
  readonly waits?: boolean;
}

async function undoable(ctx: WorkflowContext, recorded: string, spelling: Spelling = {}): Promise<unknown> {
  const { name = recorded, hasHandler = true, instead } = spelling;
  if (instead !== undefined) return instead(ctx);
  return ctx.step({ name, run: () => 1, ...(hasHandler && { rollback: () => undefined }) });
}

const trip =
  ({ charge, look, reserve, box, loser, waits = true }: Edit, isDown = false) =>
  async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("start");
    await undoable(ctx, "charge", charge);
    await ctx.loop({
      name: "pick",
      state: 0,
      run: async (turn, n) => {
        await (look ?? ((inner) => inner.step("look", () => 1)))(turn);
        await undoable(turn, "reserve", reserve);
        return n === 2 ? Loop.break(n) : Loop.continue(n + 1);
      },
    });
    await ctx.join("pack", { a: { run: (a) => undoable(a, "box", box) }, b: { run: (b) => b.step("paper", () => 1) } });
    await ctx.race("carriers", [
      {
        name: "slow",
        run: async (slow) => {
          await undoable(slow, "hold", loser);
          await slow.sleep("long", 9_000_000);
        },
      },
      { name: "fast", run: (fast) => fast.sleep("short", 1) },
    ]);
    if (waits) await ctx.queue.next("go", { names: ["go"] });
    await ctx.step({
      name: "last",
      run: () => 1,
      rollback: () => {
        if (isDown) throw new Error("no answer");
      },
    });
    await ctx.step("mail", () => {
      throw new CriticalError("mail is down");
    });
  };

async function take(
  edit: Edit,
  events: readonly HistoryEvent[] = [],
  isDown = false,
): Promise<InMemoryDriver & { error?: unknown }> {
  const driver: InMemoryDriver & { error?: unknown } = new InMemoryDriver();
  driver.append(structuredClone([...events]));
  const clock = new ManualClock();
  clock.set(Math.max(clock.now(), (events.at(-1)?.at ?? 0) + 1));
  for (let round = 0; round < 3; round++) {
    try {
      await clock.advanceUntil(runWorkflow("run-1", trip(edit, isDown), undefined as never, driver, { clock }).result);
    } catch (error) {
      driver.error = error;
      break;
    }
  }
  return driver;
}

/** A run that waits for a message, and one whose rollback has stopped at its first handler. */
const waiting = async (): Promise<readonly HistoryEvent[]> => (await take({})).events;
const rollingBack = async (): Promise<readonly HistoryEvent[]> => (await take({ waits: false }, [], true)).events;

const told = ({ differences }: ReplayReport): string[] =>
  differences.map(({ verdict, level, location }) => `${verdict} ${level} ${location.join("/")}`);

const titles = ({ differences }: ReplayReport): string => JSON.stringify(differences.map(({ fix }) => fix));

const rounds = (text: string): string[] => [0, 1, 2].map((n) => text.replaceAll("N", String(n)));

const EDITS: readonly (readonly [what: string, edit: Edit, expected: readonly string[]])[] = [
  ["is renamed in a finished loop", { reserve: { name: "allocate" } }, rounds("renamed? difference pick/N/allocate")],
  [
    "has no handler any more in a finished loop",
    { reserve: { hasHandler: false } },
    rounds("missing difference pick/N/reserve"),
  ],
  [
    "is said to be removed, and another one follows",
    {
      reserve: {
        instead: async (turn) => {
          await turn.removed("reserve", "step");
          await undoable(turn, "allocate");
        },
      },
    },
    rounds("missing difference pick/N/reserve"),
  ],
  [
    "is gone from a finished loop",
    { reserve: { instead: async () => undefined } },
    rounds("missing difference pick/N/reserve"),
  ],
  [
    "stands behind a new one in a finished loop",
    { reserve: { instead: async (turn) => [await turn.queue.next("new"), await undoable(turn, "reserve")] } },
    rounds("inserted difference pick/N/new;unreached note pick/N/reserve").flatMap((each) => each.split(";")),
  ],
  [
    "is another kind in a finished loop",
    { reserve: { instead: (turn) => turn.sleep("reserve", 1) } },
    rounds("kind difference pick/N/reserve"),
  ],
  [
    "stands behind one without a handler that is renamed",
    { look: (turn) => turn.step("see", () => 1) },
    rounds("renamed? difference pick/N/see"),
  ],
  [
    "stands behind one without a handler that is replaced by way of removed",
    { look: async (turn) => [await turn.removed("look", "step"), await turn.step("see", () => 1)] },
    rounds("inserted difference pick/N/see"),
  ],
  ["is renamed in a finished branch", { box: { name: "crate" } }, ["renamed? difference pack/a/crate"]],
  ["has no handler any more in a finished branch", { box: { hasHandler: false } }, ["missing difference pack/a/box"]],
  ["is renamed in the branch that lost", { loser: { name: "keep" } }, ["renamed? difference carriers/slow/keep"]],
  ["has no handler any more at the root", { charge: { hasHandler: false } }, ["missing difference charge"]],
  ["is renamed at the root", { charge: { name: "bill" } }, ["renamed? difference bill"]],
];

describe("a comparison, when a step with a rollback handler", () => {
  it.each(EDITS)("%s, counts it for a run that may still fail", async (_, edit, expected) => {
    const events = await waiting();
    expect(told(await replayHistory(trip({}), events))).toEqual([]);
    for (const deep of [false, true]) {
      const report = await replayHistory(trip(edit), events, { deep });
      expect(told(report)).toEqual(expected);
      expect(report.compatible).toBe(false);
      expect(titles(report)).not.toContain("ctx.removed(");
    }
  });

  it.each(EDITS)(
    "%s, counts it for a run that is rolling back, whose rollback is refused",
    async (_, edit, expected) => {
      const events = await rollingBack();
      expect(events.at(-1)?.type).toBe("step.rollback_failed");
      const same = { waits: false };
      expect(told(await replayHistory(trip(same), events))).toEqual([]);
      const report = await replayHistory(trip({ ...edit, ...same }), events);
      expect(told(report)).toEqual(expected);
      expect(titles(report)).not.toContain("ctx.removed(");
      expect(report.differences.some(({ onRollbackOnly }) => onRollbackOnly)).toBe(false);
      const driver = await take({ ...edit, ...same }, events);
      expect(driver.error).toMatchObject({ code: "history_diverged" });
      expect(driver.events.length).toBe(events.length);
    },
  );

  it("is renamed where it stands behind, says that a resume goes on and a rollback would not", async () => {
    const { differences } = await replayHistory(trip({ reserve: { name: "allocate" } }), await waiting());
    expect(differences[0]).toMatchObject({
      onRollbackOnly: true,
      detail:
        "it was recorded with a rollback handler: should the run fail, its rollback would find none under the recorded name, and be refused",
    });
    expect(differences[0]?.fix?.map(({ title, code }) => `${title} ${code}`)).toEqual([
      'keep the recorded name "reserve"',
    ]);
  });

  it("is as it was, is told of as fitting at each length of its history", async () => {
    const driver = await take({ waits: false });
    for (let length = 1; length <= driver.events.length; length++) {
      for (const deep of [false, true]) {
        const report = await replayHistory(trip({ waits: false }), driver.events.slice(0, length), { deep });
        expect([length, deep, told(report)]).toEqual([length, deep, []]);
      }
    }
  });

  it("is gone from a run that is over, says no more than that it is gone", async () => {
    const { events } = await take({ waits: false });
    expect(events.at(-1)?.type).toBe("run.failed");
    const report = await replayHistory(trip({ waits: false, reserve: { name: "allocate" } }), events);
    expect(told(report)).toEqual([]);
  });

  it("lies in a finished loop, has the loop folded as walked; a loop without one stays unwalked", async () => {
    const { entries } = await replayHistory(trip({}), await waiting());
    const folded = entries.filter((entry) => entry.folded !== undefined);
    expect(folded.map((entry) => [entry.location.join("/"), entry.folded])).toEqual([
      ["pick", { iterations: 3, entries: 6, walked: true }],
      ["pack", { entries: 2, walked: false }],
      ["carriers", { entries: 3, walked: false }],
    ]);
  });
});
