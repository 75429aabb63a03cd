// What `removed` licenses to run in recorded territory may wait, in whatever scope it stands, and what only answers (a
// version, another note of what is gone) leaves the licence to what follows. The comparison says the same.

import type { WorkflowContext } from "dotworkflows";
import { replayHistory } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

type Code = (ctx: WorkflowContext) => Promise<unknown>;

/** A run with this code, taken to its first wait and left there. */
async function recorded(mode: "yield" | "live", code: Code): Promise<Bench> {
  const bench = new Bench({ mode });
  const handle = bench.start(code);
  await bench.clock.advance(0);
  if (mode === "live") handle.evict();
  await handle.result;
  return bench;
}

/** The comparison finds that it fits, and it runs to this output. */
async function expectToFit(bench: Bench, code: Code, output: unknown): Promise<void> {
  const { compatible, differences } = await replayHistory(code, structuredClone(bench.events));
  expect(differences.filter(({ level }) => level === "difference")).toEqual([]);
  expect(compatible).toBe(true);
  expect(await bench.output(code)).toBe(output);
  // Once more, over what that has recorded.
  expect((await replayHistory(code, structuredClone(bench.events))).compatible).toBe(true);
}

describe.each(modes)("a licence, in %s mode", (mode) => {
  const boxed = async (ctx: WorkflowContext): Promise<void> => {
    await ctx.try("box", async (inner) => {
      await inner.step("ask", () => 1);
      await inner.step("tell", () => 2);
    });
    await ctx.step("mail", () => 3);
    await ctx.sleep("wait", 60_000);
  };

  it("lets an entry in a try block wait, though entries behind the block are recorded", async () => {
    const bench = await recorded(mode, boxed);
    await expectToFit(
      bench,
      async (ctx) => {
        await ctx.try("box", async (inner) => {
          await inner.removed("ask", "step");
          await inner.sleep("pause", 3_600_000);
          await inner.step("tell", () => 2);
        });
        await ctx.step("mail", () => 3);
        await ctx.sleep("wait", 60_000);
        return "end";
      },
      "end",
    );
  });

  it("lets it wait two blocks deep, and behind all that is recorded in its own", async () => {
    const bench = await recorded(mode, boxed);
    await expectToFit(
      bench,
      async (ctx) => {
        await ctx.try("box", async (inner) => {
          await inner.step("ask", () => 1);
          await inner.removed("tell", "step");
          await inner.try("again", (innermost) => innermost.sleep("pause", 3_600_000));
        });
        await ctx.step("mail", () => 3);
        await ctx.sleep("wait", 60_000);
        return "end";
      },
      "end",
    );
  });

  it("does not excuse what a branch beside it no longer asks for", async () => {
    const bench = await recorded(mode, async (ctx) => {
      await ctx.join("both", {
        left: { run: async (left) => [await left.step("a", () => 1), await left.sleep("rest", 60_000)] },
        right: { run: async (right) => [await right.step("b", () => 1), await right.sleep("doze", 60_000)] },
      });
    });
    const code: Code = async (ctx) => {
      await ctx.join("both", {
        left: {
          run: async (left) => {
            await left.removed("a", "step");
            await left.sleep("pause", 3_600_000);
            await left.sleep("rest", 60_000);
          },
        },
        right: { run: async (right) => right.sleep("other", 60_000) },
      });
    };
    expect((await replayHistory(code, structuredClone(bench.events))).compatible).toBe(false);
    expect(await bench.failure(code)).toMatchObject({ code: "history_diverged" });
  });

  const old = async (ctx: WorkflowContext): Promise<void> => {
    await ctx.step("charge", () => 1);
    await ctx.step("mail", () => 2);
    await ctx.sleep("wait", 60_000);
  };

  it("outlasts a getVersion", async () => {
    const bench = await recorded(mode, old);
    await expectToFit(
      bench,
      async (ctx) => {
        await ctx.removed("charge", "step");
        const version = await ctx.getVersion("fees", 2);
        const charged = await ctx.step("charge-v2", () => 40 + version);
        await ctx.step("mail", () => 2);
        await ctx.sleep("wait", 60_000);
        return charged;
      },
      41,
    );
  });

  it("outlasts a note of what this run never had", async () => {
    const bench = await recorded(mode, old);
    await expectToFit(
      bench,
      async (ctx) => {
        await ctx.removed("charge", "step");
        await ctx.removed("fee", "step");
        const charged = await ctx.step("charge-v2", () => 7);
        await ctx.step("mail", () => 2);
        await ctx.sleep("wait", 60_000);
        return charged;
      },
      7,
    );
  });

  it("is used up by a recorded entry", async () => {
    const bench = await recorded(mode, old);
    const code: Code = async (ctx) => {
      await ctx.removed("charge", "step");
      await ctx.getVersion("fees", 2);
      await ctx.step("mail", () => 2);
      await ctx.step("fresh", () => 1);
      await ctx.sleep("wait", 60_000);
    };
    expect((await replayHistory(code, structuredClone(bench.events))).compatible).toBe(false);
    expect(await bench.failure(code)).toMatchObject({ code: "history_diverged" });
  });
});
