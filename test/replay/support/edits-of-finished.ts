// Edits of workflows whose recorded runs are over, or fail.

import type { EditCase } from "./edit-case.ts";

const sum = `
  const one = await ctx.step("one", () => hit("one", 1));
  const two = await ctx.step("two", () => hit("two", 2));
  return one + two;`;

const failing = `
  await ctx.step("one", () => hit("one"));
  await ctx.step({ name: "two", run: () => { throw new CriticalError("no money"); } });`;

export const finishedEdits: readonly EditCase[] = [
  {
    title: "gives another output",
    before: sum,
    edits: [["one + two", "one * two"]],
    expect: [["result", ""]],
    fixes: 0,
  },
  {
    title: "renames a step of a completed run",
    before: sum,
    edits: [['"two"', '"zwei"']],
    expect: [["renamed?", "zwei", 'step("zwei"']],
    fixes: 2,
  },
  {
    title: "adds a step at the end of a completed run",
    before: sum,
    edits: [["  return", '  await ctx.step("three", () => hit("three"));\n  return']],
    expect: [["inserted", "three", 'step("three"']],
    fixes: 0,
  },
  {
    title: "throws where a completed run completed",
    before: sum,
    edits: [["  return", '  if (two === 2) throw new Error("no");\n  return']],
    expect: [["threw", "", "new"]],
    fixes: 0,
  },
  {
    title: "catches what failed a run",
    before: failing,
    edits: [["  await ctx.step({", "  await ctx.tryStep({"]],
    expect: [["threw", ""]],
    fixes: 0,
  },
  {
    title: "changes nothing of a failed run",
    before: failing,
    edits: [],
    expect: [],
    fixes: 0,
  },
];
