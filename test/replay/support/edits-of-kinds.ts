// The same edits over each kind of entry: renamed, inserted, taken out, of another kind, named twice.

import type { Verdict } from "dotworkflows/testing";
import type { EditCase } from "./edit-case.ts";
import { END } from "./recorded-workflows.ts";

/** One entry of a kind under a name, which ends without help, and the text at which its call begins. */
interface Kind {
  readonly kind: string;
  readonly call: (name: string) => string;
  readonly site: string;
}

const kinds: readonly Kind[] = [
  { kind: "step", call: (name) => `ctx.step("${name}", () => hit("${name}"))`, site: 'step("' },
  { kind: "tryStep", call: (name) => `ctx.tryStep("${name}", () => hit("${name}"))`, site: 'tryStep("' },
  { kind: "sleep", call: (name) => `ctx.sleep("${name}", 5)`, site: 'sleep("' },
  { kind: "sleepUntil", call: (name) => `ctx.sleepUntil("${name}", 5)`, site: 'sleepUntil("' },
  { kind: "message", call: (name) => `ctx.queue.nextBatch("${name}", { timeout: 0 })`, site: 'nextBatch("' },
  {
    kind: "loop",
    call: (name) => `ctx.loop("${name}", async (turn) => Loop.break(await turn.step("in", () => hit("in ${name}"))))`,
    site: 'loop("',
  },
  {
    kind: "join",
    call: (name) => `ctx.join("${name}", { only: { run: (only) => only.step("in", () => hit("in ${name}")) } })`,
    site: 'join("',
  },
  {
    kind: "race",
    call: (name) => `ctx.race("${name}", [{ name: "only", run: (only) => only.step("in", () => hit("in ${name}")) }])`,
    site: 'race("',
  },
  { kind: "checkpoint", call: (name) => `ctx.rollbackCheckpoint("${name}")`, site: 'rollbackCheckpoint("' },
];

const around = (call: string): string => `
  await ctx.step("before", () => hit("before"));
  await ${call};
  await ctx.step("after", () => hit("after"));
  ${END}`;

/** What nobody has a value for holds up what follows. */
const held = (kind: string): readonly (readonly [Verdict, string])[] =>
  ["sleep", "sleepUntil", "checkpoint"].includes(kind)
    ? []
    : [
        ["unreached", "after"],
        ["unreached", "end"],
      ];

const LEFT_OUT: readonly string[] = ["step", "tryStep"];

const ofEachKind = kinds.flatMap(({ kind, call, site }): EditCase[] => [
  {
    title: `renames a ${kind} among others`,
    before: around(call("old")),
    script: [["nothing", 0]],
    edits: [[call("old"), call("new")]],
    expect: [["renamed?", "new", `${site}new"`]],
    fixes: 2,
  },
  {
    title: `inserts a ${kind} among others`,
    before: `
  await ctx.step("before", () => hit("before"));
  await ctx.sleepUntil("after", 5);
  ${END}`,
    script: [["nothing", 0]],
    edits: [['  await ctx.sleepUntil("after"', `  await ${call("new")};\n  await ctx.sleepUntil("after"`]],
    // A step is followed as if it gave undefined. A sleep at this place is taken for the one that follows, until that one is asked for.
    expect: [["inserted", "new", `${site}new"`], ...(LEFT_OUT.includes(kind) ? [] : held(kind))],
    fixes: 1,
  },
  {
    title: `takes out a ${kind} among others`,
    before: around(call("old")),
    script: [["nothing", 0]],
    edits: [[`  await ${call("old")};\n`, ""]],
    expect: [["missing", "old", 'step("after"']],
    fixes: 1,
  },
  {
    title: `names a ${kind} like what stands before it`,
    before: around(call("old")),
    script: [["nothing", 0]],
    edits: [[call("old"), call("before")]],
    expect: [["duplicate", "before", `${site}before"`]],
    fixes: 1,
  },
]);

const turned = [
  ["sleep", "step"],
  ["message", "sleep"],
  ["loop", "step"],
  ["join", "step"],
  ["race", "sleep"],
  ["checkpoint", "step"],
] as const;

const ofAnotherKind = turned.map(([from, to]): EditCase => {
  const [before, after] = [kindOf(from), kindOf(to)];
  return {
    title: `makes a ${to} of a ${from}`,
    before: around(before.call("it")),
    script: [["nothing", 0]],
    edits: [[before.call("it"), after.call("it")]],
    expect: [["kind", "it", `${after.site}it"`], ...held(to)],
    fixes: 2,
  };
});

function kindOf(wanted: string): Kind {
  const found = kinds.find(({ kind }) => kind === wanted);
  if (found === undefined) throw new Error(`no kind ${wanted}`);
  return found;
}

export const kindEdits: readonly EditCase[] = [...ofEachKind, ...ofAnotherKind];
