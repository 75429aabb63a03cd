// Joins and races of more branches than begin in one turn of the event loop.
import type { WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { replayHistory } from "dotworkflows/testing";
import { Bench, modes, settle, START } from "./support/harness.ts";

const WIDTH = 1_000;

describe.each(modes)("a thousand branches, in %s mode", (mode) => {
  it("begin in their order, and the quick ones are over before the last has begun", async () => {
    const bench = new Bench({ mode });
    const begun: number[] = [];
    let overBeforeTheLast = 0;
    const output = await bench.output(
      joining(async (branch, n) => {
        begun.push(n);
        if (n === WIDTH - 1) overBeforeTheLast = bench.count("branch.completed");
        return branch.step("s", () => n);
      }),
    );
    expect(begun).toEqual(numbers());
    expect(Object.values(output)).toEqual(numbers());
    expect(overBeforeTheLast).toBeGreaterThan(WIDTH / 2);
    expect(overBeforeTheLast).toBeLessThan(WIDTH);
  });

  it("sleep at the same time, on a clock moved by hand, too", async () => {
    const bench = new Bench({ mode });
    await bench.output(joining((branch) => branch.sleep("s", 60_000)));
    expect(bench.clock.now()).toBe(START + 60_000);
  });

  it("do not begin once a race is won", async () => {
    const bench = new Bench({ mode });
    const begun: number[] = [];
    const output = await bench.output((ctx) =>
      ctx.race(
        "r",
        numbers().map((n) => ({
          name: `b${n}`,
          run: async (branch: WorkflowContext) => {
            begun.push(n);
            return n === 7 ? branch.step("s", () => n) : branch.queue.next("never");
          },
        })),
      ),
    );
    expect(output).toEqual({ winner: "b7", value: 7 });
    expect(begun.length).toBeLessThan(WIDTH);
    expect(bench.count("branch.cancelled")).toBe(WIDTH - 1);
  });

  it("do not begin while the run is being put down, and do when it is taken up again", async () => {
    const bench = new Bench({ mode });
    const runs = numbers().map(() => 0);
    let begun = 0;
    let putDown = (): void => undefined;
    const workflow = joining(async (branch, n) => {
      begun++;
      if (n === 0) putDown();
      return branch.step("s", () => {
        runs[n] = (runs[n] ?? 0) + 1;
        return n;
      });
    });
    const handle = bench.start(workflow);
    putDown = () => handle.evict();
    expect((await handle.result).state).toBe("running");
    expect(begun).toBeLessThan(WIDTH);
    putDown = () => undefined;
    expect(Object.values(await bench.output(workflow))).toEqual(numbers());
    expect(runs).toEqual(numbers().map(() => 1));
  });
});

describe("a comparison of a join that waits", () => {
  const waiting = (
    run: (branch: WorkflowContext, n: number, ctx: WorkflowContext) => Promise<unknown>,
    width = WIDTH,
  ) => joining(async (branch, n, ctx) => [await run(branch, n, ctx), await branch.sleep("z", 60_000)], width);
  const look = (branch: WorkflowContext, n: number): Promise<unknown> => branch.step(`s${n}`, () => n);

  it("lists each branch once, in a thousand that nobody awaits any more, too", async () => {
    const bench = new Bench();
    const awaited = waiting(look);
    await bench.pass(awaited);
    const { entries } = await replayHistory(async (ctx) => {
      void awaited(ctx);
      await ctx.step("e", () => 1);
    }, bench.events);
    expect(entries.filter(({ verdict }) => verdict === "same")).toHaveLength(1 + 2 * WIDTH);
    expect(entries.at(-1)).toMatchObject({ verdict: "not awaited", location: ["j"] });
  });

  it("finds unchanged code as recorded, where one branch stands before what another has done", async () => {
    const bench = new Bench();
    let first = (): void => undefined;
    const firstIsDone = new Promise<void>((resolve) => (first = resolve));
    const code = (isLive: boolean) =>
      joining(async (branch, n) => {
        await branch.step("x", () => (isLive && n === 0 ? firstIsDone : undefined));
        return branch.step("y", () => (isLive ? new Promise(() => undefined) : undefined));
      }, 2);
    const handle = bench.start(code(true));
    await settle();
    handle.evict({ grace: 1 });
    first();
    await bench.clock.advanceUntil(handle.result);
    expect(bench.entryTypes.filter((type) => type === "step.completed")).toHaveLength(2);
    const { compatible, entries } = await replayHistory(code(false), bench.events);
    expect(entries.map(({ verdict, location }) => `${verdict} ${location.join("/")}`)).toEqual([
      "same j",
      "same j/b0/x",
      "next j/b0/y",
      "same j/b1/x",
      "same j/b1/y",
    ]);
    expect(compatible).toBe(true);
  });

  it("lists each branch once, where the first uses the context outside of it", async () => {
    const bench = new Bench();
    await bench.pass(waiting(look, 3));
    const outside = waiting((branch, n, ctx) => look(n === 0 ? ctx : branch, n), 3);
    const { entries } = await replayHistory(outside, bench.events, {
      onBegin: ({ stop }) => void setTimeout(stop, 20),
    });
    const same = entries.filter(({ verdict }) => verdict === "same").map(({ location }) => location.join("/"));
    expect(same).toEqual(["j", "j/b1/s1", "j/b1/z", "j/b2/s2", "j/b2/z"]);
  });
});

function numbers(): number[] {
  return Array.from({ length: WIDTH }, (_, n) => n);
}

function joining(
  run: (branch: WorkflowContext, n: number, ctx: WorkflowContext) => Promise<unknown>,
  width: number = WIDTH,
) {
  return (ctx: WorkflowContext): Promise<Record<string, unknown>> =>
    ctx.join(
      "j",
      Object.fromEntries(
        numbers()
          .slice(0, width)
          .map((n) => [`b${n}`, { run: (branch: WorkflowContext) => run(branch, n, ctx) }]),
      ),
    );
}
