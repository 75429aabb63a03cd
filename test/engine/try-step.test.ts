import { CriticalError, RollbackError, type TryStepResult, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

type Kind = "critical" | "timeout" | "exhausted" | "rollback";

const failures: Record<Kind, () => unknown> = {
  critical: () => {
    throw new CriticalError("stop here");
  },
  timeout: () => new Promise(() => undefined),
  exhausted: () => {
    throw Object.assign(new Error("no luck"), { status: 503 });
  },
  rollback: () => {
    throw new RollbackError("undo it all");
  },
};

function attemptOf(ctx: WorkflowContext, kind: Kind, wanted?: readonly Kind[]): Promise<TryStepResult<unknown>> {
  return ctx.tryStep({
    name: "t",
    maxRetries: 1,
    timeout: 1_000,
    ...(wanted && { catch: wanted }),
    run: failures[kind],
  });
}

describe.each(modes)("tryStep, in %s mode", (mode) => {
  it("answers with the value of a step that succeeds", async () => {
    const output = await new Bench({ mode }).output((ctx) => ctx.tryStep("t", () => new Date(3)));
    expect(output).toEqual({ ok: true, value: new Date(3) });
  });

  it.each(["critical", "timeout", "exhausted"] as const)("answers with a failure of kind %s", async (kind) => {
    const output = await new Bench({ mode }).output((ctx) => attemptOf(ctx, kind));
    expect(output).toMatchObject({
      ok: false,
      failure: { kind, stepName: "t", attempts: kind === "exhausted" ? 2 : 1 },
    });
  });

  it("tells of the last attempt's error, with its own fields", async () => {
    const output = await new Bench({ mode }).output((ctx) => attemptOf(ctx, "exhausted"));
    expect(output).toMatchObject({
      failure: { error: { name: "Error", message: "no luck", metadata: { status: 503 } } },
    });
  });

  it.each(Object.keys(failures) as Kind[])(
    "gives the same answer on every replay, and does not run the body again (%s)",
    async (kind) => {
      const bench = new Bench({ mode });
      let bodies = 0;
      const answers: unknown[] = [];
      const output = await bench.output(async (ctx) => {
        const result = await ctx.tryStep({
          name: "t",
          maxRetries: 1,
          timeout: 1_000,
          catch: ["critical", "timeout", "exhausted", "rollback"],
          run: () => {
            bodies++;
            return failures[kind]();
          },
        });
        answers.push(result);
        await ctx.sleep("one", 60_000);
        await ctx.sleep("two", 60_000);
        return result;
      });
      expect(bodies).toBe(kind === "exhausted" ? 2 : 1);
      expect(answers).toHaveLength(mode === "yield" ? (kind === "exhausted" ? 3 : 3) : 1);
      for (const answer of answers) expect(answer).toEqual(output);
    },
  );

  it("catches rollback only when asked, and of the others only what is asked", async () => {
    const rollback = await new Bench({ mode }).failure((ctx) => attemptOf(ctx, "rollback"));
    expect(rollback).toMatchObject({ name: "RollbackError", message: "undo it all" });
    const asked = await new Bench({ mode }).output((ctx) => attemptOf(ctx, "rollback", ["rollback"]));
    expect(asked).toMatchObject({ ok: false, failure: { kind: "rollback" } });
    const narrow = await new Bench({ mode }).failure((ctx) => attemptOf(ctx, "critical", ["timeout"]));
    expect(narrow).toBeInstanceOf(CriticalError);
  });

  it("says by rejecting what it cannot do, as step does", async () => {
    const said: string[] = [];
    await new Bench({ mode }).output(async (ctx) => {
      const nameless = undefined as unknown as string;
      await ctx.step(nameless, () => 1).catch(({ name }: Error) => said.push(name));
      await ctx.tryStep(nameless, () => 1).catch(({ name }: Error) => said.push(name));
    });
    expect(said).toEqual(["TypeError", "TypeError"]);
  });
});
