// Random unfinished runs and random edits of their workflow: what the comparison calls compatible resumes on a copy to
// its end, with no divergence and nothing done twice; what it calls incompatible is refused before anything runs.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EntryKind,
  type HistoryEvent,
  Loop,
  runWorkflow,
  type WorkflowContext,
  type WorkflowResult,
} from "dotworkflows";
import { InMemoryDriver, ManualClock, replayHistory, type Source } from "dotworkflows/testing";

/** A workflow as data: what is asked for, one below the other. Names are unique in the whole plan. */
type Part =
  | { readonly kind: "step" | "sleep" | "wait" | "send" | "version"; readonly name: string }
  | { readonly kind: "removed"; readonly name: string; readonly was: EntryKind }
  | { readonly kind: "try" | "loop" | "join"; readonly name: string; readonly inside: readonly Part[] };

const leaf = fc.constantFrom("step", "step", "step", "sleep", "wait", "send", "version");
const shape = fc.letrec((tie) => ({
  part: fc.oneof({ depthSize: "small", maxDepth: 3, withCrossShrink: true }, leaf, tie("box")),
  box: fc.record({
    kind: fc.constantFrom("try", "loop", "join"),
    inside: fc.array(tie("part"), { minLength: 1, maxLength: 3 }),
  }),
}));
type Shape = string | { readonly kind: string; readonly inside: readonly Shape[] };
const plans = fc.array(shape["part"] as fc.Arbitrary<Shape>, { minLength: 2, maxLength: 6 }).map(named);

function named(shapes: readonly Shape[]): Part[] {
  let count = 0;
  const name = (each: Shape): Part => {
    const own = `p${count++}`;
    if (typeof each === "string") return { kind: each, name: own } as Part;
    return { kind: each.kind, name: own, inside: each.inside.map(name) } as Part;
  };
  return shapes.map(name);
}

/** Where, and what to do there. */
const edits = fc.record({
  at: fc.nat(30),
  what: fc.constantFrom(
    "rename",
    "insert step",
    "insert sleep",
    "remove",
    "swap",
    "to sleep",
    "wrap",
    "version",
    "replace",
    "none",
  ),
});

function edited(plan: readonly Part[], { at, what }: { at: number; what: string }): Part[] {
  let left = at % Math.max(1, size(plan));
  const edit = (parts: readonly Part[]): Part[] => {
    const result: Part[] = [];
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part === undefined) continue;
      const next = parts[index + 1];
      if (left-- !== 0) {
        result.push("inside" in part ? { ...part, inside: edit(part.inside) } : part);
      } else if (what === "swap" && next !== undefined) {
        result.push(next, part);
        index++;
      } else result.push(...editedPart(part, what));
    }
    return result;
  };
  return edit(plan);
}

function editedPart(part: Part, what: string): Part[] {
  switch (what) {
    case "rename":
      return [{ ...part, name: `${part.name}-new` }];
    case "insert step":
      return [{ kind: "step", name: "fresh" }, part];
    case "insert sleep":
      return [{ kind: "sleep", name: "fresh" }, part];
    case "version":
      return [{ kind: "version", name: "fresh" }, part];
    case "remove":
      return [];
    case "to sleep":
      return [{ kind: "sleep", name: part.name }];
    case "replace":
      return replaced(part);
    case "wrap":
      return [{ kind: "try", name: "wrapped", inside: [part] }];
    default:
      return [part];
  }
}

const KINDS = {
  step: "step",
  sleep: "sleep",
  wait: "message",
  version: "version_check",
  loop: "loop",
  join: "join",
} as const;

/** A new entry in the place of what used to be here; it waits. */
function replaced(part: Part): Part[] {
  const was = Object.entries(KINDS).find(([kind]) => kind === part.kind)?.[1];
  if (was === undefined) return [part];
  const { name } = part;
  return [
    { kind: "removed", name, was },
    { kind: "version", name: "fresh-version" },
    { kind: "sleep", name: "fresh" },
  ];
}

function size(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + 1 + ("inside" in part ? size(part.inside) : 0), 0);
}

/** What a text of the plan would tell of its names. */
function sourceOf(plan: readonly Part[]): Source {
  const named = new Set<string>();
  const visit = (parts: readonly Part[]): void => {
    for (const part of parts) {
      const kind = Object.entries(KINDS).find(([each]) => each === part.kind)?.[1];
      if (kind !== undefined) named.add(`${kind} ${part.name}`);
      if ("inside" in part) visit(part.inside);
    }
  };
  visit(plan);
  const callsOf: Source["callsBeside"] = (name, kind) =>
    named.has(`${kind} ${name}`) || name === "look" ? [{ file: "plan.ts", line: 1, column: 1 }] : [];
  return { callsOf, callsBeside: callsOf, mayMeet: () => true };
}

