/**
 * What may be wrong with what was said: where the code throws after a rename was assumed, it was given what something
 * else gave; and what `removed` says is gone may be called all the same.
 */
import type { Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";
import { fixForSecond } from "./fixes.ts";
import { isAlike, spellingOf } from "./likeness.ts";
import { type Finding, ScopeLedger } from "./ledger.ts";
import type { ReplayEntry } from "./report.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Marks the last rename before the code threw as doubtful, unless the names are alike; and the throw as its doing. */
export function doubtRenames(root: ScopeLedger): void {
  let renamed: Finding | undefined;
  for (const finding of findingsIn(root)) {
    if (finding.verdict === "renamed?" && !isSpeltAlike(finding)) renamed = finding;
    if (finding.inPlaceOf !== undefined) renamed = finding;
    if (finding.verdict !== "threw" || renamed === undefined) continue;
    if (renamed.verdict === "renamed?") renamed.mayBeNew = "likely";
    finding.doubted = renamed;
  }
}

function isSpeltAlike({ location, recordedLocation = location }: Finding): boolean {
  return isAlike(spellingOf(String(location.at(-1))), spellingOf(String(recordedLocation.at(-1))));
}

function* findingsIn(ledger: ScopeLedger): Generator<Finding> {
  for (const item of ledger.items) {
    if (item instanceof ScopeLedger) yield* findingsIn(item);
    else yield item;
  }
}

/** What `removed` says is gone, and the code calls again: once the run comes there, it is refused. */
export function calledAgain({ location, kind, place, call }: Finding, whereabouts: Whereabouts): ReplayEntry[] {
  const recorded = place && recordedKind(place);
  const near = kind === "removed" && recorded !== undefined ? call?.site : undefined;
  if (place === undefined || recorded === undefined || near === undefined) return [];
  return whereabouts.callsBeside(place, recorded, near).map((site) => ({
    verdict: "duplicate",
    level: "note",
    location,
    asked: { location, kind: recorded },
    site,
    detail: "said to be removed, and called here all the same: it is refused when the run comes here",
    fix: [fixForSecond(String(location.at(-1)), site)],
  }));
}

function recordedKind({ entry }: Place): EntryKind | undefined {
  return entry?.kind === "removed" ? entry.originalKind : entry?.kind;
}
