/**
 * What the code asked for in one scope, beside what is recorded there. Pure bookkeeping; which answer the code gets is
 * decided in `examined-scope.ts`.
 *
 * Invariants:
 * 1. The recorded children are those of the history as it was given, in the order in which they were recorded; what the
 *    comparison itself adds to its scratch history is not among them.
 * 2. Findings and the scopes inside stand in the order in which the code came to them.
 */
import { isBranches, iterationsOf, type Place } from "../history/entries.ts";
import type { Location } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import type { Spelling } from "./likeness.ts";
import type { Level, Site, Verdict } from "./report.ts";

/** Something the comparison found at one location. */
export interface Finding {
  verdict: Verdict;
  /** Where it weighs otherwise than its verdict does. */
  level?: Level;
  readonly location: Location;
  readonly kind: string;
  /** The recorded place that answered, under whatever name. */
  place?: Place;
  recordedLocation?: Location;
  /** Its number among the recorded children of this scope. */
  index?: number;
  /** The workflow code's call. */
  readonly call?: Call;
  /** For what was recorded elsewhere: the call in that scope under which the code now asks for it. */
  readonly anchor?: Call;
  /** For what was recorded inside: the call in that scope that stands nearest to it. */
  left?: Call;
  /** For what is taken for renamed: the name tells nothing, and the code cannot be followed to where it could ask. */
  mayBeNew?: "maybe" | "likely";
  /** For what is taken for renamed: where the recorded name is called all the same. */
  still?: readonly Site[];
  /** What was removed, and is taken to have given what this would give. */
  inPlaceOf?: Place;
  /** For what was thrown: what was given an answer before that may be another's, which may be why. */
  doubted?: Finding;
  /** Recorded entries follow. */
  isFollowed?: boolean;
  /** For what was recorded in a try block: the code still has that block. */
  readonly isBlockUsed?: boolean;
  /** It was asked for after something that its place in the record comes after: that may be harmless. */
  readonly orderMatters?: boolean;
  detail?: string;
  readonly recordedValue?: unknown;
  readonly askedValue?: unknown;
}

/** A recorded child of a scope. */
export interface RecordedChild {
  readonly name: string;
  readonly place: Place;
  readonly index: number;
  /** Of its name, once it was compared with another one. */
  spelling?: Spelling;
}

/** What of the comparison a ledger needs. */
export interface LedgerServices {
  /** Who answers for which recorded place, by its own name (`own`) or by a finding. */
  readonly assumptions: {
    claimOf(place: Place): "own" | Finding | undefined;
    claim(place: Place, by: "own" | Finding): void;
    leave(place: Place): void;
    /** `removed` said so. */
    isGone(place: Place): boolean;
  };
  /** Whether a place was in the history as it was given. */
  isOriginal(place: Place): boolean;
}

/** The ledger of one scope. */
export class ScopeLedger {
  readonly location: Location;
  /** What is recorded for the scope. */
  readonly place: Place | undefined;
  /** It had ended on record: nothing in it is asked again on a resume. */
  readonly isFinished: boolean;
  /** It is such an iteration or branch itself: entered on the side, and led to no end. */
  readonly isVisited: boolean;
  readonly items: (Finding | ScopeLedger)[] = [];
  readonly #ordered: RecordedChild[] = [];
  /** Those of them that hold something. */
  readonly #containers: RecordedChild[] = [];
  /** Those of them that the code went into. */
  readonly #entered: RecordedChild[] = [];
  #byName: Map<string, RecordedChild> | undefined;
  readonly #services: LedgerServices;
  readonly #outer: ScopeLedger | undefined;
  /** Number of the recorded child that was claimed last. */
  #last = -1;
  /** Highest number claimed so far. */
  #highest = -1;
  /** The scope's code has ended: what was not asked for will not be. */
  over = false;
  /** It stands at something that `removed` licensed to run first. */
  isAhead = false;
  /** How many iterations of the loops in it were on record, where the comparison goes on into another one. */
  #iterations: Map<Place, number> | undefined;

