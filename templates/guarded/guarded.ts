import type { WorkflowContext } from "dotworkflows";

interface Customer {
  email: string;
}

/** Welcomes a customer, waits for the address to be confirmed, and opens the account. */
export default async function guarded(ctx: WorkflowContext, customer?: Customer) {
  const email = customer?.email ?? "ann@example.com";
  const number = await ctx.step("register", () => `C-${email.length}`);
  await ctx.step("welcome", () => ({ to: email, sent: true }));
  await ctx.queue.next("confirmation", { names: ["confirm"] });
  const opened = await ctx.step("open-account", () => true);
  return { number, opened };
}
