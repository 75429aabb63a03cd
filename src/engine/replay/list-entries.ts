/**
 * Puts what was found in order: by location, what is missing at its recorded place, loops and finished branches folded.
 */
import { isBranches, iterationsOf, type Place } from "../history/entries.ts";
import type { Assumptions } from "./assumptions.ts";
import type { Call } from "./call-sites.ts";
import { fixesFor, fixesForMissing } from "./fixes.ts";
import { type Finding, type RecordedChild, ScopeLedger } from "./ledger.ts";
import { outOfOrder } from "./order.ts";
import { type Fix, levelOf, type ReplayEntry } from "./report.ts";

const NONE: readonly ScopeLedger[] = [];

/** What there is to list. */
export interface Listed {
  readonly entries: ReplayEntry[];
  /** Of the unreached ones: those that `removed` does not excuse. A resume would be refused for them. */
  readonly unexcused: readonly ReplayEntry[];
}

/** All entries of a scope and of those inside it. */
export function listEntries(root: ScopeLedger, assumptions: Assumptions): Listed {
  const listing = new Listing(root, assumptions);
  listing.list(root);
  return listing;
}

class Listing implements Listed {
  readonly entries: ReplayEntry[] = [];
  readonly unexcused: ReplayEntry[] = [];
  readonly #root: ScopeLedger;
  readonly #assumptions: Assumptions;
  #scopes: Map<Place, ScopeLedger> | undefined;

  constructor(root: ScopeLedger, assumptions: Assumptions) {
    this.#root = root;
    this.#assumptions = assumptions;
  }

  list(ledger: ScopeLedger): void {
    const waiting = ledger.unclaimed();
    let flushed = 0;
    const flushBefore = (index: number): void => {
      for (let child = waiting[flushed]; child !== undefined && child.index < index; child = waiting[++flushed]) {
        this.#unclaimed(ledger, child);
      }
    };
    const moved = outOfOrder(ledger.findings);
    for (let at = 0; at < ledger.items.length; at++) {
      const item = ledger.items[at];
      if (item === undefined) continue;
      if (item instanceof ScopeLedger) {
        this.list(item);
        continue;
      }
      if (item.verdict === "changed" && isTakenBack(ledger.items[at - 1])) continue;
      if (item.index !== undefined && !moved.has(item)) flushBefore(item.index);
      const inner = ledger.items[at + 1] instanceof ScopeLedger ? scopesAfter(ledger.items, at) : NONE;
      if (moved.has(item) && item.verdict === "same") item.verdict = "moved";
      if (item.verdict === "rescoped?") this.#findLeft(item);
      this.#push(ledger, entryOf(item, inner));
      if (isBranches(item.place?.entry)) {
        this.#branches(item, inner);
        at += inner.length;
      }
    }
    flushBefore(Number.POSITIVE_INFINITY);
  }

  /** The call that stands nearest to where something was recorded that is now asked for elsewhere. */
  #findLeft(finding: Finding): void {
    const { place, isFollowed, call } = finding;
    if (isFollowed === true || place?.parent === undefined) return;
    this.#scopes ??= new Map(scopesBelow(this.#root));
    const scope = this.#scopes.get(place.parent);
    const child = scope?.child(String(place?.segment));
    const near = scope === undefined || child === undefined ? undefined : neighbour(scope, child.index);
    if (near !== undefined && near !== call) finding.left = near;
  }

  /** What is asked again on no resume is worth a note. */
  #push(ledger: ScopeLedger, entry: ReplayEntry): void {
    if (ledger.isFinished && entry.level === "difference") entry.level = "note";
    this.entries.push(entry);
  }

  /** The branches of an open join or race, in their recorded order: finished ones folded. */
  #branches({ location, place }: Finding, inner: readonly ScopeLedger[]): void {
    const left = new Map(inner.map((ledger) => [String(ledger.location.at(-1)), ledger]));
    const entry = place?.entry;
    if (place !== undefined && isBranches(entry) && (entry.status === "running" || left.size > 0)) {
      for (const branch of entry.branches.values()) {
        const ledger = left.get(branch.name);
        left.delete(branch.name);
        if (ledger !== undefined) this.list(ledger);
        else this.#finishedBranch([...location, branch.name], place.children?.get(branch.name));
      }
    }
    for (const ledger of left.values()) this.list(ledger);
  }

  #finishedBranch(location: ReplayEntry["location"], place: Place | undefined): void {
    const side = { location, kind: "branch" };
    const entry: ReplayEntry = { verdict: "same", level: "ok", location, asked: side, recorded: side };
    if (place !== undefined) addFolded(entry, place);
    this.entries.push(entry);
  }

  #unclaimed(ledger: ScopeLedger, child: RecordedChild): void {
    const location = [...ledger.location, child.name];
    const taken = this.#takenBelow(child.place);
    if (taken > 0 && child.place.entry === undefined && taken === countEntries(child.place)) return;
    const kind = kindOf(child.place);
    const verdict = ledger.isMissing(child) ? "missing" : "unreached";
    const entry: ReplayEntry = { verdict, level: levelOf(verdict), location, recorded: { location, kind } };
    addFolded(entry, child.place);
    this.#push(ledger, entry);
    if (verdict === "unreached") {
      if (!ledger.isAhead && !ledger.isFinished) this.unexcused.push(entry);
      return;
    }
    const near = neighbour(ledger, child.index);
    const site = near?.site;
    if (site !== undefined) entry.site = site;
    entry.fix = fixesForMissing(child.place, child.name, near, !ledger.over);
  }

  /** Entries below a place that answered for something elsewhere. */
  #takenBelow(place: Place): number {
    let count = 0;
    for (const child of place.children?.values() ?? []) {
      count += (this.#assumptions.claimOf(child) === undefined ? 0 : 1) + this.#takenBelow(child);
    }
    return count;
  }
}

