// Edits of what stands one below the other.

import type { EditCase } from "./edit-case.ts";
import { approved, cart } from "./recorded-workflows.ts";

export const plainEdits: readonly EditCase[] = [
  { title: "that changes nothing", before: cart, edits: [], expect: [], fixes: 0, script: approved },
  {
    title: "renames a step deep inside",
    before: cart,
    script: approved,
    edits: [['"validate-cart"', '"validate-order"']],
    expect: [["renamed?", "validate-order", 'step("validate-order"']],
    fixes: 2,
  },
  {
    title: "renames a step in JavaScript",
    before: cart,
    ending: "js",
    script: approved,
    edits: [['"validate-cart"', '"validate-order"']],
    expect: [["renamed?", "validate-order", 'step("validate-order"']],
    fixes: 2,
  },
  {
    title: "renames a sleep",
    before: cart,
    script: approved,
    edits: [['"cool-off"', '"calm"']],
    expect: [["renamed?", "calm", 'sleep("calm"']],
    fixes: 2,
  },
  {
    title: "renames a queue wait that was answered",
    before: cart,
    script: approved,
    edits: [['"approval"', '"consent"']],
    expect: [["renamed?", "consent", 'next("consent"']],
    fixes: 2,
  },
  {
    title: "renames the wait at the frontier",
    before: cart,
    script: approved,
    edits: [['"end"', '"finish"']],
    expect: [["renamed?", "finish", 'next("finish"']],
    fixes: 3,
  },
  {
    title: "renames two steps in one go",
    before: cart,
    script: approved,
    edits: [
      ['"validate-cart"', '"validate-order"'],
      ['"charge"', '"debit"'],
    ],
    expect: [
      ["renamed?", "validate-order", 'step("validate-order"'],
      ["renamed?", "debit", 'step("debit"'],
    ],
    fixes: 4,
  },
  {
    title: "renames a step and takes out another",
    before: cart,
    script: approved,
    edits: [
      ['"quote"', '"offer"'],
      ['  await ctx.step("charge", () => hit("charge"));\n', ""],
    ],
    expect: [
      ["renamed?", "offer", 'step("offer"'],
      ["missing", "charge", 'next("end"'],
    ],
    fixes: 3,
  },
  {
    title: "inserts a step before recorded ones",
    before: cart,
    script: approved,
    edits: [["  const cart", '  await ctx.step("fraud-check", () => hit("fraud"));\n  const cart']],
    expect: [["inserted", "fraud-check", 'step("fraud-check"']],
    fixes: 1,
  },
  {
    title: "inserts a step before an entry of another kind",
    before: cart,
    script: approved,
    edits: [['  await ctx.sleep("cool', '  await ctx.step("fraud", () => hit("fraud"));\n  await ctx.sleep("cool']],
    expect: [["inserted", "fraud", 'step("fraud"']],
    fixes: 1,
  },
  {
    title: "inserts a sleep, and is followed past it",
    before: cart,
    script: approved,
    edits: [
      ["  const cart", '  await ctx.sleep("breathe", 5);\n  const cart'],
      ['"charge"', '"debit"'],
    ],
    expect: [
      ["inserted", "breathe", 'sleep("breathe"'],
      ["renamed?", "debit", 'step("debit"'],
    ],
    fixes: 3,
  },
  {
    title: "inserts a wait before recorded entries",
    before: cart,
    script: approved,
    edits: [["  const cart", '  await ctx.queue.next("early", { names: ["go"] });\n  const cart']],
    expect: [["inserted", "early", 'next("early"']],
    fixes: 1,
  },
  {
    title: "adds a step at the frontier",
    before: cart,
    script: approved,
    edits: [['  await ctx.step("ship"', '  await ctx.step("pack", () => hit("pack"));\n  await ctx.step("ship"']],
    expect: [],
    fixes: 0,
  },
  {
    title: "inserts a checkpoint",
    before: cart,
    script: approved,
    edits: [["  const cart", '  await ctx.rollbackCheckpoint("from here");\n  const cart']],
    expect: [["inserted", '"from here"', 'rollbackCheckpoint("from here"']],
    fixes: 1,
  },
  {
    title: "takes out a step",
    before: cart,
    script: approved,
    edits: [['  await ctx.step("quote", () => hit("quote"));\n', ""]],
    expect: [["missing", "quote", 'step("validate-cart"']],
    fixes: 1,
  },
  {
    title: "takes out a sleep and a wait",
    before: cart,
    script: approved,
    edits: [
      ['  await ctx.sleep("cool-off", 1000);\n', ""],
      ['  const ok = await ctx.queue.next("approval", { names: ["approve"] });\n', ""],
    ],
    expect: [
      ["missing", "cool-off", 'step("charge"'],
      ["missing", "approval", 'step("charge"'],
    ],
    fixes: 2,
  },
];
