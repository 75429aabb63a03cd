// Several calls with one driver: one executes at a time, and the history stays one.
import { controlRun, RunStateError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, deferred, modes, settle } from "./support/harness.ts";

describe.each(modes)("one driver, executed in %s mode", (mode) => {
  it("refuses a second execution while the first is under way, and takes the run up after it", async () => {
    const bench = new Bench({ mode });
    const charged = deferred();
    let charges = 0;
    const workflow = async (ctx: WorkflowContext): Promise<string> => {
      await ctx.step("charge", () => {
        charges++;
        return charged.promise;
      });
      return "done";
    };
    const first = bench.start(workflow);
    const second = bench.start(workflow);
    await expect(second.result).rejects.toThrow(RunStateError);
    await expect(second.result).rejects.toThrow("being executed already");
    charged.resolve();
    expect(await first.result).toEqual({ state: "completed", output: "done" });
    expect(charges).toBe(1);
    expectOneHistory(bench);
    expect(await bench.output(workflow)).toBe("done");
  });
});

describe("one driver", () => {
  it("lets a refused call's handle, and a control, speak for the execution that is under way", async () => {
    const bench = new Bench({ mode: "live" });
    const workflow = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.sleep("long", 60_000);
      await ctx.queue.next("never");
    };
    const first = bench.start(workflow);
    await settle();
    const refused = bench.start(workflow);
    const control = controlRun("run-1", bench.driver, { clock: bench.clock });
    await control.wake();
    await settle();
    expect(bench.count("sleep.ended")).toBe(1);
    expect(await control.getState()).toBe("running");
    await refused.cancel("enough");
    await expect(first.result).rejects.toMatchObject({ name: "EvictedError" });
    expect(bench.types.at(-1)).toBe("run.cancelled");
    expectOneHistory(bench);
  });

  it("an earlier call's handle knows what a later one recorded", async () => {
    const bench = new Bench({ mode: "yield" });
    const workflow = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.queue.next("a", { names: ["a"] });
      await ctx.step("s", () => undefined);
      await ctx.queue.next("b", { names: ["b"] });
    };
    const earlier = bench.start(workflow);
    await earlier.result;
    await bench.send("a", 1);
    await bench.start(workflow).result;
    await earlier.cancel();
    expect(await earlier.getState()).toBe("cancelled");
    expect(bench.count("run.cancelled")).toBe(1);
    expectOneHistory(bench);
  });

  it("takes verbs that are not awaited one after the other, and before what is executed after them", async () => {
    const bench = new Bench({ mode: "yield" });
    const workflow = (ctx: WorkflowContext): Promise<unknown> => ctx.queue.next("a", { names: ["a"] });
    const handle = bench.start(workflow);
    await handle.result;
    const control = controlRun("run-1", bench.driver, { clock: bench.clock });
    const cancelled = [handle.cancel(), control.cancel(), controlRun("run-1", bench.driver).cancel()];
    await expect(bench.start(workflow).result).rejects.toMatchObject({ name: "EvictedError" });
    await Promise.all(cancelled);
    expect(bench.count("run.cancelled")).toBe(1);
    expectOneHistory(bench);
  });
});

function expectOneHistory({ events }: Bench): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
}
