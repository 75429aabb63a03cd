/**
 * What edited code means for a rollback: it enters the workflow again to find the handlers, so each step that has one
 * must still be asked for under its recorded name and at its recorded place, and have one.
 *
 * Invariant: a step that a rollback would not find is told of once: by the finding that answers for it, or by an entry
 * made here.
 */
import { pinnedSteps, type Rollback, rollbackOf } from "../execution/pinned-steps.ts";
import { locationOf, type Place } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";
import type { Seen } from "./examination.ts";
import { FIX_OF_HANDLER } from "./fixes.ts";
import type { Finding, ScopeLedger } from "./ledger.ts";
import type { ReplayEntry } from "./report.ts";

/** What closes a pass wherever the code does it, also in what is entered again to find handlers. */
const FAULTS: readonly Finding["verdict"][] = ["kind", "duplicate", "not awaited", "branches", "changed"];

/** Whether a difference stands in the way of a rollback that comes by. */
export function hindersRollback(ledger: ScopeLedger, finding: Finding): boolean {
  const { verdict, place } = finding;
  if (verdict === "result") return false;
  if ((place?.pins ?? 0) > 0) return true;
  if (FAULTS.includes(verdict) || (verdict === "threw" && !ledger.isVisited)) return ledger.isEnteredToUndo;
  return ledger.pinsFollow(finding);
}

/** In words, what becomes of the steps at and below a place when they are to be undone. */
export function missedHandlers(place: Place, rollback: Rollback): string {
  const count = [...pinnedSteps(place)].length;
  const what =
    place.entry?.kind === "step"
      ? "it was recorded with a rollback handler"
      : `${count} ${count === 1 ? "step" : "steps"} in it ${count === 1 ? "was" : "were"} recorded with a rollback handler`;
  return `${what}: ${CONSEQUENCE[rollback]}`;
}

const CONSEQUENCE: Readonly<Record<Rollback, string>> = {
  due: "the run is rolling back, and finds none under the recorded name",
  possible: "should the run fail, its rollback would find none under the recorded name, and be refused",
  none: "",
};

/** The steps that a rollback would not find and that nothing else tells of. */
export function missingHandlers(seen: Seen, entries: readonly ReplayEntry[]): ReplayEntry[] {
  const { history, undoable, assumptions, isStuck } = seen;
  const rollback = rollbackOf(history);
  if (rollback === "none") return [];
  const told = new Set(entries.filter(({ level }) => level === "difference").map(textOf));
  const isExplained = isStuck || told.size > 0;
  const missing: ReplayEntry[] = [];
  for (const place of pinnedSteps(history.root)) {
    if (undoable.has(place)) continue;
    const claim = assumptions.claimOf(place);
    const isToldOf = claim === undefined ? isExplained && !isInGone(place, seen) : claim !== "own";
    const entry = isToldOf ? undefined : entryFor(place, rollback);
    if (entry !== undefined && !told.has(textOf(entry))) missing.push(entry);
  }
  return missing;
}

function entryFor(place: Place, rollback: Rollback): ReplayEntry {
  const location = locationOf(place);
  return {
    verdict: "missing",
    level: "difference",
    location,
    recorded: { location, kind: "rollback" },
    detail: missedHandlers(place, rollback),
    ...(rollback === "possible" && { onRollbackOnly: true as const }),
    fix: [FIX_OF_HANDLER],
  };
}

function textOf({ location }: ReplayEntry): string {
  return formatLocation(location);
}

/** `removed` says that what holds it is gone. */
function isInGone(place: Place, { assumptions }: Seen): boolean {
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) if (assumptions.isGone(at)) return true;
  return false;
}
