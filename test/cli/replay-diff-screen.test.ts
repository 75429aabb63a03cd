// The comparison in a real terminal: every line of it fits, in colour and without.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const RUN = "order-with-a-rather-long-id-1";
const recorded = `
export default async function order(ctx) {
  await ctx.step("quote", () => 1);
  await ctx.step("charge", () => 2);
  const ok = await ctx.queue.next("approval", { names: ["approve"] });
  return ctx.step("ship the parcel", () => ok.body);
}`;
const edited = recorded
  .replace('"charge"', '"pay"')
  .replace("(ctx) {", "(ctx) {\n  globalThis.began = performance.now();");

const SIZES = [60, 80, 120].flatMap((columns) => [
  { columns, style: "in colour", env: {} },
  { columns, style: "without colour", env: { NO_COLOR: "1" } },
]);

let workspace: Workspace;

beforeAll(async () => {
  workspace = new Workspace({ "order.ts": recorded, "same.ts": recorded, "gone.ts": recorded });
  await workspace.wf(["run", "order.ts", "--id", RUN, "--no-wait"]);
  await workspace.wf(["run", "same.ts", "--id", `${RUN}-same`, "--no-wait"]);
  await workspace.wf(["run", "gone.ts", "--id", `${RUN}-gone`, "--no-wait"]);
  workspace.write("order.ts", edited);
  workspace.write("gone.ts", "export const nothing = 1;");
});

afterAll(() => {
  workspace.remove();
});

describe.each(SIZES)("wf replay-diff at $columns columns $style", ({ columns, env }) => {
  it.each([
    ["a run that fits", [`${RUN}-same`], 0],
    ["an edited one", [RUN], 5],
    ["all", ["--all"], 5],
    ["a module without a workflow", [`${RUN}-gone`], 4],
  ] as const)("breaks no line of %s", async (_what, args, exitCode) => {
    const screen = new Screen(["replay-diff", ...args], { folder: workspace.folder, columns, env });
    expect(await screen.ended).toBe(exitCode);
    expect(await screen.wrapped()).toEqual([]);
    expect(screen.raw).not.toMatch(/exit\r?\n/);
    if ("NO_COLOR" in env) expect(screen.raw).not.toMatch(/\[\d+m/);
    else expect(screen.raw).toMatch(/\[\d+m/);
  });
});
