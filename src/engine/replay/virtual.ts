/**
 * Places for entries that are not recorded but whose value is known or assumed, so that the comparison can follow the
 * code past them. They stand outside every history.
 */
import { emptyPlace, type Entry, type Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";

/** Kinds whose answer is nothing, so that it is known. */
export const VOID_KINDS: readonly string[] = ["sleep", "rollback_checkpoint"];

/** Kinds that are entered rather than answered: what is in them is compared. */
export const CONTAINERS: readonly string[] = ["loop", "join", "race"];

/**
 * A place that answers with this value; undefined when the value makes no sense for the kind.
 * @param seq a number after all that is recorded
 * @param at when it is to have ended, ms since 1970
 */
export function virtualPlace(
  kind: EntryKind,
  name: string,
  value: unknown,
  { seq, at }: { seq: number; at: number },
): Place | undefined {
  const entry = virtualEntry(kind, value, { startedAt: at, endedAt: at });
  if (entry === undefined) return undefined;
  const place = emptyPlace(name, undefined, seq);
  place.entry = entry;
  return place;
}

function virtualEntry(
  kind: EntryKind,
  value: unknown,
  times: { startedAt: number; endedAt: number },
): Entry | undefined {
  const done = { ...times, status: "completed" as const };
  switch (kind) {
    case "step":
      return { ...done, kind, attempts: 1, failures: 0, rollback: false, rolledBack: false, output: value };
    case "sleep":
      return { ...done, kind, until: times.endedAt, how: "elapsed" };
    case "rollback_checkpoint":
      return { ...done, kind };
    case "message":
      return {
        ...done,
        kind,
        count: 1,
        messages: [{ id: "assumed", name: "assumed", body: value, sentAt: times.endedAt }],
      };
    case "loop":
      return { ...done, kind, iteration: 0, begun: new Map(), prunedBefore: 0, output: value };
    case "join":
      return isRecord(value) ? { ...done, kind, open: 0, failed: 0, branches: branchesOf(value) } : undefined;
    case "race": {
      const winner = isRecord(value) ? value["winner"] : undefined;
      if (!isRecord(value) || typeof winner !== "string") return undefined;
      return { ...done, kind, open: 0, failed: 0, winner, branches: branchesOf({ [winner]: value["value"] }) };
    }
    case "removed":
    case "version_check":
      return undefined;
  }
}

type Branches = Extract<Entry, { kind: "join" | "race" }>["branches"];

function branchesOf(outputs: Record<string, unknown>): Branches {
  return new Map(Object.entries(outputs).map(([name, output]) => [name, { name, status: "completed", output }]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
