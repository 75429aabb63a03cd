// Edits for which words say what to do, by themselves or beside a line to paste; and contexts by other names.

import type { EditCase } from "./edit-case.ts";
import { approved, cart, END } from "./recorded-workflows.ts";

const named = {
  "main.ts": `import type { WorkflowContext } from "dotworkflows";
export default async function flow(context: WorkflowContext) {
  await context.step("first", () => hit("first"));
  await context.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
  });
  await context.queue.next("end", { names: ["go"] });
}
`,
};

const race = `
  await ctx.race("first", [
    { name: "person", run: (person) => person.queue.next("answer", { names: ["approve"] }) },
    { name: "clock", run: (clock) => clock.queue.next("chime", { names: ["go"] }) },
  ]);
  ${END}`;

const mails = `
  for (const n of [0, 1, 2]) await ctx.step(\`mail-\${n}\`, () => hit("mail" + n));
  ${END}`;
const renamed = [0, 1, 2].map((n) => ["renamed?", `post-${n}`, "step"] as const);

export const wordEdits: readonly EditCase[] = [
  {
    title: "renames what one call asks for under computed names: keeps them as they were computed",
    before: mails,
    edits: [["`mail-", "`post-"]],
    expect: renamed,
    fixes: 0,
    byHand: { says: "keep the name as it was computed before", edits: [["`post-", "`mail-"]] },
  },
  {
    title: "renames what one call asks for under computed names: runs them anew",
    before: mails,
    edits: [["`mail-", "`post-"]],
    expect: renamed,
    fixes: 0,
    byHand: {
      says: 'put this right before the call, with the recorded name where … stands, computed as it was await ctx.removed(…, "step");',
      edits: [
        ["await ctx.step", '{ await ctx.removed(`mail-${n}`, "step"); await ctx.step'],
        ['hit("mail" + n));', 'hit("post" + n)); }'],
      ],
    },
  },
  {
    title: "inserts what one call asks for under computed names",
    before: `
  await ctx.sleep("rest", 5);
  ${END}`,
    script: [["nothing", 0]],
    edits: [
      [
        "  await ctx.sleep",
        '  for (const n of [0, 1]) await ctx.step(`post-${n}`, () => hit("post" + n));\n  await ctx.sleep',
      ],
    ],
    expect: [
      ["inserted", "post-0", "step"],
      ["inserted", "post-1", "step"],
    ],
    fixes: 0,
    byHand: {
      says: 'ask once, before the loop, and make the call only if (isNew) const isNew = (await ctx.getVersion("add-post-0", 2)) >= 2;',
      edits: [
        ["  for (const n", '  const isNew = (await ctx.getVersion("add-post-0", 2)) >= 2;\n  for (const n'],
        ["await ctx.step(`", "if (isNew) await ctx.step(`"],
      ],
    },
  },
  {
    title: "throws on purpose before what is recorded: left to new runs",
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
    byHand: {
      says: 'if ((await ctx.getVersion("stricter", 2)) >= 2) throw …',
      edits: [["(cart === 7) throw", '(cart === 7) if ((await ctx.getVersion("stricter", 2)) >= 2) throw']],
    },
  },
  {
    title: "throws in a branch before what is recorded there",
    before: `
  await ctx.join("pair", { left: { run: async (left) => {
    const size = await left.step("cut", () => hit("cut", 3));
    await left.sleep("rest", 1_000_000);
  } } });`,
    edits: [["    await left.sleep", '    if (size > 2) throw new Error("too big");\n    await left.sleep']],
    expect: [
      ["threw", "pair/left", "new"],
      ["unreached", "pair/left/rest"],
    ],
    fixes: 0,
    byHand: {
      says: "throw …",
      edits: [["(size > 2) throw", '(size > 2) if ((await left.getVersion("stricter", 2)) >= 2) throw']],
    },
  },
  {
    title: "gives a new branch to a join: the words keep the recorded ones",
    before: `
  await ctx.join("pair", { left: { run: (left) => left.queue.next("stop", { names: ["go"] }) } });
  ${END}`,
    edits: [["{ left: {", '{ right: { run: (right) => right.step("sew", () => hit("sew")) }, left: {']],
    expect: [["branches", "pair", 'join("pair"']],
    fixes: 1,
    byHand: {
      says: "keep the branches left; what is new belongs in a join of its own",
      edits: [
        ['right: { run: (right) => right.step("sew", () => hit("sew")) }, ', ""],
        [END, `await ctx.join("more", { right: { run: (right) => right.step("sew", () => hit("sew")) } });\n  ${END}`],
      ],
    },
  },
  {
    title: "inserts a wait before the one where the run stands",
    before: `
  await ctx.step("quote", () => hit("quote"));
  ${END}`,
    edits: [["  await ctx.queue", '  await ctx.queue.next("signature", { names: ["approve"] });\n  await ctx.queue']],
    expect: [
      ["inserted", "signature", 'next("signature"'],
      ["unreached", "end"],
    ],
    fixes: 1,
  },
  {
    title:
      "inserts a wait before the one where the run stands, whose name is computed: it may be new, or that one renamed",
    before: `
  const name = "end";
  await ctx.queue.next(name, { names: ["go"] });`,
    edits: [["  await ctx.queue", '  await ctx.queue.next("signature", { names: ["approve"] });\n  await ctx.queue']],
    expect: [
      ["renamed?", "signature", 'next("signature"'],
      ["changed", "signature", 'next("signature"'],
    ],
    fixes: 3,
    // The fixes for a rename are none for what is new: the other wait comes behind, where no comparison can see it.
    isAskedLater: true,
    byHand: {
      says: 'or, if it is new, leave it out on recorded runs if ((await ctx.getVersion("add-signature", 2)) >= 2)',
      edits: [
        [
          'await ctx.queue.next("signature"',
          'if ((await ctx.getVersion("add-signature", 2)) >= 2) await ctx.queue.next("signature"',
        ],
      ],
    },
  },
  {
    title: "gives a new branch to a race",
    before: race,
    edits: [['    { name: "clock"', '    { name: "boss", run: (boss) => boss.sleep("nap", 5) },\n    { name: "clock"']],
    expect: [["branches", "first", 'race("first"']],
    fixes: 1,
  },
  {
    title: "renames a branch of a race",
    before: race,
    edits: [['name: "person"', 'name: "human"']],
    expect: [
      ["branches", "first", 'race("first"'],
      ["unreached", "first/person/answer"],
    ],
    fixes: 1,
  },
  {
    title: "takes a step out of its try block, where the context has another name",
    before: named,
    edits: [
      [
        `context.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
  })`,
        'context.step("charge", () => hit("charge"))',
      ],
    ],
    expect: [["rescoped?", "charge", 'step("charge"']],
    fixes: 1,
  },
  {
    title: "takes out a try block, where the context has another name",
    before: named,
    edits: [
      [
        `  await context.try("safely", async (inner) => {
    await inner.step("charge", () => hit("charge"));
  });
`,
        "",
      ],
    ],
    expect: [["missing", "safely", 'next("end"']],
    fixes: 1,
  },
  {
    title: "moves the wait where the run stands out of an iteration",
    before: `
  await ctx.loop("days", async (day) => {
    await day.step("rise", () => hit("rise"));
    await day.queue.next("bell", { names: ["go"] });
    return Loop.break(1);
  });`,
    edits: [
      ['    await day.queue.next("bell", { names: ["go"] });\n', ""],
      ["  await ctx.loop", '  await ctx.queue.next("bell", { names: ["go"] });\n  await ctx.loop'],
    ],
    expect: [
      ["rescoped?", "bell", 'next("bell"'],
      ["unreached", "days"],
    ],
    fixes: 1,
  },
  {
    title: "forgets to await the wait where the run stands",
    before: cart,
    script: approved,
    edits: [[END, END.replace("await", "void")]],
    expect: [["not awaited", "end", 'next("end"']],
    fixes: 1,
  },
  {
    title: "changes the time of a sleepUntil",
    before: `
  await ctx.sleepUntil("spring", 2_000_000_000_000);`,
    edits: [["2_000_000_000_000", "2_000_000_000_001"]],
    expect: [["changed", "spring", 'sleepUntil("spring"']],
    fixes: 0,
  },
];
