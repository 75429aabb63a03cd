import { HistoryDivergedError, Loop, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes, settle } from "./support/harness.ts";

/** A run with this code, taken to its first wait and left there. */
async function recorded(mode: "yield" | "live", code: (ctx: WorkflowContext) => Promise<unknown>): Promise<Bench> {
  const bench = new Bench({ mode });
  const handle = bench.start(code);
  await bench.clock.advance(0);
  if (mode === "live") handle.evict();
  await handle.result;
  return bench;
}

describe.each(modes)("getVersion, in %s mode", (mode) => {
  it("gives the latest version to a run that gets there first, and keeps it", async () => {
    const bench = new Bench({ mode });
    const code = (latest: number) => async (ctx: WorkflowContext) => {
      const version = await ctx.getVersion("v", latest);
      await ctx.sleep("wait", 60_000);
      return version;
    };
    const first = bench.start(code(2));
    await settle();
    if (mode === "live") first.evict();
    await first.result;
    expect(await bench.output(code(5))).toBe(2);
    expect(bench.count("version.resolved")).toBe(1);
  });

  it("gives 1 to a run that had already gone past, for good", async () => {
    const bench = await recorded(mode, async (ctx) => {
      await ctx.step("old", () => 1);
      await ctx.sleep("wait", 60_000);
    });
    const versions: number[] = [];
    const code = async (ctx: WorkflowContext): Promise<number> => {
      const version = await ctx.getVersion("v", 3);
      versions.push(version);
      if (version > 1) await ctx.step("new", () => 1);
      await ctx.step("old", () => 1);
      await ctx.sleep("wait", 60_000);
      await ctx.sleep("more", 60_000);
      return version;
    };
    expect(await bench.output(code)).toBe(1);
    expect(new Set(versions)).toEqual(new Set([1]));
    expect(bench.events.filter((event) => event.type === "version.resolved")).toMatchObject([
      { version: 1, latest: 3 },
    ]);
  });

  it("decides by scope: a recorded iteration stays old, the next one is new", async () => {
    const bench = await recorded(mode, (ctx) =>
      ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          await turn.sleep("wait", 60_000);
          return Loop.continue(n + 1);
        },
      }),
    );
    const output = await bench.output((ctx) =>
      ctx.loop({
        name: "l",
        state: 0,
        run: async (turn, n) => {
          const inside = await turn.try("t", (block) => block.getVersion("v", 2));
          await turn.sleep("wait", 60_000);
          if (n === 1) return Loop.break(inside);
          expect(inside).toEqual({ ok: true, value: 1 });
          return Loop.continue(n + 1);
        },
      }),
    );
    expect(output).toEqual({ ok: true, value: 2 });
  });

  it("records nothing when the code turns out to have diverged", async () => {
    const bench = await recorded(mode, (ctx) => ctx.sleep("wait", 60_000));
    const before = bench.events.length;
    const error = await bench.failure(async (ctx) => {
      await ctx.getVersion("v", 2);
      await ctx.removed("gone", "step");
      await ctx.step("new", () => 1);
      await ctx.step("newer", () => 1);
    });
    expect(error).toBeInstanceOf(HistoryDivergedError);
    expect(bench.events.length).toBe(before);
  });
});

describe.each(modes)("removed, in %s mode", (mode) => {
  const old = async (ctx: WorkflowContext): Promise<void> => {
    await ctx.step("charge", () => 1);
    await ctx.step("mail", () => 2);
    await ctx.sleep("wait", 60_000);
  };

  it("stands for an entry that is gone, and is itself recorded on fresh runs", async () => {
    const code = async (ctx: WorkflowContext): Promise<string> => {
      await ctx.removed("charge", "step");
      await ctx.step("mail", () => 2);
      await ctx.sleep("wait", 60_000);
      return "end";
    };
    const bench = await recorded(mode, old);
    expect(await bench.output(code)).toBe("end");
    expect(bench.count("entry.removed")).toBe(0);
    const fresh = new Bench({ mode });
    expect(await fresh.output(code)).toBe("end");
    expect(fresh.count("entry.removed")).toBe(1);
  });

  it("must name the kind that is recorded, spelt as on Rivet", async () => {
    const bench = await recorded(mode, old);
    const error = await bench.failure(async (ctx) => ctx.removed("charge", "sleep"));
    expect(error).toMatchObject({ facts: { kind: "kind", recorded: "step", asked: "sleep" } });
    const wrong = await new Bench({ mode }).failure(async (ctx) => ctx.removed("charge", "queue" as "message"));
    expect(wrong.message).toContain("message");
  });

  const kinds: [string, (ctx: WorkflowContext) => Promise<unknown>][] = [
    ["step", (ctx) => ctx.step("old", () => 1)],
    ["loop", (ctx) => ctx.loop("old", () => Promise.resolve(Loop.break(1)))],
    ["sleep", (ctx) => ctx.sleep("old", 0)],
    ["message", (ctx) => ctx.queue.nextBatch("old", { timeout: 0 })],
    ["join", (ctx) => ctx.join("old", {})],
    ["race", (ctx) => ctx.race("old", [{ name: "a", run: () => Promise.resolve(1) }])],
    ["rollback_checkpoint", (ctx) => ctx.rollbackCheckpoint("old")],
    ["version_check", (ctx) => ctx.getVersion("old", 1)],
  ];
  it.each(kinds)("knows the kind %s", async (kind, before) => {
    const bench = await recorded(mode, async (ctx) => {
      await before(ctx);
      await ctx.sleep("wait", 60_000);
    });
    const result = await bench.finish(async (ctx) => {
      await ctx.removed("old", kind as "step");
      await ctx.sleep("wait", 60_000);
    });
    expect(result.state).toBe("completed");
  });

  it("lets the entry that directly follows it run in its place, and no other", async () => {
    const bench = await recorded(mode, old);
    const ran: string[] = [];
    const code = (second: boolean) => async (ctx: WorkflowContext) => {
      await ctx.removed("charge", "step");
      const charged = await ctx.step("charge-v2", () => ran.push("v2"));
      if (second) await ctx.step("more", () => ran.push("more"));
      await ctx.step("mail", () => ran.push("mail"));
      await ctx.sleep("wait", 60_000);
      return charged;
    };
    expect(await bench.failure(code(true))).toBeInstanceOf(HistoryDivergedError);
    expect(ran).toEqual(["v2"]);
    expect(await bench.output(code(false))).toBe(1);
    expect(ran).toEqual(["v2"]);
  });

  it("lets what runs in its place be interrupted, retried, and waited for", async () => {
    const bench = await recorded(mode, old);
    let attempts = 0;
    const code = (hang: boolean) => async (ctx: WorkflowContext) => {
      await ctx.removed("charge", "step");
      const charged = await ctx.join("charge-v2", {
        step: {
          run: (branch) =>
            branch.step({
              name: "s",
              retryBackoffBase: 30_000,
              retryBackoffMax: 90_000,
              run: async () => {
                attempts++;
                if (hang) await new Promise(() => undefined);
                if (attempts < 4) throw new Error("again");
                return attempts;
              },
            }),
        },
        sleep: { run: (branch) => branch.sleep("pause", 3_600_000) },
      });
      await ctx.step("mail", () => 2);
      await ctx.sleep("wait", 60_000);
      return charged.step;
    };
    const handle = bench.start(code(true));
    await settle();
    handle.evict({ grace: 0 });
    await bench.clock.advance(0);
    await handle.result;
    expect(attempts).toBe(1);
    expect(await bench.output(code(false))).toBe(4);
  });
});
