import { Loop, type WorkflowContext } from "dotworkflows";
import { charge, ship, type Order } from "./shop.ts";

/** How long the shop stays open without an order. */
const IDLE = 10 * 60_000;

/** Takes orders as messages, one after the other, until `close` arrives or nothing came for ten minutes. */
export default async function orders(ctx: WorkflowContext) {
  return ctx.loop({
    name: "orders",
    state: { count: 0, total: 0 },
    run: async (ctx, sold) => {
      const [message] = await ctx.queue.nextBatch<Order>("next", { names: ["order", "close"], timeout: IDLE });
      if (message === undefined || message.name === "close") return Loop.break(sold);
      const order = message.body;

      await ctx.step({
        name: "charge",
        run: (step) => charge(order, step?.attempt),
        maxRetries: 5,
        retryBackoffBase: 200, // waits 0.4 s after the first failure, then 0.8 s, 1.6 s …
        timeout: 1_000,
        retryOnTimeout: true,
      });
      await ctx.step("ship", () => ship(order));

      return Loop.continue({ count: sold.count + 1, total: sold.total + order.amount });
    },
  });
}
