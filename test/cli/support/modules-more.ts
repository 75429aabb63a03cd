// More workflows that the tests of the command line run.

/** Sleeps long, then waits for "approve". */
export const sleepy = `
export default async function sleepy(ctx) {
  await ctx.step("first", () => ({ price: 12 }));
  await ctx.sleep("nap", 3_600_000);
  const ok = await ctx.queue.next("approval", { names: ["approve"] });
  return ok.body;
}`;

/** Fails until a file is there. */
export const flaky = `
import { existsSync, appendFileSync } from "node:fs";
export default async function flaky(ctx) {
  const a = await ctx.step("a", () => { appendFileSync("effects", "a\\n"); return 1; });
  const b = await ctx.step({ name: "b", maxRetries: 1, retryBackoffBase: 10, run: () => {
    if (!existsSync("mended")) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return 2;
  } });
  return a + b;
}`;

/** Undoes its steps when it fails: two of the same name. */
export const undone = `
import { CriticalError, Loop } from "dotworkflows";
export default async function undone(ctx) {
  await ctx.step("quote", () => 12);
  await ctx.rollbackCheckpoint("from here");
  await ctx.step({ name: "book", run: () => 1, rollback: () => {} });
  await ctx.loop({ name: "rooms", run: async (ctx) => {
    await ctx.step({ name: "book", run: () => 2, rollback: () => {} });
    return Loop.break();
  } });
  await ctx.step("pay", () => { throw new CriticalError("no money left"); });
}`;

/** A loop of twelve parcels. */
export const parcels = `
import { Loop } from "dotworkflows";
export default async function parcels(ctx) {
  return ctx.loop({ name: "orders", state: 0, run: async (ctx, n) => {
    await ctx.step("charge", () => ({ parcel: n }));
    return n < 11 ? Loop.continue(n + 1) : Loop.break(n);
  } });
}`;

/** Not deterministic: counts outside of its record. */
export const drifting = `
let passes = 0;
export default async function drifting(ctx) {
  const pass = passes++;
  await ctx.step("a", () => 1);
  await ctx.step("b" + Math.min(pass, 2), () => 2);
}`;

/** Takes a number that no record has: two calls, one in a loop that ends. */
export const dicing = `
import { Loop } from "dotworkflows";
export default async function dicing(ctx) {
  const price = Math.random();
  await ctx.step("charge", async () => price);
  await ctx.loop("once", async (round) => {
    const at = Date.now();
    await round.step("note", async () => at);
    return Loop.break();
  });
}`;

/** Declares its messages. */
export const declared = `
import { defineWorkflow } from "dotworkflows";
const decision = { "~standard": { version: 1, vendor: "test", validate: (value) =>
  typeof value?.by === "string" ? { value } : { issues: [{ message: "expected a string", path: ["by"] }] } } };
export default defineWorkflow({
  messages: { approve: decision, reject: decision },
  run: async (ctx) => (await ctx.queue.next("decision", { names: ["approve", "reject"] })).body,
});`;

/** Sleeps three times for a moment. */
export const naps = `
export default async function naps(ctx) {
  for (let nap = 0; nap < 3; nap++) await ctx.sleep("nap " + nap, 150);
  return "rested";
}`;

/** Its process dies in a step. */
export const dies = `
export default async function dies(ctx) {
  await ctx.step("fine", () => 1);
  await ctx.step("boom", () => process.kill(process.pid, "SIGKILL"));
}`;

/** What it answers depends on the code. */
export const edited = `
export default async function edited(ctx) {
  const first = await ctx.step("first", () => 1);
  const message = await ctx.queue.next("go", { names: ["go"] });
  return { first, body: message.body, code: "old" };
}`;