type Flow = (ctx: WorkflowContext) => Promise<unknown>;

function workflowOf(plan: readonly Part[], hits: string[]): Flow {
  const perform = async (ctx: WorkflowContext, parts: readonly Part[]): Promise<void> => {
    for (const part of parts) await performPart(ctx, part);
  };
  const performPart = async (ctx: WorkflowContext, part: Part): Promise<unknown> => {
    const { name } = part;
    switch (part.kind) {
      case "step":
        return ctx.step(name, () => void hits.push(name));
      case "sleep":
        return ctx.sleep(name, 1000);
      case "wait":
        return ctx.queue.next(name, { names: ["go"] });
      case "send":
        return ctx.queue.send(`to-${name}`, name);
      case "version":
        return ctx.getVersion(name, 2);
      case "removed":
        return ctx.removed(name, part.was);
      case "try":
        return ctx.try(name, (inner) => perform(inner, part.inside));
      case "loop":
        return ctx.loop({
          name,
          state: 0,
          run: async (turn, n) => {
            await perform(turn, part.inside);
            return n < 1 ? Loop.continue(n + 1) : Loop.break(n);
          },
        });
      case "join":
        return ctx.join(name, {
          left: { run: (left) => perform(left, part.inside) },
          right: { run: (right) => right.step("look", () => void hits.push(`${name}-right`)) },
        });
    }
  };
  return async (ctx) => {
    await perform(ctx, plan);
    return "over";
  };
}

/** Runs on, answering at most so many waits; an error is the result, too. */
async function goOn(
  flow: Flow,
  from: readonly HistoryEvent[],
  answers: number,
): Promise<{ events: HistoryEvent[]; state: string }> {
  const driver = new InMemoryDriver();
  driver.append(structuredClone(from));
  const clock = new ManualClock(Math.max(Date.UTC(2026, 0, 1), from.at(-1)?.at ?? 0));
  for (let answered = 0; ; answered++) {
    let result: WorkflowResult;
    try {
      result = await clock.advanceUntil(runWorkflow("run-1", flow, undefined, driver, { clock }).result);
    } catch (error) {
      return { events: driver.events, state: (error as { code?: string }).code ?? String(error) };
    }
    if (result.state !== "sleeping" || answered >= answers) return { events: driver.events, state: result.state };
    if (result.sleepUntil !== undefined) clock.set(Math.max(clock.now(), result.sleepUntil));
    for (const name of result.waitingForMessages ?? []) {
      await driver.inbox.add({ id: `m${driver.events.length}-${name}`, name, body: 1, sentAt: clock.now() });
    }
  }
}

describe("a comparison of random runs with random edits", () => {
  it("says what a resume does", { timeout: 60_000 }, async () => {
    const seen = { compatible: 0, incompatible: 0 };
    await fc.assert(
      fc.asyncProperty(
        plans,
        edits,
        fc.option(edits, { freq: 2 }),
        fc.nat(4),
        fc.boolean(),
        async (plan, first, second, answers, isRead) => {
          const hits: string[] = [];
          const recorded = await goOn(workflowOf(plan, hits), [], answers);
          fc.pre(recorded.state === "sleeping");
          const done = new Set(hits);
          const once = edited(plan, first);
          const code =
            second === null
              ? once
              : edited(once, {
                  ...second,
                  what: second.what
                    .replace("insert step", "none")
                    .replace("insert sleep", "none")
                    .replace("wrap", "rename")
                    .replace("replace", "none")
                    .replace("version", "none"),
                });
          const again: string[] = [];
          const report = await replayHistory(
            workflowOf(code, again),
            structuredClone(recorded.events),
            isRead ? { source: sourceOf(code) } : {},
          );
          expect(again).toEqual([]);
          const resumed = await goOn(workflowOf(code, again), recorded.events, 3000);
          if (report.compatible) {
            seen.compatible++;
            expect(resumed.state).toBe("completed");
            if (!plan.some(isLooped)) expect(again.filter((hit) => done.has(hit))).toEqual([]);
          } else {
            seen.incompatible++;
            expect([resumed.state, again]).toEqual(["history_diverged", []]);
          }
        },
      ),
      { numRuns: 250 },
    );
    expect(Math.min(seen.compatible, seen.incompatible)).toBeGreaterThan(40);
  });
});

/** A loop does the same again in each iteration: names alone do not tell them apart. */
function isLooped(part: Part): boolean {
  return part.kind === "loop" || ("inside" in part && part.inside.some(isLooped));
}
