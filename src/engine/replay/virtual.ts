/**
 * Events for entries that are not recorded but whose value is known or assumed, so that the comparison can follow the
 * code past them. They go into the comparison's scratch history and nowhere else.
 */
import type { EntryKind, NewEvent } from "../history/events.ts";
import type { Location } from "../history/location.ts";

/** Kinds whose answer is nothing, so that it is known. */
export const VOID_KINDS: readonly EntryKind[] = ["sleep", "rollback_checkpoint"];

/** The events that make an entry of this kind answer with this value; undefined when the value makes no sense for it. */
export function answerWith(kind: EntryKind, loc: Location, value: unknown): NewEvent[] | undefined {
  switch (kind) {
    case "step":
      return [
        { type: "step.started", loc, attempt: 1 },
        { type: "step.completed", loc, attempt: 1, output: value },
      ];
    case "sleep":
      return [
        { type: "sleep.started", loc, until: 0 },
        { type: "sleep.ended", loc, how: "elapsed" },
      ];
    case "rollback_checkpoint":
      return [{ type: "checkpoint.set", loc }];
    case "message":
      return [{ type: "queue.received", loc, messages: [{ id: "assumed", name: "assumed", body: value, sentAt: 0 }] }];
    case "loop":
      return [
        { type: "loop.started", loc, state: undefined },
        { type: "loop.completed", loc, output: value },
      ];
    case "join":
      return isRecord(value) ? joined(loc, value) : undefined;
    case "race":
      return isRecord(value) && typeof value["winner"] === "string"
        ? won(loc, value["winner"], value["value"])
        : undefined;
    case "removed":
    case "version_check":
      return undefined;
  }
}

function joined(loc: Location, outputs: Record<string, unknown>): NewEvent[] {
  const branches = Object.keys(outputs);
  const completed = branches.map((branch) => ({
    type: "branch.completed" as const,
    loc: [...loc, branch],
    output: outputs[branch],
  }));
  return [{ type: "join.started", loc, branches }, ...completed];
}

function won(loc: Location, winner: string, value: unknown): NewEvent[] {
  return [
    { type: "race.started", loc, branches: [winner] },
    { type: "branch.completed", loc: [...loc, winner], output: value },
    { type: "race.won", loc, winner },
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
