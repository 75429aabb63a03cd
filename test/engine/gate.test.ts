import { EntryInProgressError, HistoryDivergedError, Loop, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, deferred, modes, settle } from "./support/harness.ts";

type Code = (ctx: WorkflowContext, ran: (name: string) => number) => Promise<unknown>;

/** The code that the run began with: every kind of scope, parked inside of them. */
const original: Code = async (ctx, ran) => {
  await ctx.step("first", () => ran("first"));
  await ctx.try("block", (block) => block.step("inside", () => ran("inside")));
  await ctx.loop("rounds", async (turn) => {
    await turn.step("round", () => ran("round"));
    return Loop.break(1);
  });
  return ctx.join("both", {
    a: { run: (branch) => branch.step("a1", () => ran("a1")).then(() => branch.sleep("a2", 60_000)) },
    b: { run: (branch) => branch.step("b1", () => ran("b1")).then(() => branch.sleep("b2", 60_000)) },
  });
};

const edits: Record<string, { code: Code; kind: string }> = {
  "a renamed step": {
    kind: "unrecorded",
    code: (ctx, ran) =>
      original(
        {
          ...ctx,
          step: ((name: string, run: () => number) =>
            ctx.step(name === "first" ? "1st" : name, run)) as WorkflowContext["step"],
        },
        ran,
      ),
  },
  "a step inserted at the beginning": {
    kind: "unrecorded",
    code: async (ctx, ran) => {
      await ctx.step("new", () => ran("new"));
      return original(ctx, ran);
    },
  },
  "a step that is gone": {
    kind: "missing",
    code: async (ctx, ran) => {
      await ctx.step("first", () => ran("first"));
    },
  },
  "a step inserted in a try block": {
    kind: "unrecorded",
    code: async (ctx, ran) => {
      await ctx.step("first", () => ran("first"));
      await ctx.try("block", async (block) => {
        await block.step("new", () => ran("new"));
        await block.step("inside", () => ran("inside"));
      });
    },
  },
  "a step moved behind another": {
    kind: "unrecorded",
    code: async (ctx, ran) => {
      await ctx.try("block", (block) => block.step("inside", () => ran("inside")));
      await ctx.step("new", () => ran("new"));
      await ctx.step("first", () => ran("first"));
    },
  },
  "a step inserted in one branch": {
    kind: "unrecorded",
    code: async (ctx, ran) => {
      await ctx.step("first", () => ran("first"));
      await ctx.try("block", (block) => block.step("inside", () => ran("inside")));
      await ctx.loop("rounds", () => Promise.resolve(Loop.break(1)));
      await ctx.join("both", {
        a: {
          run: (branch) => branch.step("a1", () => ran("a1")).then(() => branch.step("harmless?", () => ran("new"))),
        },
        b: { run: (branch) => branch.step("new", () => ran("new")).then(() => branch.sleep("b2", 60_000)) },
      });
    },
  },
  "another kind": {
    kind: "kind",
    code: async (ctx) => {
      await ctx.sleep("first", 10);
    },
  },
  "a name used twice": {
    kind: "duplicate",
    code: async (ctx, ran) => {
      await ctx.step("first", () => ran("first"));
      await ctx.step("first", () => ran("first"));
    },
  },
  "an error in recorded territory": {
    kind: "threw",
    code: async (ctx, ran) => {
      await ctx.step("first", () => ran("first"));
      throw new TypeError("a new bug");
    },
  },
};

async function recorded(mode: "yield" | "live"): Promise<Bench> {
  const bench = new Bench({ mode });
  const handle = bench.start((ctx) => original(ctx, () => 1));
  await settle();
  if (mode === "live") handle.evict();
  await handle.result;
  return bench;
}

