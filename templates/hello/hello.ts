import type { WorkflowContext } from "dotworkflows";

/** Greets, waits two seconds, says goodbye. Kill it anywhere; `wf resume` goes on where it was. */
export default async function hello(ctx: WorkflowContext, input?: { name?: string }) {
  const name = input?.name ?? "world";

  const greeting = await ctx.step("greet", async () => `Hello, ${name}!`);
  await ctx.sleep("pause", 2_000);
  const goodbye = await ctx.step("goodbye", async () => `Goodbye, ${name}.`);

  return `${greeting} ${goodbye}`;
}
