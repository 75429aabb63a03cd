import { foldHistory, type History, type HistoryEvent, Loop, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

/** A driver that can compact at any time, with what the engine says is alive. */
class Compacting extends InMemoryDriver {
  compactions = 0;
  live: Parameters<InMemoryDriver["compact"]>[0] = (events) => [...events];

  override compact(live: Parameters<InMemoryDriver["compact"]>[0]): Promise<boolean> {
    this.compactions++;
    this.live = live;
    return super.compact(live);
  }
}

/** What a history adds up to, but for the counts of what was dropped. */
function essence({ root, run, waits, lastSeq, lastAt, rolledBack }: History): unknown {
  return { root, run, waits, lastSeq, lastAt, rolledBack };
}

async function endless(rounds: number, mode: "yield" | "live"): Promise<{ bench: Bench; driver: Compacting }> {
  const driver = new Compacting();
  const bench = new Bench({ mode }, driver);
  const sum = await bench.output(async (ctx: WorkflowContext) => {
    await ctx.try("sender", (block) => block.queue.send("hello", 1));
    return ctx.loop({
      name: "l",
      state: { n: 0, sum: 0 },
      run: async (turn, { n, sum: before }) => {
        const got = n === 0 ? (await turn.queue.nextBatch("m", { count: 5 })).length : 0;
        if (n === rounds) return Loop.break(before);
        const { quick: value } = await turn.join("j", { quick: { run: (b) => b.step("s", () => 1) } });
        return Loop.continue({ n: n + 1, sum: before + value + got });
      },
    });
  });
  expect(sum).toBe(rounds + 1);
  return { bench, driver };
}

describe.each(modes)("compaction, in %s mode", (mode) => {
  it("keeps an endless loop's history short, and what it folds to equal", async () => {
    const { bench, driver } = await endless(6_000, mode);
    expect(driver.compactions).toBeGreaterThan(1);
    expect(bench.events.length).toBeLessThan(25_000);
    const before = foldHistory(bench.events);
    const kept = driver.live(bench.events);
    expect(kept.length).toBeLessThan(400);
    expect(essence(foldHistory(kept))).toEqual(essence(before));
    expect(driver.live(kept)).toEqual(kept);
    const seqs = kept.map((event) => event.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
  });

  it("forgets no message that the run sent itself: it is not received a second time", async () => {
    const { driver } = await endless(2_600, mode);
    driver.events = driver.live(driver.events).filter((event) => event.type !== "run.completed");
    const sent: string[] = [];
    const add = driver.inbox.add.bind(driver.inbox);
    driver.inbox.add = (message) => (sent.push(message.name), add(message));
    const bench = new Bench({ mode }, driver);
    const result = await bench.finish(async (ctx: WorkflowContext) => {
      await ctx.try("sender", (block) => block.queue.send("hello", 1));
      return ctx.loop("l", () => Promise.resolve(Loop.break(1)));
    });
    expect(result).toMatchObject({ state: "completed", output: 2_601 });
    expect(sent).toEqual([]);
  });

  it("is asked for again as soon as the driver has said no", async () => {
    const asked: number[] = [];
    const driver = new Compacting();
    driver.compact = () => Promise.resolve(asked.push(driver.events.length) < 0);
    const bench = new Bench({ mode }, driver);
    await bench.output((ctx: WorkflowContext) =>
      ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          await turn.step("s", () => n);
          return n === 200 ? Loop.break(n) : Loop.continue(n + 1);
        },
      }),
    );
    // Each iteration makes 3 events, and every 20 there is a pruning.
    expect(asked.length).toBeGreaterThan(5);
    expect(asked[0]).toBeLessThan(200);
  });

  it("is over when the run's result is known", async () => {
    const driver = new Compacting();
    let inFlight = 0;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    driver.compact = async () => {
      inFlight++;
      await ended;
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight--;
      return false;
    };
    const bench = new Bench({ mode }, driver);
    await bench.output((ctx: WorkflowContext) =>
      ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          await turn.step("s", () => n);
          if (n < 100) return Loop.continue(n + 1);
          expect(inFlight).toBe(1);
          end();
          return Loop.break(n);
        },
      }),
    );
    expect(inFlight).toBe(0);
  });
});

describe("the fold of a pruning", () => {
  const step = (seq: number, iteration: number): HistoryEvent[] => [
    { type: "step.started", loc: ["l", iteration, "s"], seq, at: 1, attempt: 1, rollback: true },
    { type: "step.completed", loc: ["l", iteration, "s"], seq: seq + 1, at: 1, attempt: 1, output: 1 },
  ];
  const begun: HistoryEvent[] = [{ type: "loop.started", loc: ["l"], seq: 1, at: 1, state: 0 }, ...step(2, 0)];

  it("costs what is there, not the number of iterations that ever were", () => {
    const history = foldHistory([
      ...begun,
      { type: "loop.advanced", loc: ["l"], seq: 4, at: 1, iteration: 1, state: 0 },
      { type: "loop.advanced", loc: ["l"], seq: 5, at: 1, iteration: 2e15, state: 0 },
      { type: "loop.pruned", loc: ["l"], seq: 6, at: 1, before: 1e15 },
    ]);
    const loop = history.find(["l"]);
    // What can be rolled back stays.
    expect(loop?.entry).toMatchObject({ kind: "loop", begun: new Map([0, 2e15].map((n) => [n, { at: 1, state: 0 }])) });
    expect([...(loop?.children?.keys() ?? [])]).toEqual([0]);
    expect(history.dead).toBe(2);
  });

  it("costs the same however many iterations stay for rollback", () => {
    const events = [...begun];
    for (let iteration = 1; iteration <= 100_000; iteration++) {
      const seq = 4 * iteration;
      events.push({ type: "loop.advanced", loc: ["l"], seq, at: 1, iteration, state: 0 }, ...step(seq + 1, iteration));
      if (iteration % 20 === 0)
        events.push({ type: "loop.pruned", loc: ["l"], seq: seq + 3, at: 1, before: iteration });
    }
    const begin = performance.now();
    expect(foldHistory(events).find(["l"])?.children?.size).toBe(100_001);
    expect(performance.now() - begin).toBeLessThan(3_000);
  });
});
