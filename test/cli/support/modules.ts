// Workflows that the tests of the command line run. Each is a module of a user's project.

/** One step. */
export const one = `export default async function one(ctx) { return ctx.step("only", () => 42); }`;

/** Quotes, waits for "approve", answers. Counts its effects in a file. */
export const order = `
import { appendFileSync } from "node:fs";
import type { WorkflowContext } from "dotworkflows";
export default async function order(ctx: WorkflowContext, input: { id: number }) {
  console.log("from the workflow");
  const quote = await ctx.step("quote", () => { appendFileSync("effects", "quote\\n"); return { price: 12 }; });
  const ok = await ctx.queue.next<{ by: string }>("approval", { names: ["approve"] });
  ctx.log.info("approved", { by: ok.body.by });
  await ctx.step("ship", () => { appendFileSync("effects", "ship\\n"); });
  return { id: input?.id, quote, by: ok.body.by };
}`;

/** A step that lasts until a file is there, and tells when it began. */
export const slow = `
import { existsSync } from "node:fs";
export default async function slow(ctx) {
  const first = await ctx.step("first", () => 1);
  await ctx.step("long", async ({ attempt }) => {
    console.log("long is under way, attempt " + attempt);
    while (!existsSync("go-on")) await new Promise((resolve) => setTimeout(resolve, 10));
  });
  return { first };
}`;

/** Fails in the user's own function. */
export const failing = `
import { CriticalError } from "dotworkflows";
async function pay(): Promise<void> {
   throw new CriticalError("no money left");
}
export default async function failing(ctx: any) {
  await ctx.step("pay", () => pay());
}`;

/** Answers the message that it receives. */
export const answers = `
export default async function answers(ctx) {
  const message = await ctx.queue.next("question", { names: ["ask"], completable: true });
  await message.complete({ answer: message.body });
  return "over";
}`;

/** Rejects a promise that nobody awaits. */
export const rejects = `
export default async function rejects(ctx) {
  await ctx.step("a", () => 1);
  await ctx.step("b", async () => {
    void Promise.reject(new TypeError("nobody listens"));
    await new Promise((resolve) => setTimeout(resolve, 5000));
  });
}`;

/** Ends the process. */
export const quits = `
export default async function quits(ctx) {
  await ctx.step("a", () => 1);
  await ctx.step("b", () => process.exit(0));
}`;

/** A step that blocks the process for a second, and one after it. */
export const blocks = `
import { execSync } from "node:child_process";
export default async function blocks(ctx) {
  for (const n of [1, 2, 3]) await ctx.step("quick" + n, () => n);
  await ctx.step("build", () => void execSync("touch building; sleep 1"));
  await ctx.step("publish", () => console.log("published"));
}`;
