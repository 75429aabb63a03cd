import type { WorkflowContext } from "dotworkflows";
import { fileExpense, payExpense, type Expense } from "./accounting.ts";

interface Decision {
  by?: string;
  reason?: string;
}

/** Files an expense, waits for a person (minutes or weeks, through restarts), then pays it or does not. */
export default async function approval(ctx: WorkflowContext, input?: Expense) {
  const expense = input ?? { what: "a desk lamp", amount: 49 };
  const number = await ctx.step("file", () => fileExpense(expense));

  const decision = await ctx.queue.next<Decision | undefined>("decision", { names: ["approve", "reject"] });
  const by = decision.body?.by ?? "somebody";

  if (decision.name === "reject") {
    return { number, status: "rejected", by, reason: decision.body?.reason ?? "none given" };
  }
  const payment = await ctx.step("pay", () => payExpense(number, expense));
  return { number, status: "paid", by, payment };
}
