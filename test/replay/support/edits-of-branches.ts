// Edits of joins and races, and of what stands in their branches.

import type { EditCase } from "./edit-case.ts";
import { END } from "./recorded-workflows.ts";

const pair = `
  const both = await ctx.join("pair", {
    left: { run: async (left) => {
      await left.step("cut", () => hit("cut"));
      await left.queue.next("stop", { names: ["go"] });
    } },
    right: { run: async (right) => right.step("sew", () => hit("sew")) },
  });
  ${END}`;

const race = `
  const first = await ctx.race("first", [
    { name: "person", run: async (person) => {
      await person.step("ask", () => hit("ask"));
      await person.queue.next("answer", { names: ["approve"] });
      return 1;
    } },
    { name: "clock", run: async (clock) => {
      await clock.step("wind", () => hit("wind"));
      await clock.queue.next("chime", { names: ["go"] });
      return 2;
    } },
  ]);
  ${END}`;

export const branchEdits: readonly EditCase[] = [
  {
    title: "renames a step in an open branch",
    before: pair,
    edits: [['"cut"', '"trim"']],
    expect: [["renamed?", "pair/left/trim", 'step("trim"']],
    fixes: 2,
  },
  {
    title: "renames a step in a finished branch, which is not entered again",
    before: pair,
    edits: [['"sew"', '"stitch"']],
    expect: [],
    fixes: 0,
  },
  {
    title: "changes what finished branches give, each of which is told of at its own last call",
    before: `
  await ctx.join("pair", {
    left: { run: async (left) => { await left.step("cut", () => hit("cut")); return 1; } },
    right: { run: async (right) => { await right.step("sew", () => hit("sew")); return 2; } },
  });
  await ctx.sleep("end", 1_000);`,
    deep: true,
    edits: [
      ["return 1", "return 3"],
      ["return 2", "return 4"],
    ],
    expect: [
      ["result", "pair/left", 'step("cut"'],
      ["result", "pair/right", 'step("sew"'],
    ],
    compatible: true,
    fixes: 0,
  },
  {
    title: "renames a step in a finished branch that is walked through",
    before: pair,
    deep: true,
    edits: [['"sew"', '"stitch"']],
    expect: [["renamed?", "pair/right/stitch", 'step("stitch"']],
    compatible: true,
    fixes: 2,
  },
  {
    title: "renames a join that is under way",
    before: pair,
    edits: [['"pair"', '"couple"']],
    expect: [["renamed?", "couple", 'join("couple"']],
    fixes: 2,
  },
  {
    title: "adds a branch",
    before: pair,
    edits: [
      ["    right: {", '    middle: { run: async (middle) => middle.step("glue", () => hit("glue")) },\n    right: {'],
    ],
    expect: [["branches", "pair", 'join("pair"']],
    fixes: 1,
  },
  {
    title: "takes out the branch that waits",
    before: pair,
    edits: [
      [
        `    left: { run: async (left) => {
      await left.step("cut", () => hit("cut"));
      await left.queue.next("stop", { names: ["go"] });
    } },
`,
        "",
      ],
    ],
    expect: [
      ["branches", "pair", 'join("pair"'],
      ["unreached", "pair/left/cut"],
      ["unreached", "pair/left/stop"],
    ],
    fixes: 1,
  },
  {
    title: "inserts a step in each branch of a race",
    before: race,
    edits: [
      ["      await person.queue", '      await person.step("insist", () => hit("insist"));\n      await person.queue'],
      ["      await clock.queue", '      await clock.step("oil", () => hit("oil"));\n      await clock.queue'],
    ],
    expect: [
      ["inserted", "first/person/insist", 'step("insist"'],
      ["inserted", "first/clock/oil", 'step("oil"'],
    ],
    fixes: 2,
  },
  {
    title: "renames a race that was won",
    before: race,
    script: [["approve", {}]],
    edits: [['"first"', '"winner"']],
    expect: [["renamed?", "winner", 'race("winner"']],
    fixes: 2,
  },
  {
    title: "makes a join of a race",
    before: race,
    script: [["approve", {}]],
    edits: [
      [
        race.slice(race.indexOf("await ctx.race("), race.indexOf("]);") + 3),
        'await ctx.join("first", { only: { run: async (only) => only.step("solo", () => hit("solo")) } });',
      ],
    ],
    expect: [
      ["kind", "first", 'join("first"'],
      ["unreached", "end"],
    ],
    fixes: 2,
  },
  {
    title: "moves a step from one branch to another",
    before: pair,
    edits: [
      ['      await left.step("cut", () => hit("cut"));\n', ""],
      ['async (right) => right.step("sew", () => hit("sew"))', 'async (right) => right.step("sew", () => hit("sew"))'],
    ],
    expect: [["missing", "pair/left/cut", 'next("stop"']],
    fixes: 1,
  },
  {
    title: "wraps steps in a join",
    before: `
  await ctx.step("cut", () => hit("cut"));
  await ctx.step("sew", () => hit("sew"));
  ${END}`,
    edits: [
      [
        `  await ctx.step("cut", () => hit("cut"));
  await ctx.step("sew", () => hit("sew"));
`,
        `  await ctx.join("pair", {
    left: { run: async (left) => left.step("cut", () => hit("cut")) },
    right: { run: async (right) => right.step("sew", () => hit("sew")) },
  });
`,
      ],
    ],
    expect: [
      ["inserted", "pair", 'join("pair"'],
      ["rescoped?", "pair/left/cut", 'step("cut"'],
      ["rescoped?", "pair/right/sew", 'step("sew"'],
    ],
    fixes: 4,
  },
  {
    title: "inserts a whole join, of which only the join is told",
    before: `
  await ctx.step("cut", () => hit("cut"));
  ${END}`,
    edits: [
      [
        "  await ctx.step(",
        `  await ctx.join("pair", {
    left: { run: async (left) => left.sleep("nap", 5) },
    right: { run: async (right) => right.queue.next("ring", { names: ["next"] }) },
  });
  await ctx.step(`,
      ],
    ],
    expect: [
      ["inserted", "pair", 'join("pair"'],
      ["unreached", "cut"],
      ["unreached", "end"],
    ],
    fixes: 1,
  },
];
