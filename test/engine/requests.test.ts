// Requests to the owner of a run, as `wf wake` and `wf cancel` leave them in its inbox: carried out before they go.

import { type HistoryEvent, REQUESTS, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, deferred, settle, START } from "./support/harness.ts";

/** A driver whose commits are durable when the test says so. */
class HeldDisk extends InMemoryDriver {
  isHeld = false;
  #waiting: (() => void)[] = [];

  override async commit(events: readonly HistoryEvent[]): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return super.commit(events);
  }

  release(): void {
    this.isHeld = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const wake = { id: "w", name: REQUESTS.wake, body: [], sentAt: START } as const;

async function requests({ driver }: Bench): Promise<string[]> {
  return (await driver.inbox.peek(Object.values(REQUESTS), 9)).map(({ id }) => id);
}

const sleeping = (ctx: WorkflowContext): Promise<void> => ctx.sleep("z", 3_600_000);
const retrying = (ctx: WorkflowContext): Promise<number> =>
  ctx.step({
    name: "s",
    retryBackoffBase: 3_600_000,
    retryBackoffMax: 3_600_000,
    run: ({ attempt }) => {
      if (attempt === 1) throw new Error("no");
      return attempt;
    },
  });

describe("a request to wake", () => {
  it.each([
    ["a sleep", sleeping, "sleep.ended"],
    ["a backoff", retrying, "step.woken"],
  ] as const)("%s stays in the inbox until its effect is durable", async (_what, code, type) => {
    const driver = new HeldDisk();
    const bench = new Bench({ mode: "live" }, driver);
    const handle = bench.start<undefined, unknown>(code);
    await settle();
    driver.isHeld = true;
    await driver.inbox.add(wake);
    await settle();
    expect(bench.count(type)).toBe(0);
    expect(await requests(bench)).toEqual(["w"]);
    driver.release();
    await handle.result;
    expect(bench.count(type)).toBe(1);
    expect(await requests(bench)).toEqual([]);
    expect(bench.clock.now()).toBe(START);
  });

  it("stays there for the next owner when the run is being paused, and is carried out once", async () => {
    const bench = new Bench({ mode: "live" });
    const body = deferred();
    const code = (ctx: WorkflowContext): Promise<unknown> =>
      ctx.join("j", { sleep: { run: sleeping }, running: { run: (b) => b.step("s", () => body.promise) } });
    const handle = bench.start(code);
    await settle();
    handle.evict();
    await bench.driver.inbox.add(wake);
    await settle();
    expect(await requests(bench)).toEqual(["w"]);
    body.resolve();
    await handle.result;
    await bench.start(code).result;
    expect(bench.events.find((event) => event.type === "sleep.ended")).toMatchObject({ how: "woken", at: START });
    expect(await requests(bench)).toEqual([]);
  });

  it("is gone from the inbox before a run that is paused meanwhile is given back", async () => {
    const driver = new HeldDisk();
    const bench = new Bench({ mode: "live" }, driver);
    const handle = bench.start(async (ctx) => {
      await sleeping(ctx);
      await ctx.sleep("next", 3_600_000);
    });
    await settle();
    driver.isHeld = true;
    await driver.inbox.add(wake);
    await settle();
    handle.evict();
    driver.release();
    await bench.clock.advanceUntil(handle.result);
    expect(bench.count("sleep.ended")).toBe(1);
    expect(await requests(bench)).toEqual([]);
  });
});
