// A rollback with code that was edited meanwhile: nothing runs forward in it, nothing but the rollback is recorded, and
// it says which handlers it does not find.

import { Loop, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

interface Booking {
  /** Bodies that ran. */
  readonly ran: string[];
  readonly undone: string[];
  /** The mail fails, and the rollback of its last handler with it. */
  isDown: boolean;
}

type Turn = (turn: WorkflowContext, n: number, booking: Booking) => Promise<void>;

const step = async (ctx: WorkflowContext, name: string, { ran, undone }: Booking): Promise<void> => {
  await ctx.step({ name, run: () => void ran.push(name), rollback: () => void undone.push(name) });
};

const reserve: Turn = (turn, _, booking) => step(turn, "reserve", booking);

/** Charges, reserves three times, joins, and fails to mail. */
const trip =
  (booking: Booking, each: Turn) =>
  async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("start");
    await step(ctx, "charge", booking);
    await ctx.loop({
      name: "pick",
      state: 0,
      run: async (turn, n) => {
        await each(turn, n, booking);
        return n === 2 ? Loop.break(n) : Loop.continue(n + 1);
      },
    });
    await ctx.join("pack", { box: { run: (box) => step(box, "box", booking) } });
    await ctx.step({
      name: "stubborn",
      run: () => "held",
      rollback: () => {
        if (booking.isDown) throw new Error("no answer");
      },
    });
    throw new Error("mail is down");
  };

/** The trip has failed, and its rollback stands at its first handler. */
async function rollingBack(mode: (typeof modes)[number]): Promise<{ bench: Bench; booking: Booking }> {
  const bench = new Bench({ mode });
  const booking: Booking = { ran: [], undone: [], isDown: true };
  await bench.failure(trip(booking, reserve));
  expect(bench.events.at(-1)).toMatchObject({ type: "step.rollback_failed", loc: ["stubborn"] });
  booking.ran.length = 0;
  booking.isDown = false;
  return { bench, booking };
}

describe.each(modes)("a rollback with edited code, in %s mode", (mode) => {
  it.each<[string, Turn]>([
    ["renamed", (turn, _, booking) => step(turn, "allocate", booking)],
    [
      "licensed by removed",
      async (turn, _, booking) => {
        await turn.removed("reserve", "step");
        await step(turn, "allocate", booking);
      },
    ],
    [
      "licensed by removed, in a block and behind a version",
      async (turn, _, booking) => {
        await turn.removed("reserve", "step");
        await turn.getVersion("two", 2);
        await turn.try("block", async (block) => {
          await block.queue.send("hello", 1);
          await block.sleep("nap", 1);
          await step(block, "allocate", booking);
        });
      },
    ],
    [
      "licensed by removed, in branches and a loop",
      async (turn, _, booking) => {
        await turn.removed("reserve", "step");
        await turn.join("both", {
          a: { run: (a) => a.loop("once", async (o) => Loop.break(await step(o, "x", booking))) },
        });
      },
    ],
  ])("runs no body and records nothing when a step with a handler is %s", async (_, edited) => {
    const { bench, booking } = await rollingBack(mode);
    const before = structuredClone(bench.events);
    const error = await bench.failure(trip(booking, edited));
    expect(error).toMatchObject({
      code: "history_diverged",
      name: "HistoryDivergedError",
      facts: { kind: "rollback" },
    });
    expect(booking).toMatchObject({ ran: [], undone: [] });
    expect(bench.events).toEqual(before);
    expect((await bench.driver.inbox.peek(undefined, 9)).length).toBe(0);
    // The code is mended, and the rollback goes on.
    expect((await bench.failure(trip(booking, reserve))).message).toBe("mail is down");
    expect(booking.undone).toEqual(["box", "reserve", "reserve", "reserve", "charge"]);
  });

  it("records nothing but the rollback where what is licensed has nothing to undo behind it", async () => {
    const { bench, booking } = await rollingBack(mode);
    const before = bench.events.length;
    const error = await bench.failure(
      trip(booking, async (turn, n) => {
        await reserve(turn, n, booking);
        await turn.removed("old", "step");
        await turn.getVersion("two", 2);
        await turn.step("later", () => void booking.ran.push("later"));
      }),
    );
    expect(error.message).toBe("mail is down");
    expect(booking.ran).toEqual([]);
    expect(bench.types.slice(before)).toEqual([
      "run.started",
      ...Array.from({ length: 6 }, () => "step.rolled_back"),
      "run.failed",
    ]);
  });

  it("names the steps whose handlers it does not find: all as facts, the first few in the text", async () => {
    const { bench, booking } = await rollingBack(mode);
    const error = await bench.failure(trip(booking, (turn, _, of) => step(turn, "allocate", of)));
    expect(error.message).toBe(
      'the rollback finds no handler for 3 completed steps that were recorded with one: "pick[0]/reserve", ' +
        '"pick[1]/reserve", "pick[2]/reserve"',
    );
    expect(error).toMatchObject({
      facts: { kind: "rollback", unasked: [0, 1, 2].map((n) => ["pick", n, "reserve"]) },
    });
    const bare = await bench.failure(async (ctx) => ctx.rollbackCheckpoint("start"));
    expect(bare.message).toContain('6 completed steps that were recorded with one: "charge", ');
    expect(bare.message).toMatch(/, "pack\/box\/box" and 1 more$/);
  });
});
