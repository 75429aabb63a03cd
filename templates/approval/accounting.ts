// Stands in for the system of the accounts department. What happens outside happens in steps, so it happens once.

/** Something that somebody paid for. */
export interface Expense {
  what: string;
  amount: number;
}

/** Puts an expense on file. Answers its number. */
export async function fileExpense({ what, amount }: Expense): Promise<string> {
  const number = `E-${1000 + amount}`;
  console.log(`${number}: ${what}, ${amount} euros, waits for a decision`);
  return number;
}

/** Pays an expense. Answers the payment's reference. */
export async function payExpense(number: string, { amount }: Expense): Promise<string> {
  console.log(`${number}: ${amount} euros paid`);
  return `${number}/paid`;
}
