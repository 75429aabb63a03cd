// What the tables of edits begin with.

/** The wait at which most runs stand. */
export const END = 'await ctx.queue.next("end", { names: ["go"] });';

/** A workflow that stands one entry below the other. */
export const cart = `
  await ctx.step("quote", () => hit("quote"));
  const cart = await ctx.step("validate-cart", () => hit("validate", 7));
  await ctx.sleep("cool-off", 1000);
  const ok = await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("charge", () => hit("charge"));
  ${END}
  await ctx.step("ship", () => hit("ship"));
  return cart;`;

/** Takes {@link cart} to its last wait. */
export const approved = [["approve", { by: "ann" }]] as const;
