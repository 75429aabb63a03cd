// What the text of a module tells of the names it asks for.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sourceOf } from "../../src/cli/source-calls.ts";

const TEXT = `export async function one(ctx, other) {
  await ctx.step("plain", () => 1); // await ctx.step("in a comment")
  /* await ctx.step("in a block") */
  await ctx.queue.next<{ by: string }>("typed", { names: ["plain"] });
  await ctx.loop({
    name: "items",
    run: (turn) => turn.step('single', () => "ctx.sleep('in a string')"),
  });
  await ctx.race("first", [{ name: "branch", run: (branch) => branch.sleep(\`tick\`, 5) }]);
  await ctx.tryStep("https://a.b", () => 1);
  [].values().next();
  await Promise.race([other]);
  await ctx.rollbackCheckpoint<() => void>("point");
  await ctx.join(NAME, {});
}
export async function two(ctx, other) {
  await other.step("plain", () => 1);
  await ctx.step("beside", () => 1);
  await other.step("beside", () => 1);
  await ctx.step("plain", () => 1);
}
`;

let file: string;

beforeAll(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), "wf-source-")), "main.ts");
  writeFileSync(file, TEXT);
});

afterAll(() => {
  rmSync(path.dirname(file), { recursive: true, force: true });
});

describe("the calls in a source text", () => {
  const linesOf = (
    ...args: [string, "step" | "message" | "loop" | "race" | "sleep" | "join" | "rollback_checkpoint"]
  ): number[] | undefined =>
    sourceOf([file])
      .callsOf(...args, undefined)
      ?.map(({ line }) => line);

  it.each([
    ["plain", "step", [2, 17, 20]],
    ["typed", "message", [4]],
    ["items", "loop", [5]],
    ["single", "step", [7]],
    ["first", "race", [9]],
    ["tick", "sleep", [9]],
    ["https://a.b", "step", [10]],
  ] as const)("are found by name and kind: %s", (name, kind, lines) => {
    expect(linesOf(name, kind)).toEqual(lines);
  });

  it.each([
    ["in a comment", "step"],
    ["in a block", "step"],
    ["branch", "race"],
    ["plain", "sleep"],
    ["plain", "message"],
    ["plain", "race"],
  ] as const)("are none where nothing is asked for: %s, a %s", (name, kind) => {
    expect(linesOf(name, kind)).toEqual([]);
  });

  it("may be any where a name is computed", () => {
    expect(linesOf("anything", "join")).toBeUndefined();
    expect(linesOf("anything", "rollback_checkpoint")).toBeUndefined();
  });

  it("have the place of the method, as in a stack", () => {
    expect(sourceOf([file]).callsOf("typed", "message", undefined)).toEqual([{ file, line: 4, column: 19 }]);
  });

  it("stand beside a call where the context is the same, in the same function", () => {
    const beside = (name: string, line: number, column: number): number[] =>
      sourceOf([file])
        .callsBeside(name, "step", { file, line, column })
        .map((site) => site.line);
    expect(beside("plain", 18, 13)).toEqual([20]);
    expect(beside("plain", 19, 15)).toEqual([17]);
    expect(beside("beside", 2, 13)).toEqual([]);
  });

  it("meet in one run where one function names both", () => {
    const own = path.join(path.dirname(file), "meet.ts");
    const lines = [
      "export const alone = async (ctx) => ctx.step('a', run);",
      "export async function part(ctx) { await ctx.step('b', run); }",
      "function turn(ctx) { return part(ctx); }",
      "export async function whole(ctx) { await ctx.loop({ name: 'l', run: turn }); }",
      "export default class { run(ctx) { return ctx.step('c', run); } }",
      "export const all = [alone, whole];",
    ];
    writeFileSync(own, lines.join("\n"));
    const source = sourceOf([own]);
    const at = (line: number): { file: string; line: number; column: number } => ({ file: own, line, column: 1 });
    expect(source.mayMeet(at(2), at(4))).toBe(true);
    expect(source.mayMeet(at(4), at(2))).toBe(true);
    expect(source.mayMeet(at(1), at(4))).toBe(false);
    expect(source.mayMeet(at(1), at(1))).toBe(true);
    expect(source.mayMeet(at(1), at(5))).toBe(true);
    expect(source.mayMeet(at(1), { ...at(2), file })).toBe(true);
  });

  it("are unknown in a file that cannot be read", () => {
    expect(sourceOf([`${file}.gone`]).callsOf("plain", "step", undefined)).toBeUndefined();
  });
});

describe("the calls in a text that looks like something else", () => {
  const callsIn = (text: string, name: string, kind: "step" | "removed" = "step"): number | undefined => {
    const own = path.join(path.dirname(file), "own.ts");
    writeFileSync(own, text);
    return sourceOf([own]).callsOf(name, kind, undefined)?.length;
  };

  it.each([
    ["a regular expression with slashes", String.raw`if (/^https?:\/\//.test(url)) await ctx.step("here", run);`],
    ["a regular expression with a quote", 'const quote = /[`"/]/; // `\nawait ctx.step("here", run); // `'],
    ["a template in a template", 'const t = `a ${all.map(() => `//`).join()} // it\'s`; await ctx.step("here", run);'],
    ["a division", 'const half = (a + b) / 2; await ctx.step("here", run); const third = half / 3;'],
    ["an apostrophe in an element", `const e = <p>it's // fine</p>;\nawait ctx.step("here", run);`],
    ["carriage returns", 'one(); // "\r\nawait ctx.step(\r\n  "here",\r\n  run);'],
  ])("are found behind %s", (_, text) => {
    expect(callsIn(text, "here")).toBe(1);
    expect(callsIn(text, "there")).toBe(0);
  });

  it("are none in a string", () => {
    expect(callsIn(`const text = 'ctx.step("here", run)';`, "here")).toBe(0);
    expect(callsIn('const text = `${ctx.step("here", run)}`;', "here")).toBe(1);
  });

  it.each([
    "ctx.step?.(NAME, run)",
    "ctx.step!(NAME, run)",
    'ctx["step"](NAME, run)',
    "const step = ctx.step.bind(ctx); step(NAME, run)",
  ])("may be any where the method is taken: %s", (text) => {
    expect(callsIn(`await ${text}; await ctx.sleep("nap", 5)`, "here")).toBeUndefined();
  });

  it("of removed entries are read, too", () => {
    expect(callsIn('await ctx.removed("old", "step");', "old", "removed")).toBe(1);
  });

  it("of a module of 20,000 calls are read at once", () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `  await ctx.step("step ${at}", async () => ${at});`);
    const startedAt = performance.now();
    expect(callsIn(lines.join("\n"), "step 19999")).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
