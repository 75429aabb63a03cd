import {
  type CompletableMessage,
  defineWorkflow,
  Loop,
  type QueueMessage,
  runWorkflow,
  type StandardSchema,
  type TryBlockResult,
  type TryStepResult,
  type WorkflowContext,
  type WorkflowHandle,
} from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expectTypeOf, it } from "vitest";

declare const ctx: WorkflowContext;

const amount: StandardSchema<string, number> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: Number(value) }) },
};
const person: StandardSchema<unknown, { who: string }> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: { who: String(value) } }) },
};

/** Only type-checked, never called. */
function typesOf(check: () => unknown): void {
  void check;
}

describe("types", () => {
  it("infer what a step gives", () => {
    typesOf(() => {
      expectTypeOf(ctx.step("a", () => 1)).resolves.toEqualTypeOf<number>();
      expectTypeOf(ctx.step("a", async () => new Date())).resolves.toEqualTypeOf<Date>();
      expectTypeOf(ctx.step({ name: "a", run: () => "x", maxRetries: 2 })).resolves.toEqualTypeOf<string>();
      expectTypeOf(ctx.tryStep("a", () => 1)).resolves.toEqualTypeOf<TryStepResult<number>>();
      expectTypeOf(ctx.try("a", async () => 1)).resolves.toEqualTypeOf<TryBlockResult<number>>();
      void ctx.step({
        name: "a",
        run: () => 7,
        rollback: (_, output) => void expectTypeOf(output).toEqualTypeOf<number>(),
      });
      void ctx.step("a", (step) => expectTypeOf(step.signal).toEqualTypeOf<AbortSignal>());
    });
  });

  it("make ok decide about value and failure", () => {
    typesOf(async () => {
      const result = await ctx.tryStep("a", () => 1);
      if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
      else expectTypeOf(result.failure.kind).toEqualTypeOf<"critical" | "timeout" | "exhausted" | "rollback">();
      // @ts-expect-error the value is there only when ok
      void result.value;
    });
  });

  it("infer a join's record and a race's winner", () => {
    typesOf(async () => {
      const joined = await ctx.join("j", {
        a: { run: async () => 1 },
        b: { run: async (b) => b.step("s", () => "x") },
      });
      expectTypeOf(joined).toEqualTypeOf<{ a: number; b: string }>();
      const raced = await ctx.race("r", [
        { name: "one", run: async () => 1 },
        { name: "two", run: async () => "x" },
      ]);
      expectTypeOf(raced).toEqualTypeOf<{ winner: "one"; value: number } | { winner: "two"; value: string }>();
      if (raced.winner === "one") expectTypeOf(raced.value).toEqualTypeOf<number>();
      // @ts-expect-error no branch has this name
      void (raced.winner === "three");
    });
  });

  it("carry a loop's state and what it breaks with", () => {
    typesOf(async () => {
      const value = await ctx.loop({
        name: "l",
        state: { n: 0 },
        run: async (turn, state) => {
          expectTypeOf(turn).toEqualTypeOf<WorkflowContext>();
          expectTypeOf(state).toEqualTypeOf<{ n: number }>();
          return state.n > 3 ? Loop.break("done") : Loop.continue({ n: state.n + 1 });
        },
      });
      expectTypeOf(value).toEqualTypeOf<string>();
      await ctx.loop("plain", async () => undefined);
      // @ts-expect-error a loop with state must return Loop.continue or Loop.break
      await ctx.loop({ name: "l", state: 0, run: async () => undefined });
    });
  });

  it("type a message's body, and complete() where it is completable", () => {
    typesOf(async () => {
      expectTypeOf(ctx.queue.next<{ by: string }>("a")).resolves.toEqualTypeOf<QueueMessage<{ by: string }>>();
      expectTypeOf(ctx.queue.next<number>("a", { completable: true })).resolves.toEqualTypeOf<
        CompletableMessage<number>
      >();
      expectTypeOf(ctx.queue.nextBatch<number>("a", { count: 2 })).resolves.toEqualTypeOf<QueueMessage<number>[]>();
    });
  });

  it("take input and message bodies of defineWorkflow from its schemas", () => {
    const order = defineWorkflow({
      input: amount,
      messages: { approve: person, add: amount },
      run: async (context, input) => {
        expectTypeOf(input).toEqualTypeOf<number>();
        const message = await context.queue.next("m", { names: ["approve"] });
        expectTypeOf(message.body).toEqualTypeOf<{ who: string }>();
        const either = await context.queue.next("n", { names: ["approve", "add"] });
        if (either.name === "add") expectTypeOf(either.body).toEqualTypeOf<number>();
        // @ts-expect-error no message has this name
        await context.queue.next("o", { names: ["deny"] });
        // @ts-expect-error another body is declared
        await context.queue.send("add", "text");
        return { total: input };
      },
    });
    typesOf(() => {
      expectTypeOf(runWorkflow("id", order, 1, new InMemoryDriver())).toEqualTypeOf<
        WorkflowHandle<{ total: number }>
      >();
      // @ts-expect-error the input is a number
      runWorkflow("id", order, "1", new InMemoryDriver());
    });
  });

  it("refuse wrong uses", () => {
    typesOf(() => {
      expectTypeOf<WorkflowContext["sleep"]>().parameters.toEqualTypeOf<[name: string, ms: number]>();
      // @ts-expect-error a step needs a function
      void ctx.step("a");
      // @ts-expect-error milliseconds are a number
      void ctx.sleep("a", "1s");
      // @ts-expect-error kinds are spelt as on Rivet
      void ctx.removed("a", "queue");
      // @ts-expect-error no such kind of failure
      void ctx.tryStep({ name: "a", catch: ["step"], run: () => 1 });
      // @ts-expect-error a branch needs a name
      void ctx.race("r", [{ run: async () => 1 }]);
      // @ts-expect-error no such option
      void ctx.step({ name: "a", run: () => 1, retries: 3 });
    });
  });
});
