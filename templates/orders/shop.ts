// Stands in for a payment provider on a bad day, and for a warehouse.

/** What a customer wants. */
export interface Order {
  id: string;
  amount: number;
}

/**
 * Takes the money. The first attempt fails: small orders lose the connection, large ones get no answer in time.
 * An attempt that nobody counts (another engine) succeeds.
 */
export async function charge(order: Order, attempt?: number): Promise<string> {
  if (attempt === 1 && order.amount < 100) throw new Error("connection reset by the payment provider");
  if (attempt === 1) await new Promise((resolve) => setTimeout(resolve, 5_000));
  return `payment-${order.id}`;
}

/** Sends the parcel. */
export async function ship(order: Order): Promise<string> {
  console.log(`order ${order.id} is on its way`);
  return `parcel-${order.id}`;
}
