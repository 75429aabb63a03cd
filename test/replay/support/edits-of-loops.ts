// Edits of loops, and of what stands in their iterations.

import type { EditCase } from "./edit-case.ts";
import { END } from "./recorded-workflows.ts";

const orders = `
  await ctx.loop({ name: "orders", state: 0, run: async (order, n) => {
    await order.step("load", () => hit("load" + n));
    const next = await order.queue.next("which", { names: ["next"] });
    await order.step("save", () => hit("save" + n));
    return n < 5 ? Loop.continue(n + 1) : Loop.break("done");
  } });
  ${END}`;

const twoOrders = [
  ["next", 1],
  ["next", 1],
] as const;

const deep = `
  await ctx.loop({ name: "days", state: 0, run: async (day, n) => {
    await day.join("both", {
      left: { run: async (left) => {
        await left.try("careful", async (inner) => {
          await inner.step("pick", () => hit("pick"));
          await inner.sleep("pause", 10);
          await inner.step("place", () => hit("place"));
          await inner.queue.next("word", { names: ["go"] });
        });
      } },
      right: { run: async (right) => right.step("look", () => hit("look")) },
    });
    return Loop.break(n);
  } });
  ${END}`;
const days = [["nothing", 0]] as const;

export const loopEdits: readonly EditCase[] = [
  {
    title: "renames a loop that is under way",
    before: orders,
    script: twoOrders,
    edits: [['"orders"', '"jobs"']],
    expect: [["renamed?", "jobs", 'loop({ name: "jobs"']],
    fixes: 2,
  },
  {
    title: "renames a step in an iteration",
    before: orders,
    script: twoOrders,
    edits: [['"load",', '"fetch",']],
    expect: [["renamed?", "orders[2]/fetch", 'step("fetch"']],
    fixes: 2,
  },
  {
    title: "inserts a step in an iteration",
    before: orders,
    script: twoOrders,
    edits: [["    const next", '    await order.step("check", () => hit("check" + n));\n    const next']],
    expect: [["inserted", "orders[2]/check", 'step("check"']],
    fixes: 1,
  },
  {
    title: "adds a step behind the wait of an iteration",
    before: orders,
    script: twoOrders,
    edits: [["    return n", '    await order.step("tell", () => hit("tell" + n));\n    return n']],
    expect: [],
    fixes: 0,
  },
  {
    title: "takes a step out of an iteration",
    before: orders,
    script: twoOrders,
    edits: [['    await order.step("load", () => hit("load" + n));\n', ""]],
    expect: [["missing", "orders[2]/load", 'next("which"']],
    fixes: 1,
  },
  {
    title: "takes out a finished loop",
    before: `
  await ctx.loop("three", async (turn) => {
    await turn.step("work", () => hit("work"));
    return Loop.break(1);
  });
  ${END}`,
    edits: [
      [
        `  await ctx.loop("three", async (turn) => {
    await turn.step("work", () => hit("work"));
    return Loop.break(1);
  });
`,
        "",
      ],
    ],
    expect: [["missing", "three", 'next("end"']],
    fixes: 1,
  },
  {
    title: "edits a finished loop, whose recorded output answers",
    before: `
  await ctx.loop("three", async (turn) => {
    await turn.step("work", () => hit("work"));
    return Loop.break(1);
  });
  ${END}`,
    edits: [['turn.step("work"', 'turn.step("toil"']],
    expect: [],
    fixes: 0,
  },
  {
    title: "edits a finished loop that is walked through",
    before: `
  await ctx.loop("three", async (turn) => {
    await turn.step("work", () => hit("work"));
    return Loop.break(1);
  });
  ${END}`,
    deep: true,
    edits: [["Loop.break(1)", "Loop.break(2)"]],
    expect: [["result", "three[0]"]],
    compatible: true,
    fixes: 0,
  },
  {
    title: "moves a step out of an iteration",
    before: orders,
    script: twoOrders,
    edits: [
      ['    await order.step("load", () => hit("load" + n));\n', ""],
      ["  await ctx.loop(", '  await ctx.step("load", () => hit("load0"));\n  await ctx.loop('],
    ],
    expect: [["rescoped?", "load", 'step("load"']],
    fixes: 1,
  },
  {
    title: "renames a step nested three deep, in a loop, a join and a try block",
    before: deep,
    script: days,
    edits: [['"pick"', '"grasp"']],
    expect: [["renamed?", "days[0]/both/left/careful/grasp", 'step("grasp"']],
    fixes: 2,
  },
  {
    title: "inserts and takes out, nested three deep",
    before: deep,
    script: days,
    edits: [
      ['          await inner.sleep("pause", 10);\n', ""],
      ["          await inner.queue", '          await inner.sleep("settle", 5);\n          await inner.queue'],
      ['"look"', '"watch"'],
    ],
    expect: [
      ["missing", "days[0]/both/left/careful/pause", 'step("place"'],
      ["inserted", "days[0]/both/left/careful/settle", 'sleep("settle"'],
    ],
    fixes: 2,
  },
  {
    title: "moves a wait nested three deep out of its try block",
    before: deep,
    script: days,
    edits: [
      [
        '          await inner.queue.next("word", { names: ["go"] });\n        });\n',
        '        });\n        await left.queue.next("word", { names: ["go"] });\n',
      ],
    ],
    expect: [["rescoped?", "days[0]/both/left/word", 'next("word"']],
    fixes: 1,
  },
];