describe.each(modes)("the gate, in %s mode", (mode) => {
  it.each(Object.keys(edits))(
    "refuses %s before anything new runs, and the run goes on once it is mended",
    async (name) => {
      const bench = await recorded(mode);
      const before = bench.events.length;
      const ran: string[] = [];
      const seen: string[] = [];
      const edit = edits[name];
      if (edit === undefined) throw new Error(name);
      const error = await bench.failure(async (ctx) => {
        try {
          return await edit.code(ctx, (step) => ran.push(step));
        } catch (caught) {
          if (!(caught instanceof TypeError)) seen.push("catch");
          throw caught;
        } finally {
          if (name !== "an error in recorded territory" && name !== "a step that is gone") seen.push("finally");
        }
      });
      expect(error).toBeInstanceOf(HistoryDivergedError);
      expect(error).toMatchObject({ code: "history_diverged", facts: { kind: edit.kind } });
      expect(ran).toEqual([]);
      expect(seen).toEqual([]);
      expect(bench.events.length).toBe(before);
      expect(await bench.finish((ctx) => original(ctx, (step) => ran.push(step)))).toMatchObject({
        state: "completed",
      });
      expect(ran).toEqual([]);
    },
  );

  it("tells where, what is recorded and what is asked for, and the call site", async () => {
    const bench = await recorded(mode);
    const error = await bench.failure(async (ctx) => ctx.step("1st", () => 1));
    expect(error).toMatchObject({
      facts: { location: [], asked: 'step "1st"', unasked: [["first"], ["block"], ["rounds"], ["both"]] },
    });
    expect((error as HistoryDivergedError).facts.callStack).toContain("gate.test.ts");
  });

  it("opens for what is new behind everything recorded", async () => {
    const bench = await recorded(mode);
    const ran: string[] = [];
    await bench.finish(async (ctx) => {
      await original(ctx, (step) => ran.push(step));
      await ctx.step("new", () => ran.push("new"));
    });
    expect(ran).toEqual(["new"]);
  });

  it("keeps a branch's end, a retry and an interrupted step waiting, too", async () => {
    const bench = new Bench({ mode });
    const hang = deferred();
    const code = (rename: boolean, ran: string[]) => async (ctx: WorkflowContext) =>
      ctx.join("j", {
        interrupted: { run: (b) => b.step("s", () => (ran.push("s"), hang.promise)) },
        ended: { run: (b) => Promise.resolve(b.workflowId) },
        other: {
          run: async (b) => {
            await b.step(rename ? "x" : "o", () => ran.push("o"));
            await b.sleep("z", 60_000);
          },
        },
      });
    const first = bench.start(code(false, []));
    await settle();
    first.evict({ grace: 0 });
    await bench.clock.advance(0);
    await first.result;
    const before = bench.events.length;
    const ran: string[] = [];
    expect(await bench.failure(code(true, ran))).toBeInstanceOf(HistoryDivergedError);
    expect(ran).toEqual([]);
    expect(bench.events.length).toBe(before);
    const second = bench.start(code(false, ran));
    await settle();
    expect(ran).toEqual(["s"]);
    hang.resolve();
    await bench.clock.advanceUntil(second.result);
    expect((await bench.finish(code(false, ran))).state).toBe("completed");
  });
});

describe.each(modes)("one primitive at a time, in %s mode", (mode) => {
  const misuse: Record<string, (ctx: WorkflowContext) => Promise<unknown>> = {
    "a second primitive while one is open": (ctx) => {
      void ctx.step("a", () => 1);
      return ctx.step("b", () => 2);
    },
    "a primitive that is not awaited at the end": async (ctx) => {
      void ctx.step("a", () => new Promise(() => undefined));
    },
    "a primitive that is not awaited in a try block that throws": (ctx) =>
      ctx.try("t", async (block) => {
        void block.sleep("a", 60_000);
        await Promise.resolve();
        throw new Error("left behind");
      }),
    "the outer ctx inside a loop": (ctx) => ctx.loop("l", () => ctx.step("a", () => Loop.break(1))),
    "Promise.all over one ctx": (ctx) => Promise.all([ctx.sleep("a", 1), ctx.sleep("b", 1)]),
  };

  it.each(Object.keys(misuse))("refuses %s, unseen by any catch, and says how to mend it", async (name) => {
    const bench = new Bench({ mode });
    let seen = false;
    const error = await bench.failure(async (ctx) => {
      await misuse[name]?.(ctx).catch(() => {
        seen = true;
      });
    });
    expect(error).toBeInstanceOf(EntryInProgressError);
    expect(error.message).toMatch(/await/);
    expect(seen).toBe(false);
    expect(bench.count("run.failed")).toBe(0);
    expect(await bench.start(async () => 1).getState()).not.toBe("failed");
  });

  it.each([false, true])("refuses a step inside a step's body, and says so, behind an await: %s", async (isLater) => {
    const error = await new Bench({ mode }).failure((ctx) =>
      ctx.step("outer", async () => {
        if (isLater) await Promise.resolve();
        await ctx.step("inner", () => 1);
      }),
    );
    expect(error).toBeInstanceOf(EntryInProgressError);
    expect(error.message).toContain("a step cannot contain a step");
  });
});
