// More edits of what stands one below the other: other kinds, parameters, scopes and faults.

import type { EditCase } from "./edit-case.ts";
import { approved, cart, END } from "./recorded-workflows.ts";

export const otherEdits: readonly EditCase[] = [
  {
    title: "makes a sleep of a step",
    before: cart,
    script: approved,
    edits: [['ctx.step("quote", () => hit("quote"))', 'ctx.sleep("quote", 5)']],
    expect: [["kind", "quote", 'sleep("quote"']],
    fixes: 2,
  },
  {
    title: "makes a wait of a step, past which nothing is known",
    before: cart,
    script: approved,
    edits: [['ctx.step("charge", () => hit("charge"))', 'ctx.queue.next("charge", { names: ["go"] })']],
    expect: [
      ["kind", "charge", 'next("charge"'],
      ["unreached", "end"],
    ],
    fixes: 2,
  },
  {
    title: "uses a recorded name twice at the frontier",
    before: cart,
    script: approved,
    edits: [['"end"', '"quote"']],
    expect: [["duplicate", "quote", 'next("quote"']],
    fixes: 1,
  },
  {
    title: "names a step like one before it",
    before: cart,
    script: approved,
    edits: [['"charge"', '"quote"']],
    expect: [["duplicate", "quote", 'step("quote"']],
    fixes: 1,
  },
  {
    title: "repeats a step before entries of another kind",
    before: cart,
    script: approved,
    edits: [
      ['  await ctx.sleep("cool', '  await ctx.step("quote", () => hit("quote again"));\n  await ctx.sleep("cool'],
    ],
    expect: [["duplicate", "quote", 'step("quote"']],
    fixes: 1,
  },
  {
    title: "forgets to await",
    before: cart,
    script: approved,
    edits: [
      ['  await ctx.queue.next("end"', '  void ctx.step("hurry", () => hit("hurry"));\n  await ctx.queue.next("end"'],
    ],
    expect: [
      ["inserted", "hurry", 'step("hurry"'],
      ["not awaited", "hurry", 'step("hurry"'],
      ["unreached", "end"],
    ],
    fixes: 2,
  },
  {
    title: "changes the length of a sleep",
    before: cart,
    script: approved,
    edits: [['"cool-off", 1000', '"cool-off", 60_000']],
    expect: [["changed", "cool-off", 'sleep("cool-off"']],
    fixes: 0,
  },
  {
    title: "changes the names that a wait takes, and its timeout",
    before: cart,
    script: approved,
    edits: [['"end", { names: ["go"] }', '"end", { names: ["go", "stop"], timeout: 5 }']],
    expect: [
      ["changed", "end", 'next("end"'],
      ["changed", "end", 'next("end"'],
    ],
    fixes: 0,
  },
  {
    title: "swaps two steps",
    before: `
  await ctx.step("archive", () => hit("archive"));
  await ctx.step("notify", () => hit("notify"));
  ${END}`,
    edits: [
      ['"archive", () => hit("archive")', '"x", () => hit("x")'],
      ['"notify", () => hit("notify")', '"archive", () => hit("archive")'],
      ['"x", () => hit("x")', '"notify", () => hit("notify")'],
    ],
    expect: [["moved", "notify", 'step("notify"']],
    fixes: 0,
  },
  {
    title: "puts a recorded step behind the wait where the run stands",
    before: `
  await ctx.step("archive", () => hit("archive"));
  ${END}`,
    edits: [
      [
        `  await ctx.step("archive", () => hit("archive"));\n  ${END}`,
        `  ${END}\n  await ctx.step("archive", () => hit("archive"));`,
      ],
    ],
    expect: [["missing", "archive", 'next("end"']],
    fixes: 1,
    isAskedLater: true,
  },
  {
    title: "wraps a step in a try block",
    before: cart,
    script: approved,
    edits: [
      [
        'await ctx.step("charge", () => hit("charge"))',
        'await ctx.try("safely", (inner) => inner.step("charge", () => hit("charge")))',
      ],
    ],
    expect: [["rescoped?", "safely/charge", 'step("charge"']],
    fixes: 1,
  },
  {
    title: "takes a step out of its try block",
    before: `
  await ctx.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
  });
  ${END}`,
    edits: [
      [
        `ctx.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
  })`,
        `ctx.step("charge", () => hit("charge"))`,
      ],
    ],
    expect: [["rescoped?", "charge", 'step("charge"']],
    fixes: 1,
  },
  {
    title: "renames a try block",
    before: `
  await ctx.try("safely", (inner) => inner.step("charge", () => hit("charge")));
  ${END}`,
    edits: [['"safely"', '"carefully"']],
    expect: [["renamed?", "carefully", 'try("carefully"']],
    fixes: 1,
  },
  {
    title: "takes out a try block with all that is in it",
    before: `
  await ctx.step("first", () => hit("first"));
  await ctx.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
    await inner.sleep("rest", 5);
  });
  ${END}`,
    script: [["nothing", 0]],
    edits: [
      [
        `  await ctx.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
    await inner.sleep("rest", 5);
  });
`,
        "",
      ],
    ],
    expect: [["missing", "safely", 'next("end"']],
    fixes: 1,
  },
  {
    title: "throws in the middle of what is recorded",
    before: cart,
    script: approved,
    edits: [["  await ctx.sleep(", '  if (cart === 7) throw new TypeError("seven");\n  await ctx.sleep(']],
    expect: [
      ["threw", "", "new"],
      ["unreached", "cool-off"],
      ["unreached", "approval"],
      ["unreached", "charge"],
      ["unreached", "end"],
    ],
    fixes: 0,
  },
  {
    title: "sends another body",
    before: `
  await ctx.queue.send("note", { text: "hello" });
  await ctx.step("after", () => hit("after"));
  ${END}`,
    edits: [['"hello"', '"good day"']],
    expect: [["changed", "note", 'send("note"']],
    compatible: false,
    fixes: 1,
  },
  {
    title: "inserts a send before recorded entries",
    before: cart,
    script: approved,
    edits: [["  const cart", '  await ctx.queue.send("note", "new");\n  const cart']],
    expect: [["inserted", "note", 'send("note"']],
    fixes: 1,
  },
  {
    title: "no longer makes a recorded send",
    before: `
  await ctx.queue.send("note", { text: "hello" });
  ${END}`,
    edits: [['  await ctx.queue.send("note", { text: "hello" });\n', ""]],
    expect: [],
    fixes: 0,
  },
  {
    title: "drops a version check and a removed mark",
    before: `
  const version = await ctx.getVersion("fast", 2);
  await ctx.removed("old", "step");
  await ctx.step("work", () => hit("work", version));
  ${END}`,
    edits: [
      ['  const version = await ctx.getVersion("fast", 2);\n', "  const version = 2;\n"],
      ['  await ctx.removed("old", "step");\n', ""],
    ],
    expect: [
      ["missing", "fast", 'step("work"'],
      ["missing", "old", 'step("work"'],
    ],
    fixes: 2,
  },
];
