import { defineWorkflow, isWorkflowDefinition, SchemaError, type StandardSchema } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes, settle } from "./support/harness.ts";

/** A schema made by hand: a number in, doubled when it is written as text. */
const amount: StandardSchema<number | string, number> = {
  "~standard": {
    version: 1,
    vendor: "by hand",
    validate: async (value) =>
      typeof value === "number" || (typeof value === "string" && value !== "")
        ? { value: Number(value) }
        : { issues: [{ message: "must be a number", path: ["order", { key: "amount" }] }] },
  },
};

const order = defineWorkflow({
  name: "order",
  input: amount,
  messages: { add: amount },
  run: async (ctx, input) => {
    const message = await ctx.queue.next("add", { names: ["add"] });
    return input + message.body;
  },
});

describe.each(modes)("defineWorkflow, in %s mode", (mode) => {
  it("validates the input when the run begins, and records what the schema made of it", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start(order, "20" as unknown as number);
    await settle();
    await handle.message("add", "22");
    const result = mode === "live" ? await handle.result : await bench.finish(order, 0);
    expect(result).toEqual({ state: "completed", output: 42 });
    expect(bench.events[0]).toMatchObject({ type: "run.created", input: 20 });
  });

  it("refuses what does not fit, naming where, and records nothing", async () => {
    const bench = new Bench({ mode });
    const error = await bench.failure(order, null as unknown as number);
    expect(error).toBeInstanceOf(SchemaError);
    expect(error.message).toBe("input.order.amount: must be a number");
    expect(bench.events).toEqual([]);
  });

  it("refuses a message whose body does not fit, and lets undeclared names pass", async () => {
    const bench = new Bench({ mode });
    const handle = bench.start(order, 1);
    await settle();
    await expect(handle.message("add", null)).rejects.toThrow('message "add".order.amount: must be a number');
    await handle.message("other", null);
    expect((await bench.driver.inbox.peek(undefined, 9)).map((message) => message.name)).toEqual(["other"]);
    handle.evict();
    await handle.result;
  });

  it("is optional: a plain function is just as good", async () => {
    expect(isWorkflowDefinition(order)).toBe(true);
    expect(isWorkflowDefinition(() => 1)).toBe(false);
    expect(await new Bench({ mode }).output(async (_ctx, input: number) => input + 1, 1)).toBe(2);
    expect(() => defineWorkflow({} as Parameters<typeof defineWorkflow>[0])).toThrow(TypeError);
  });
});