/** What was compared with an assumption that did not hold says nothing. */
function isTakenBack(before: Finding | ScopeLedger | undefined): boolean {
  return before !== undefined && !(before instanceof ScopeLedger) && before.verdict === "inserted";
}

function* scopesBelow(ledger: ScopeLedger): Generator<[Place, ScopeLedger]> {
  if (ledger.place !== undefined) yield [ledger.place, ledger];
  for (const item of ledger.items) if (item instanceof ScopeLedger) yield* scopesBelow(item);
}

/** The call in the scope that stands nearest to a recorded child: the next one, or else the one before it. */
function neighbour({ findings }: ScopeLedger, index: number): Call | undefined {
  let before: Call | undefined;
  for (const finding of findings) {
    if (finding.call === undefined || finding.verdict === "threw") continue;
    if (finding.index === undefined || finding.index < index) before = finding.call;
    else return finding.call;
  }
  return before;
}

function scopesAfter(items: readonly (Finding | ScopeLedger)[], at: number): ScopeLedger[] {
  const scopes: ScopeLedger[] = [];
  for (let next = items[at + 1]; next instanceof ScopeLedger; next = items[at + 1 + scopes.length]) scopes.push(next);
  return scopes;
}

function entryOf(finding: Finding, inner: readonly ScopeLedger[]): ReplayEntry {
  const { verdict, location, kind, place, recordedLocation, call, detail } = finding;
  const level = finding.level ?? levelOf(verdict);
  const side = { location, kind };
  const entry: ReplayEntry = { verdict, level, location, asked: side };
  if (finding.askedValue !== undefined) entry.asked = { location, kind, value: finding.askedValue };
  if (place !== undefined && recordedLocation !== undefined) {
    entry.recorded =
      verdict === "same" && kindOf(place) === kind ? side : { location: recordedLocation, kind: kindOf(place) };
    if (inner.length === 0 || place.entry?.kind === "loop") addFolded(entry, place);
  }
  if (finding.recordedValue !== undefined) {
    entry.recorded = { ...(entry.recorded ?? { location, kind }), value: finding.recordedValue };
  }
  if (detail !== undefined) entry.detail = detail;
  if (level === "ok") return entry;
  const site = call?.site;
  if (site !== undefined) entry.site = site;
  const fixes = [...movedInside(finding, inner), ...fixesFor(finding)];
  if (fixes.length > 0) entry.fix = fixes;
  return entry;
}

/** What is inserted may only be new around something recorded: then that is what there is to mend. */
function movedInside(finding: Finding, inner: readonly ScopeLedger[]): Fix[] {
  if (finding.verdict !== "inserted") return [];
  const fixes = inner.flatMap(fixesOfMoved);
  const [first] = fixes;
  if (first === undefined) return [];
  const edits = fixes.flatMap((each) => each.edits);
  const code = fixes.map((each) => each.code).join(" ");
  return [{ title: "run anew what it holds, on recorded runs, too", code, edits, runsAgain: true }];
}

function fixesOfMoved(ledger: ScopeLedger): Fix[] {
  return ledger.items.flatMap((item) => {
    if (item instanceof ScopeLedger) return fixesOfMoved(item);
    return item.verdict === "rescoped?" ? fixesFor(item).filter((each) => each.runsAgain) : [];
  });
}

function addFolded(entry: ReplayEntry, place: Place): void {
  if (place.children === undefined) return;
  const entries = countEntries(place);
  if (entries === 0) return;
  const { entry: loop } = place;
  const iterations = loop?.kind === "loop" && { iterations: iterationsOf(place, loop) };
  entry.folded = { ...iterations, entries };
}

function countEntries(place: Place): number {
  let count = 0;
  for (const child of place.children?.values() ?? []) {
    count += (child.entry === undefined ? 0 : 1) + countEntries(child);
  }
  return count;
}

/** The kind of what is recorded at a place. */
function kindOf(place: Place): string {
  return place.entry?.kind ?? "try";
}
