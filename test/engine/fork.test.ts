// Forks as the engine makes them: what is kept of the source, and where there is nothing to fork.
import { foldHistory, type Location, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { forkHistory } from "../../src/engine/history/fork.ts";
import { Bench, modes } from "./support/harness.ts";

const options = { run: "source", seed: "00112233445566778899aabbccddeeff", now: 1 };

/** `a` wins; `b` has begun, but recorded nothing by then unless `isSlow`. */
function race(isSlow: boolean): (ctx: WorkflowContext) => Promise<unknown> {
  const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return (ctx) =>
    ctx.race("x", [
      {
        name: "a",
        run: async (branch) => {
          if (isSlow) await after(20);
          return branch.step("s", () => "A");
        },
      },
      {
        name: "b",
        run: async (branch) => {
          if (isSlow) await branch.step("t", () => 1);
          await after(100);
          throw new Error("too late");
        },
      },
    ]);
}

describe.each(modes)("a fork of a race, in %s mode", (mode) => {
  it("is refused from a branch that was cancelled before it recorded anything: it would cut the win in two", async () => {
    const bench = new Bench({ mode });
    expect(await bench.output(race(false))).toEqual({ winner: "a", value: "A" });
    const fork = (at: Location): unknown => forkHistory(bench.events, at, options);
    expect(() => fork(["x", "b"])).toThrow("nothing is recorded at x/b but that it was cancelled");
    expect(() => forkHistory(bench.events, ["x", "b"], { ...options, output: { value: 1 } })).toThrow("cancelled");
    expect(() => fork(["x", "c"])).toThrow("nothing is recorded at x/c");
  });

  it("from anywhere else keeps the whole win or nothing of it, and goes on", async () => {
    const source = new Bench({ mode });
    await source.output(race(true));
    for (const location of [["x"], ["x", "a"], ["x", "a", "s"], ["x", "b"], ["x", "b", "t"]]) {
      const driver = new InMemoryDriver();
      driver.events = forkHistory(source.events, location, options);
      const branches = foldHistory(driver.events).find(["x"])?.entry;
      if (branches?.kind === "race") expect(branches.open).toBe(2);
      expect(await new Bench({ mode }, driver).output(race(true))).toMatchObject({ winner: "a" });
    }
  });
});
