/**
 * What the code asked for in one scope, beside what is recorded there. Pure bookkeeping; which answer the code gets is
 * decided in `examined-scope.ts`.
 *
 * Invariants:
 * 1. The recorded children are those of the history as it was given, in the order in which they were recorded; what the
 *    comparison itself adds to its scratch history is not among them.
 * 2. Each finding stands where the code asked; each recorded child not asked for stands before the next one recorded.
 */
import type { Place } from "../history/entries.ts";
import type { Location } from "../history/location.ts";
import type { Fix, Verdict } from "./report.ts";

/** Something the comparison found at one location. */
export interface Finding {
  verdict: Verdict;
  readonly location: Location;
  readonly kind: string;
  /** The recorded place that answered, under whatever name. */
  place?: Place;
  recordedLocation?: Location;
  /** Its number among the recorded children of its scope. */
  index?: number;
  /** An error whose stack begins at the workflow code's call. */
  readonly call?: Error;
  readonly detail?: string;
  readonly recordedValue?: unknown;
  readonly askedValue?: unknown;
  fixes?: Fix[];
}

/** A recorded child of a scope. */
export interface RecordedChild {
  readonly name: string;
  readonly place: Place;
  readonly index: number;
  /** How it was claimed: by its own name, or by a finding under another. */
  claim: "own" | Finding | undefined;
}

/** The ledger of one scope. */
export class ScopeLedger {
  readonly location: Location;
  readonly children: ReadonlyMap<string, RecordedChild>;
  readonly findings: Finding[] = [];
  /** Ledgers of the scopes inside, by the name of the entry that opened them. */
  readonly inner: Map<string, ScopeLedger[]> = new Map<string, ScopeLedger[]>();
  /** Number of the recorded child that was claimed last. */
  lastIndex = -1;
  /** Highest number claimed so far. */
  highest = -1;
  /** The scope's code has ended: what was not asked for will not be. */
  over = false;

  constructor(location: Location, place: Place | undefined, isOriginal: (place: Place) => boolean) {
    this.location = location;
    const children = [...(place?.children ?? [])].filter(([, child]) => isOriginal(child));
    this.children = new Map(
      children.map(([name, child], index) => [
        String(name),
        { name: String(name), place: child, index, claim: undefined },
      ]),
    );
  }

  /** Notes that the code asked for a recorded child. */
  claim(child: RecordedChild, by: "own" | Finding): void {
    child.claim = by;
    this.lastIndex = child.index;
    if (child.index > this.highest) this.highest = child.index;
  }

  /** The recorded child that stands where the code is now: the next one after the last claimed that nobody asked for. */
  next(): RecordedChild | undefined {
    for (const child of this.children.values()) {
      if (child.index > this.lastIndex && child.claim === undefined) return child;
    }
    return undefined;
  }

  /** The recorded children that nobody asked for. */
  unclaimed(): RecordedChild[] {
    return [...this.children.values()].filter((child) => child.claim === undefined);
  }

  /** Whether a recorded child that nobody asked for was passed by: the code is past its place. */
  isMissing(child: RecordedChild): boolean {
    return child.claim === undefined && (this.over || child.index < this.highest);
  }
}
