import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/engine/clock.ts";
import { runWorkflow } from "../../src/engine/index.ts";
import { InMemoryDriver } from "../../src/engine/testing/index.ts";
import { Bench, modes, settle, START } from "./support/harness.ts";

const DAY = 86_400_000;

describe.each(modes)("a sleep, in %s mode", (mode) => {
  it("ends at the time fixed when it was first reached, whatever the code says later", async () => {
    const bench = new Bench({ mode });
    const first = bench.start(async (ctx) => ctx.sleep("nap", 10_000));
    await bench.clock.advance(4_000);
    if (mode === "live") first.evict();
    await first.result;
    const result = bench.start(async (ctx) => {
      await ctx.sleep("nap", 99_000);
      return ctx.now();
    }).result;
    await bench.clock.advance(5_999);
    if (mode === "yield") {
      expect(await result).toEqual({ state: "sleeping", sleepUntil: START + 10_000 });
      expect(bench.driver.alarm).toBe(START + 10_000);
    }
    bench.clock.set(START + 10_000);
    const last =
      mode === "live"
        ? bench.clock.advanceUntil(result)
        : bench.pass(async (ctx) => {
            await ctx.sleep("nap", 99_000);
            return ctx.now();
          });
    expect(await last).toEqual({ state: "completed", output: START + 10_000 });
  });

  it("may be longer than 2³¹ ms", async () => {
    const bench = new Bench({ mode });
    let woke = 0;
    await bench.output(async (ctx) => {
      await ctx.sleep("long", 30 * DAY);
      woke = ctx.now();
    });
    expect(woke).toBe(START + 30 * DAY);
  });

  it("until a time in the past ends at once", async () => {
    const bench = new Bench({ mode });
    await bench.output((ctx) => ctx.sleepUntil("past", START - DAY));
    expect(bench.passes).toBe(1);
    expect(bench.clock.now()).toBe(START);
  });

  it("shorter than the driver's poll interval is waited for in place", async () => {
    const bench = new Bench({ mode });
    await bench.output((ctx) => ctx.sleep("blink", 90));
    expect(bench.passes).toBe(1);
  });

  it("is refused without a number", async () => {
    const error = await new Bench({ mode }).failure((ctx) => ctx.sleep("nan", Number.NaN));
    expect(error).toBeInstanceOf(TypeError);
  });
});

describe("a sleep while the clock is changed", () => {
  it("ends soon after the machine was suspended beyond its deadline", async () => {
    const bench = new Bench({ mode: "live" });
    const { result } = bench.start((ctx) => ctx.sleep("nap", DAY));
    await settle();
    bench.clock.set(START + 2 * DAY);
    await bench.clock.advance(60_000);
    expect(await result).toEqual({ state: "completed" });
  });

  it("goes on to its deadline when the clock was set back", async () => {
    const bench = new Bench({ mode: "live" });
    let woke: number | undefined;
    const { result } = bench.start(async (ctx) => {
      await ctx.step("first", () => 1);
      await ctx.sleep("nap", 120_000);
      woke = bench.clock.now();
    });
    await bench.clock.advance(100_000);
    bench.clock.set(START - 50_000);
    await bench.clock.advance(160_000);
    expect(woke).toBeUndefined();
    await bench.clock.advance(20_000);
    await result;
    expect(woke).toBeGreaterThanOrEqual(START + 120_000);
    const times = bench.events.map((event) => event.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe("a length", () => {
  it("is on record as it was asked for, also when the clock ticks between two looks at it", async () => {
    let now = START;
    const driver = new InMemoryDriver();
    const ticking = { ...systemClock, now: () => ++now };
    const handle = runWorkflow(
      "run",
      async (ctx) => {
        await ctx.join("both", {
          sleep: { run: (inner) => inner.sleep("nap", 60_000) },
          wait: { run: (inner) => inner.queue.nextBatch("any", { timeout: 90_000 }) },
        });
      },
      undefined,
      driver,
      { mode: "yield", clock: ticking },
    );
    await handle.result;
    const lengths = driver.events.flatMap((event) =>
      "until" in event && "loc" in event ? [(event.until ?? 0) - event.at] : [],
    );
    expect(lengths.toSorted((a, b) => a - b)).toEqual([60_000, 90_000]);
  });
});
