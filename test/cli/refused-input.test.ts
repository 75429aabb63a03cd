// What goes wrong before a run has begun: there is an error to read, and nothing else.

import { afterEach, beforeEach, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const picky = `
import { defineWorkflow } from "dotworkflows";
const validate = (value) =>
  typeof value?.to === "string" ? { value } : { issues: [{ message: "Expected string", path: ["to"] }] };
export default defineWorkflow({
  input: { "~standard": { version: 1, vendor: "mine", validate } },
  run: async (ctx, input) => ctx.step("go", () => input.to),
});`;

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "picky.ts": picky });
});

afterEach(() => {
  workspace.remove();
});

it("is answered with just the error, in plain lines", async () => {
  const { stderr, stdout, exitCode } = await workspace.wf(["run", "picky.ts", "--id", "p"]);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toMatch(/^error {2}input\.to: Expected string\n +nothing was written\n$/);
  expect((await workspace.wf(["list"])).stdout).not.toContain("picky");
});

it.each([60, 80, 120])("is answered with just the error on a terminal with %i columns", async (columns) => {
  const screen = new Screen(["run", "picky.ts", "--id", "p"], { folder: workspace.folder, columns });
  expect(await screen.ended).toBe(2);
  const lines = await screen.lines();
  expect(lines.join("\n")).not.toMatch(/stopped|└/);
  expect(lines.filter((line) => line.startsWith("error"))).toHaveLength(1);
});

it("names each place once where the module throws while it is loaded", async () => {
  workspace.write("throws.ts", 'const load = () => {\n  throw new Error("no config");\n};\nload();');
  const { stderr } = await workspace.wf(["run", "throws.ts"]);
  expect(stderr.match(/throws\.ts:\d+:\d+/g)).toEqual(["throws.ts:2:9", "throws.ts:4:1"]);
});