  constructor(location: Location, place: Place | undefined, services: LedgerServices, outer?: ScopeLedger) {
    this.location = location;
    this.place = place;
    this.#services = services;
    this.#outer = outer;
    this.isVisited = place !== undefined && isFinished(place);
    this.isFinished = this.isVisited || outer?.isFinished === true;
    for (const [segment, child] of place?.children ?? []) {
      if (!services.isOriginal(child)) continue;
      const recorded = { name: String(segment), place: child, index: this.#ordered.length };
      this.#ordered.push(recorded);
      if (child.children !== undefined) this.#containers.push(recorded);
    }
  }

  /** The recorded child of a name. In recorded order it takes no look-up. */
  child(name: string): RecordedChild | undefined {
    const next = this.#ordered[this.#last + 1];
    if (next?.name === name) return next;
    this.#byName ??= new Map(this.#ordered.map((child) => [child.name, child]));
    return this.#byName.get(name);
  }

  /** Whether a recorded child is asked for where it stands in the record: right after the last one. */
  isNext(child: RecordedChild): boolean {
    return child.index === this.#last + 1;
  }

  /** What was found in this very scope. */
  get findings(): Finding[] {
    return this.items.filter((item): item is Finding => !(item instanceof ScopeLedger));
  }

  isClaimed(child: RecordedChild): boolean {
    return this.#services.assumptions.claimOf(child.place) !== undefined;
  }

  /** Notes that the code asked for a recorded child. */
  claim(child: RecordedChild, by: "own" | Finding): void {
    this.#services.assumptions.claim(child.place, by);
    this.#last = child.index;
    if (child.place.children !== undefined && child.place.entry?.endedAt === undefined) this.#entered.push(child);
    if (child.index > this.#highest) this.#highest = child.index;
  }

  /** It, and so each scope around it, stands at what `removed` licensed. */
  standAhead(): void {
    this.isAhead = true;
    this.#outer?.standAhead();
  }

  /** The comparison is about to go on in a loop, past its last recorded iteration. */
  goOnIn(place: Place): void {
    if (place.entry?.kind !== "loop") return;
    this.#iterations ??= new Map();
    this.#iterations.set(place, iterationsOf(place, place.entry));
  }

  /** How many iterations of a loop are on record. Undefined: it is no loop. */
  iterationsIn(place: Place): number | undefined {
    if (place.entry?.kind !== "loop") return undefined;
    return this.#iterations?.get(place) ?? iterationsOf(place, place.entry);
  }

  /** Whether steps that a rollback has to undo are recorded here, and nobody asked for them. */
  get missesPins(): boolean {
    return (this.place?.pins ?? 0) > 0 && this.#ordered.some((child) => child.place.pins > 0 && !this.isClaimed(child));
  }

  /** Whether a rollback enters it, to undo something in the iteration or branch that holds it. */
  get isEnteredToUndo(): boolean {
    if (this.isVisited || this.#outer === undefined) return (this.place?.pins ?? 0) > 0;
    return this.#outer.isEnteredToUndo;
  }

  /** Whether a rollback that stopped at an item would not come to all that it has to undo. */
  pinsFollow(item: Finding | ScopeLedger): boolean {
    if (this.missesPins) return true;
    const following = this.items.slice(this.items.indexOf(item) + 1);
    if (following.some(({ place }) => (place?.pins ?? 0) > 0)) return true;
    return !this.isVisited && (this.#outer?.pinsFollow(this) ?? false);
  }

  /** What is in a child that was said to be gone is gone, too. */
  leave(child: RecordedChild): void {
    this.#services.assumptions.leave(child.place);
  }

  /**
   * The recorded children that stand where the code is now: those after the last claimed one that nobody asked for, up
   * to the next that somebody did.
   */
  *gap(): Generator<RecordedChild> {
    let isIn = false;
    for (let index = this.#last + 1; index < this.#ordered.length; index++) {
      const child = this.#ordered[index];
      if (child === undefined) return;
      const isFree = !this.isClaimed(child);
      if (isFree) yield child;
      else if (isIn) return;
      isIn = isFree;
    }
  }

  /** The recorded children with something inside that the code went into, the newest first. */
  *entered(): Generator<RecordedChild> {
    for (let at = this.#entered.length - 1; at >= 0; at--) {
      const child = this.#entered[at];
      if (child !== undefined && !this.#services.assumptions.isGone(child.place)) yield child;
    }
  }

  /** The recorded children with something inside that come after the last claimed one and that nobody asked for. */
  *ahead(): Generator<RecordedChild> {
    for (let at = firstAfter(this.#containers, this.#last); at < this.#containers.length; at++) {
      const child = this.#containers[at];
      if (child !== undefined && !this.isClaimed(child)) yield child;
    }
  }

  /** The code is past all recorded children up to this one: what of them nobody asked for is missing. */
  passBy(child: RecordedChild): void {
    this.#last = child.index;
    this.#highest = Math.max(this.#highest, child.index + 1);
  }

  /** Whether recorded children that nobody asked for come after the last claimed one. */
  get isFollowed(): boolean {
    return !this.gap().next().done;
  }

  /** The recorded children that nobody asked for. */
  unclaimed(): RecordedChild[] {
    return this.#ordered.filter((child) => !this.isClaimed(child));
  }

  /** Whether a recorded child that nobody asked for was passed by: the code is past its place. */
  isMissing(child: RecordedChild): boolean {
    return this.over || child.index < this.#highest;
  }
}

/** Where the children begin whose number is above one. */
function firstAfter(children: readonly RecordedChild[], index: number): number {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((children[middle]?.index ?? 0) > index) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether an iteration or a branch has ended on record. */
export function isFinished({ parent, segment }: Place): boolean {
  const owner = parent?.entry;
  if (owner?.kind === "loop") return owner.status === "completed" || owner.iteration !== segment;
  if (isBranches(owner)) return owner.branches.get(String(segment))?.status !== "running";
  return false;
}
