// A step that failed by itself, and not by a throw of the user's code, is said to be where the workflow called it.

import { afterEach, expect, it } from "vitest";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

afterEach(() => {
  workspace.remove();
});

const failing = (step: string): string => `
class Money {}
export default async function pays(ctx) {
  await ctx.step("before", () => 1);
  const paid = await ctx.step(${step});
  return paid;
}`;

it.each([
  {
    what: "a value that cannot be stored, deep in the output",
    step: '"pay", async () => ({ a: { b: [{ c: new Money() }] } })',
    says: 'step "pay": output.a.b[0].c is an instance of Money, which would come back as something else',
  },
  {
    what: "a timeout",
    step: '{ name: "pay", timeout: 20, run: () => new Promise(() => undefined) }',
    says: 'step "pay" took longer than its timeout of 20 ms',
  },
])("has the place of the call: $what", async ({ step, says }) => {
  workspace = new Workspace({ "pays.ts": failing(step) });
  const { stderr, exitCode } = await workspace.wf(["run", "pays.ts", "--id", "p"]);
  expect(stderr).toContain(`error  pays failed: ${says}\n       at pays.ts:5:16\n`);
  expect(exitCode).toBe(1);
  expect((await workspace.wf(["inspect", "p", "--step", "pay"])).stdout).toContain("pays.ts:5:16");
});
