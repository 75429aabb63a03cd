// What a fiber has just recorded is the last of it when the pass closes, or the race is lost, in that very tick.
import type { WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes, settle } from "./support/harness.ts";

/** Waits for so many turns of the microtask queue: one of them is the one in which the other branch wins. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

type Late = (ctx: WorkflowContext, ran: (what: string) => void) => Promise<unknown>;

const primitives: readonly (readonly [string, Late])[] = [
  ["step", (ctx, ran) => ctx.step("s", () => ran("the body"))],
  ["join", (ctx, ran) => ctx.join("j", { a: { run: async (b) => b.step("s", () => ran("a body")) } })],
  ["race", (ctx, ran) => ctx.race("r", [{ name: "a", run: async (b) => b.step("s", () => ran("a body")) }])],
  ["loop", (ctx, ran) => ctx.loop("l", async () => ran("an iteration"))],
];

describe.each(modes)("in %s mode", (mode) => {
  it.each(primitives)("a %s that loses a race in the tick in which it begins runs nothing", async (_, late) => {
    for (let count = 0; count < 12; count++) {
      const bench = new Bench({ mode });
      const ranAfter: string[] = [];
      const isWon = (): boolean =>
        bench.events.some(({ type, ...event }) => type === "race.won" && "loc" in event && event.loc.length === 1);
      await bench.output((ctx) =>
        ctx.race("who", [
          {
            name: "loses",
            run: async (loser) => {
              await turns(count);
              await late(loser, (what) => void (isWon() && ranAfter.push(what)));
              await loser.sleep("long", 60_000);
            },
          },
          {
            name: "wins",
            run: async () => {
              await turns(6);
            },
          },
        ]),
      );
      const won = bench.types.lastIndexOf("race.won");
      expect([count, bench.types.slice(won + 1)]).toEqual([count, ["run.completed"]]);
      expect([count, ranAfter]).toEqual([count, []]);
    }
  });

  it.each(primitives)("a %s that is not awaited runs nothing once that is found", async (_, late) => {
    const bench = new Bench({ mode });
    const ran: string[] = [];
    const code = async (ctx: WorkflowContext): Promise<void> => {
      void late(ctx, (what) => void ran.push(what));
      await ctx.step("next", () => ran.push("next"));
    };
    await expect(bench.pass(code)).rejects.toMatchObject({ name: "EntryInProgressError" });
    await settle();
    expect(ran).toEqual([]);
    expect(bench.entryTypes).toHaveLength(1);
  });
});
