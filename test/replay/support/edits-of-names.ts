// Edits of which the text of the code tells more than the calls do: which recorded names it still calls, and which not.

import type { EditCase } from "./edit-case.ts";
import { END } from "./recorded-workflows.ts";

const mail = `
  await ctx.step("mail", () => hit("mail"));
  ${END}`;

const old = `
  await ctx.step("old", () => hit("old"));
  ${END}
  return "over";`;

const before = '  await ctx.step("mail"';

const waits = [
  ["message", 'ctx.queue.next("approval", { names: ["approve"] })'],
  ["sleep", 'ctx.sleep("approval", 1_000_000)'],
  ["race", 'ctx.race("approval", [{ name: "yes", run: (yes) => yes.queue.next("answer", { names: ["approve"] }) }])'],
  ["loop", 'ctx.loop("approval", async (turn) => Loop.break(await turn.queue.next("answer", { names: ["go"] })))'],
] as const;

const inserted = [
  ["an object", "const { id } =", '"charge"', "{ id: 1 }"],
  [
    "an object over several lines",
    "const {\n    id,\n    key: other = 1,\n    ...rest\n  } =",
    '"charge"',
    "{ id: 1 }",
  ],
  ["a list", "const [id] =", '"charge"', "[1]"],
  ["an object, under a name alike,", "const { id } =", '"mails"', "{ id: 1 }"],
] as const;

export const nameEdits: readonly EditCase[] = [
  ...inserted.map(([what, taker, name, value]): EditCase => ({
    title: `inserts a step whose result is taken apart as ${what} before a step that gives nothing`,
    before: mail,
    edits: [[before, `  ${taker} await ctx.step(${name}, () => hit(${name}, ${value}));\n  void id;\n${before}`]],
    expect: [
      ["inserted", JSON.parse(name) as string, `step(${name}`],
      ["unreached", "mail"],
      ["unreached", "end"],
    ],
    fixes: 1,
  })),
  {
    title: "inserts a step whose result is taken apart in depth: only the user knows what recorded runs use instead",
    before: mail,
    edits: [
      [
        before,
        `  const { by: { id } } = await ctx.step("charge", () => hit("charge", { by: { id: 1 } }));\n  void id;\n${before}`,
      ],
    ],
    expect: [
      ["inserted", "charge", 'step("charge"'],
      ["unreached", "mail"],
      ["unreached", "end"],
    ],
    fixes: 0,
    byHand: {
      says: `behind the colon stands what they use instead const { by: { id } } = (await ctx.getVersion("add-charge", 2)) >= 2
  ? await ctx.step("charge", …)
  : …;`,
      edits: [
        ['= await ctx.step("charge"', '= (await ctx.getVersion("add-charge", 2)) >= 2 ? await ctx.step("charge"'],
        ["{ id: 1 } }));", "{ id: 1 } })) : { by: { id: 0 } };"],
      ],
    },
  },
  {
    title: "inserts a step where the recorded name is computed: it may be new, or that one renamed",
    before: `
  const name = "mail";
  await ctx.step(name, () => hit("mail"));
  ${END}`,
    edits: [
      [
        "  await ctx.step(name",
        '  const { id } = await ctx.step("charge", () => hit("charge", { id: 1 }));\n  void id;\n  await ctx.step(name',
      ],
    ],
    expect: [
      ["renamed?", "charge", 'step("charge"'],
      ["threw", "", "id"],
      ["unreached", "end"],
    ],
    fixes: 3,
    // Of two guesses one is wrong; which, the text does not tell.
    isAskedLater: true,
    byHand: {
      says: "if it is new, leave it out on recorded runs; behind the colon stands what they use instead",
      edits: [
        ['= await ctx.step("charge"', '= (await ctx.getVersion("add-charge", 2)) >= 2 ? await ctx.step("charge"'],
        ["{ id: 1 }));", "{ id: 1 })) : { id: undefined };"],
      ],
    },
  },
  {
    title: "moves a recorded step behind the wait: it is told where it is called",
    before: old,
    edits: [
      ['  await ctx.step("old", () => hit("old"));\n', ""],
      ['  return "over"', '  await ctx.step("old", () => hit("old"));\n  return "over"'],
    ],
    expect: [["missing", "old", 'next("end"']],
    fixes: 1,
    byHand: {
      says: "put the call at main.ts:5 back where it was recorded, before main.ts:4",
      edits: [
        ['  await ctx.step("old", () => hit("old"));\n', ""],
        [`  ${END}`, `  await ctx.step("old", () => hit("old"));\n  ${END}`],
      ],
    },
  },
  {
    title: "moves a recorded step behind the wait and puts another in its place",
    before: old,
    edits: [
      ['step("old", () => hit("old"))', 'step("fresh", () => hit("fresh"))'],
      ['  return "over"', '  await ctx.step("old", () => hit("old"));\n  return "over"'],
    ],
    expect: [["renamed?", "fresh", 'step("fresh"']],
    fixes: 3,
    isAskedLater: true,
    byHand: {
      says: 'or run it anew: "fresh" then runs on recorded runs, too; the call at main.ts:6 then needs another name',
      edits: [
        ['  await ctx.step("fresh"', '  await ctx.removed("old", "step");\n  await ctx.step("fresh"'],
        ['step("old"', 'step("old-2"'],
      ],
    },
  },
  ...waits.map(([kind, call]): EditCase => ({
    title: `takes out the ${kind} where the run stands, before a step`,
    before: `
  await ctx.step("book", () => hit("book"));
  await ${call};
  await ctx.step("pay", () => hit("pay"));`,
    edits: [[`  await ${call};\n`, ""]],
    expect: [["missing", "approval", 'step("pay"']],
    fixes: 1,
  })),
  {
    title: "takes out the wait where the run stands, but for a comment that names it",
    before: `
  await ctx.step("book", () => hit("book"));
  await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("pay", () => hit("pay"));`,
    edits: [["  await ctx.queue", "  // await ctx.queue"]],
    expect: [["missing", "approval", 'step("pay"']],
    fixes: 1,
  },
  {
    title: "moves the wait where the run stands behind the step after it",
    before: `
  await ctx.step("book", () => hit("book"));
  await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("pay", () => hit("pay"));
  await ctx.sleep("rest", 5);`,
    edits: [
      ['  await ctx.queue.next("approval", { names: ["approve"] });\n', ""],
      ["  await ctx.sleep", '  await ctx.queue.next("approval", { names: ["approve"] });\n  await ctx.sleep'],
    ],
    expect: [["inserted", "pay", 'step("pay"']],
    fixes: 1,
  },
  {
    title: "renames a step of one workflow, where another one in the file has a step of the old name",
    before: {
      "main.ts": `import type { WorkflowContext } from "dotworkflows";
export default async function flow(ctx: WorkflowContext) {
  await ctx.step("charge", () => hit("charge"));
  ${END}
}
export async function other(ctx: WorkflowContext) {
  await ctx.step("charge", () => hit("charge"));
}
`,
    },
    edits: [['"charge"', '"debit"']],
    expect: [["renamed?", "debit", 'step("debit"']],
    fixes: 2,
  },
];
