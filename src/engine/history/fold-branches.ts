/**
 * What events do to joins, races and their branches, and what a recovery reopens. Part of the fold.
 *
 * Invariants:
 * 1. A join ends when its last branch does; a race ends with `race.won`, or when its last branch has failed.
 * 2. A cancelled branch waits for nothing.
 */
import {
  type Branch,
  type BranchesEntry,
  entryOf,
  isBranches,
  misplaced,
  type Place,
  type StepEntry,
} from "./entries.ts";
import type { EventOf } from "./events.ts";
import type { Location } from "./location.ts";

/** The entry of a join or race that begins. */
export function newBranches(event: EventOf<"join.started" | "race.started">): BranchesEntry {
  const branches = new Map<string, Branch>();
  for (const name of event.branches) branches.set(name, { name, status: "running" });
  const kind = event.type === "join.started" ? "join" : "race";
  const empty = kind === "join" ? "completed" : "failed";
  const status = branches.size === 0 ? empty : "running";
  return { kind, status, branches, open: branches.size, failed: 0, startedAt: event.at };
}

/** Gives a race its winner. */
export function winRace(place: Place, event: EventOf<"race.won">): void {
  const race = entryOf<BranchesEntry>(place, "race");
  race.status = "completed";
  race.winner = event.winner;
  race.endedAt = event.at;
}

type BranchEvent = EventOf<"branch.completed" | "branch.failed" | "branch.cancelled">;

/** Applies the end of a branch to its join or race. */
export function applyToBranch(waits: Set<Place>, place: Place, event: BranchEvent): void {
  const owner = place.parent?.entry;
  const branch = isBranches(owner) ? owner.branches.get(String(place.segment)) : undefined;
  if (!isBranches(owner) || branch === undefined) throw misplaced(place, event.type);
  branch.endedAt = event.at;
  owner.open--;
  switch (event.type) {
    case "branch.completed":
      branch.status = "completed";
      branch.output = event.output;
      break;
    case "branch.failed":
      branch.status = "failed";
      branch.error = event.error;
      branch.causes = event.causes;
      owner.failed++;
      break;
    case "branch.cancelled":
      branch.status = "cancelled";
      endWaits(waits, place);
  }
  const failed = owner.kind === "join" ? owner.failed > 0 : owner.failed === owner.branches.size;
  if (owner.open === 0 && (owner.kind === "join" || failed)) {
    owner.status = failed ? "failed" : "completed";
    owner.endedAt = event.at;
  }
}

/** What was cancelled or removed waits for nothing any more, nor does anything in it. */
export function endWaits(waits: Set<Place>, place: Place): void {
  waits.delete(place);
  for (const child of place.children?.values() ?? []) endWaits(waits, child);
}

/** Gives the entries that failed the run a fresh set of attempts, and reopens what failed because of them. */
export function recoverEntries(find: (location: Location) => Place | undefined, causes: readonly Location[]): void {
  for (const location of causes) {
    const place = find(location);
    if (place === undefined) continue;
    if (place.entry?.kind === "step") reopenStep(place.entry);
    if (place.entry?.kind === "message" && place.entry.status === "timed_out") place.entry = undefined;
    for (let at: Place | undefined = place; at?.parent !== undefined; at = at.parent) {
      const owner = at.parent.entry;
      if (isBranches(owner)) reopenBranch(owner, String(at.segment));
    }
  }
}

function reopenStep(step: StepEntry): void {
  if (step.status !== "failed") return;
  step.status = "interrupted";
  step.failures = 0;
  delete step.endedAt;
}

function reopenBranch(owner: BranchesEntry, name: string): void {
  const branch = owner.branches.get(name);
  if (branch?.status !== "failed") return;
  branch.status = "running";
  delete branch.endedAt;
  owner.open++;
  owner.failed--;
  owner.status = "running";
  delete owner.endedAt;
}
