// Edits in other files than the workflow's own: helpers, tsconfig paths, other endings.

import type { EditCase } from "./edit-case.ts";

const helped = {
  "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "@lib/*": ["./lib/*"] } } }),
  "lib/pay.ts": `import type { WorkflowContext } from "dotworkflows";

export interface Paid { readonly sum: number }

/** Pays. */
export async function pay(ctx: WorkflowContext, sum: number): Promise<Paid> {
  await ctx.step("reserve", () => hit("reserve"));
  return ctx.step("debit", () => hit("debit", { sum }));
}
`,
  "lib/ship.ts": `export const ship = async (context: any) => {
  await context.step("pack", () => hit("pack"));
  await context.queue.next("courier", { names: ["go"] });
};
`,
  "main.ts": `import type { WorkflowContext } from "dotworkflows";
import { pay } from "@lib/pay";
import { ship } from "./lib/ship.ts";

export default async function flow(ctx: WorkflowContext) {
  const paid = await pay(ctx, 12);
  await ship(ctx);
  return paid;
}
`,
};

export const fileEdits: readonly EditCase[] = [
  {
    title: "renames a step in a helper that tsconfig paths lead to",
    before: helped,
    edits: [["lib/pay.ts", '"reserve"', '"hold"']],
    expect: [["renamed?", "hold", 'step("hold"']],
    fixes: 2,
  },
  {
    title: "renames a step that a helper returns",
    before: helped,
    edits: [["lib/pay.ts", '"debit"', '"withdraw"']],
    expect: [["renamed?", "withdraw", 'step("withdraw"']],
    fixes: 2,
  },
  {
    title: "inserts a step in a helper and takes one out in another",
    before: helped,
    edits: [
      ["lib/pay.ts", '  await ctx.step("reserve"', '  await ctx.sleep("wait", 5);\n  await ctx.step("reserve"'],
      ["lib/ship.ts", '  await context.step("pack", () => hit("pack"));\n', ""],
    ],
    expect: [
      ["inserted", "wait", 'sleep("wait"'],
      ["missing", "pack", 'next("courier"'],
    ],
    fixes: 2,
  },
  {
    title: "renames a step in a module with the ending mts",
    before: {
      "main.mts": helped["main.ts"].replace("@lib/pay", "./lib/pay.ts"),
      "lib/pay.ts": helped["lib/pay.ts"],
      "lib/ship.ts": helped["lib/ship.ts"],
    },
    ending: "mts",
    edits: [["lib/ship.ts", '"courier"', '"carrier"']],
    expect: [["renamed?", "carrier", 'next("carrier"']],
    fixes: 3,
  },
];
