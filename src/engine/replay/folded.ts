/** What is inside of recorded places, in numbers. */
import type { Place } from "../history/entries.ts";
import type { ScopeLedger } from "./ledger.ts";
import type { ReplayEntry } from "./report.ts";

/** Says what is in a place, of an entry that stands for all of it. */
export function addFolded(
  entry: ReplayEntry,
  place: Place,
  { iterations, walked }: { iterations?: number | undefined; walked?: boolean },
): void {
  if (place.children === undefined) return;
  const entries = countEntries(place);
  if (entries === 0) return;
  entry.folded = { ...(iterations !== undefined && { iterations }), entries, walked: walked ?? false };
}

/** Whether the code was led through all iterations or branches of a place in which something is recorded. */
export function isWalked(place: Place, inner: readonly ScopeLedger[]): boolean {
  if (inner.length === 0) return false;
  const walked = new Set(inner.map((ledger) => ledger.location.at(-1)));
  for (const [segment, child] of place.children ?? []) {
    if (!walked.has(segment) && countEntries(child) > 0) return false;
  }
  return true;
}

/** How many entries are below a place. */
export function countEntries(place: Place): number {
  let count = 0;
  for (const child of place.children?.values() ?? []) {
    count += (child.entry === undefined ? 0 : 1) + countEntries(child);
  }
  return count;
}
