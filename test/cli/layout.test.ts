// What a person reads on terminals of 60, 80 and 120 columns: lines end between words, lists hang.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const order = `
export default async function order(ctx) {
  await ctx.step("quote", () => 1);
  await ctx.step("charge", () => 2);
  await ctx.queue.next("approval", { names: ["approve"] });
}`;

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

const open = (args: readonly string[], columns: number): Screen =>
  new Screen(args, { folder: workspace.folder, columns });

const listAt: Readonly<Record<number, readonly string[]>> = {
  60: [
    "       1  mend the code as shown, then",
    "          wf resume an-order-of-today",
    "       2  where it changed on purpose: ctx.removed, or",
    "          ctx.getVersion for new runs only",
    "       3  wf fork an-order-of-today --from quote",
    "          begins a new run there, with the history before it",
  ],
  80: [
    "       1  mend the code as shown, then wf resume an-order-of-today",
    "       2  where it changed on purpose: ctx.removed, or ctx.getVersion for new",
    "          runs only",
    "       3  wf fork an-order-of-today --from quote",
    "          begins a new run there, with the history before it",
  ],
  120: [
    "       1  mend the code as shown, then wf resume an-order-of-today",
    "       2  where it changed on purpose: ctx.removed, or ctx.getVersion for new runs only",
    "       3  wf fork an-order-of-today --from quote  begins a new run there, with the history before it",
  ],
};

describe.each([60, 80, 120])("at %i columns", (columns) => {
  it("the refusal of a run that does not fit names the ways on in a list that hangs", async () => {
    workspace.write("flows/orders/order.ts", order);
    await workspace.wf(["run", "flows/orders/order.ts", "--id", "an-order-of-today", "--no-wait"]);
    workspace.write("flows/orders/order.ts", order.replace('"charge"', '"pay"'));
    const screen = open(["resume"], columns);
    expect(await screen.ended).toBe(5);
    expect(await screen.wrapped()).toEqual([]);
    const list = listAt[columns] ?? [];
    expect((await screen.lines()).slice(-list.length)).toEqual(list);
  });

  it("what wf init wrote goes on below its name", async () => {
    const screen = open(["init", "my-flows", "--template", "orders"], columns);
    expect(await screen.ended).toBe(0);
    expect(await screen.wrapped()).toEqual([]);
    const lines = await screen.lines();
    const wrote = lines.slice(0, lines.indexOf("  cd my-flows"));
    expect(wrote[0]).toMatch(/^✓ orders: wrote README\.md, /);
    for (const line of wrote.slice(1)) expect(line).toMatch(/^ {2}\S/);
  });
});
