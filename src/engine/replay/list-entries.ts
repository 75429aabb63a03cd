/**
 * Puts what was found in order: by location, what is missing at its recorded place, loops and finished branches folded.
 */
import { type Rollback, rollbackOf } from "../execution/pinned-steps.ts";
import { isBranches, type Place } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import type { Seen } from "./examination.ts";
import { calledAgain, doubtRenames } from "./doubts.ts";
import { FIX_OF_HANDLER, fixesFor, fixesForMissing, fixesForRollback } from "./fixes.ts";
import { addFolded, countEntries, isWalked } from "./folded.ts";
import { type Finding, type RecordedChild, ScopeLedger } from "./ledger.ts";
import { outOfOrder } from "./order.ts";
import { type Fix, levelOf, type ReplayEntry } from "./report.ts";
import { hindersRollback, missedHandlers } from "./rollback-reach.ts";
import { sitesText } from "./whereabouts.ts";

const NONE: readonly ScopeLedger[] = [];

/** What there is to list. */
export interface Listed {
  readonly entries: ReplayEntry[];
  /** Of the unreached ones: those that `removed` does not excuse. A resume would be refused for them. */
  readonly unexcused: readonly ReplayEntry[];
}

type Shown = Pick<Seen, "root" | "assumptions" | "whereabouts" | "history" | "isDeep">;

/** All entries of what was seen. */
export function listEntries(seen: Shown): Listed {
  doubtRenames(seen.root);
  const listing = new Listing(seen);
  listing.list(seen.root);
  return listing;
}

class Listing implements Listed {
  readonly entries: ReplayEntry[] = [];
  readonly unexcused: ReplayEntry[] = [];
  readonly #root: ScopeLedger;
  readonly #assumptions: Seen["assumptions"];
  readonly #whereabouts: Seen["whereabouts"];
  readonly #rollback: Rollback;
  /** Of what was walked through only for a rollback, what is as recorded stays folded. */
  readonly #isDeep: boolean;
  #scopes: Map<Place, ScopeLedger> | undefined;

  constructor({ root, assumptions, whereabouts, history, isDeep }: Shown) {
    this.#whereabouts = whereabouts;
    this.#root = root;
    this.#assumptions = assumptions;
    this.#rollback = rollbackOf(history);
    this.#isDeep = isDeep;
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
      if (item.verdict === "renamed?" && item.place !== undefined)
        item.still = this.#whereabouts.callsOf(item.place, item.call?.site);
      if (item.verdict === "next") this.#stopRollback(ledger, item);
      this.#push(ledger, this.#entryOf(ledger, item, inner), this.#hinders(ledger, item));
      if (!ledger.isFinished) this.entries.push(...calledAgain(item, this.#whereabouts));
      if (isBranches(item.place?.entry) && !isOfOtherBranches(ledger.items[at + 1], item)) {
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

  /** What is asked again neither on a resume nor on a rollback is worth a note. */
  #push(ledger: ScopeLedger, entry: ReplayEntry, isHindrance: boolean): void {
    if (ledger.isFinished && entry.level === "difference") {
      if (!isHindrance || this.#rollback === "none") entry.level = "note";
      else if (this.#rollback === "possible") entry.onRollbackOnly = true;
    }
    if (entry.level !== "ok" || !ledger.isFinished || this.#isDeep) this.entries.push(entry);
  }

  /** Whether a rollback has to find something at a place. */
  #isPinned(place: Place | undefined): place is Place {
    return this.#rollback !== "none" && place !== undefined && place.pins > 0;
  }

  /** Whether a finding stands where a rollback comes by, and in its way. */
  #hinders(ledger: ScopeLedger, finding: Finding): boolean {
    const comesBy = this.#rollback === "due" || (this.#rollback === "possible" && ledger.isFinished);
    return comesBy && hindersRollback(ledger, finding);
  }

  /** What `removed` licenses to run on a resume runs in no rollback: that ends there. */
  #stopRollback(ledger: ScopeLedger, finding: Finding): void {
    if (!this.#hinders(ledger, finding)) return;
    finding.verdict = "inserted";
    finding.isFollowed = true;
    finding.detail = "nothing new runs in a rollback: it would end here, before steps that it has to undo";
  }

  #fixesFor(ledger: ScopeLedger, finding: Finding): Fix[] {
    const isPinned = this.#isPinned(finding.place);
    if (isPinned || this.#hinders(ledger, finding)) return fixesForRollback(finding, isPinned);
    return fixesFor(finding, ledger.isFinished);
  }

  /** The branches of an open join or race, in their recorded order: finished ones folded. */
  #branches({ location, place }: Finding, inner: readonly ScopeLedger[]): void {
    const left = new Map(inner.map((ledger) => [String(ledger.location.at(-1)), ledger]));
    const entry = place?.entry;
    if (place !== undefined && isBranches(entry) && (entry.status === "running" || left.size > 0)) {
      for (const branch of entry.branches.values()) {
        const ledger = left.get(branch.name);
        left.delete(branch.name);
        const isFolded = ledger === undefined || (ledger.isFinished && !this.#isDeep);
        if (isFolded && entry.status === "running")
          this.#finishedBranch([...location, branch.name], place.children?.get(branch.name), ledger);
        if (ledger !== undefined) this.list(ledger);
      }
    }
    for (const ledger of left.values()) this.list(ledger);
  }

  #finishedBranch(location: ReplayEntry["location"], place: Place | undefined, walked: ScopeLedger | undefined): void {
    const side = { location, kind: "branch" };
    const entry: ReplayEntry = { verdict: "same", level: "ok", location, asked: side, recorded: side };
    if (place !== undefined) addFolded(entry, place, { walked: walked !== undefined });
    this.entries.push(entry);
  }

  #unclaimed(ledger: ScopeLedger, child: RecordedChild): void {
    const location = [...ledger.location, child.name];
    const taken = this.#takenBelow(child.place);
    if (taken > 0 && child.place.entry === undefined && taken === countEntries(child.place)) return;
    const kind = kindOf(child.place);
    const verdict = ledger.isMissing(child) ? "missing" : "unreached";
    const entry: ReplayEntry = { verdict, level: levelOf(verdict), location, recorded: { location, kind } };
    addFolded(entry, child.place, { iterations: ledger.iterationsIn(child.place) });
    const isPinned = this.#isPinned(child.place);
    // A try block is led to its end, which asks for all that is recorded in it.
    const endsEarly = verdict === "missing" && !ledger.isVisited && ledger.isEnteredToUndo;
    this.#push(ledger, entry, isPinned || endsEarly);
    if (verdict === "unreached") {
      if (!ledger.isAhead && !ledger.isFinished) this.unexcused.push(entry);
      return;
    }
    const near = neighbour(ledger, child.index);
    const site = near?.site;
    if (site !== undefined) entry.site = site;
    if (isPinned) entry.detail = missedHandlers(child.place, this.#rollback);
    const { place, name } = child;
    const still = this.#whereabouts.callsOf(place, site);
    if (!isPinned && still.length > 0)
      entry.detail = `"${name}" is still called at ${sitesText(still)}, ${ledger.over ? "where this run does not come by" : "further on: there it would be refused"}`;
    entry.fix = isPinned
      ? [FIX_OF_HANDLER]
      : fixesForMissing({
          place,
          name,
          near,
          mayCome: !ledger.over && !this.#whereabouts.isNowhere(place, site),
          still,
        });
  }

  #entryOf(ledger: ScopeLedger, finding: Finding, inner: readonly ScopeLedger[]): ReplayEntry {
    const { verdict, location, kind, place, recordedLocation, call, detail } = finding;
    const level = finding.level ?? levelOf(verdict);
    const side = { location, kind };
    const entry: ReplayEntry = { verdict, level, location, asked: side };
    if (finding.askedValue !== undefined) entry.asked = { location, kind, value: finding.askedValue };
    if (place !== undefined && recordedLocation !== undefined) {
      entry.recorded =
        verdict === "same" && kindOf(place) === kind ? side : { location: recordedLocation, kind: kindOf(place) };
      const isOver = isBranches(place.entry) && place.entry.endedAt !== undefined && !this.#isDeep;
      if (inner.length === 0 || place.entry?.kind === "loop" || isOver)
        addFolded(entry, place, { iterations: ledger.iterationsIn(place), walked: isWalked(place, inner) });
    }
    if (finding.recordedValue !== undefined) {
      entry.recorded = { ...(entry.recorded ?? { location, kind }), value: finding.recordedValue };
    }
    if (detail !== undefined) entry.detail = detail;
    if (level === "ok") return entry;
    if (level === "difference" && this.#isPinned(place)) {
      entry.detail = [detail, missedHandlers(place, this.#rollback)].filter((each) => each !== undefined).join("; ");
    }
    const site = call?.site;
    if (site !== undefined) entry.site = site;
    const fixes = [...this.#movedInside(finding, inner), ...this.#fixesFor(ledger, finding)];
    if (fixes.length > 0) entry.fix = fixes;
    return entry;
  }

  /** What is inserted may only be new around something recorded: then that is what there is to mend. */
  #movedInside(finding: Finding, inner: readonly ScopeLedger[]): Fix[] {
    if (finding.verdict !== "inserted") return [];
    const fixes = inner.flatMap((ledger) => this.#fixesOfMoved(ledger));
    const [first] = fixes;
    if (first === undefined) return [];
    const edits = fixes.flatMap((each) => each.edits);
    const code = fixes.map((each) => each.code).join(" ");
    return [{ title: "run anew what it holds, on recorded runs, too", code, edits, runsAgain: true }];
  }

  #fixesOfMoved(ledger: ScopeLedger): Fix[] {
    return ledger.items.flatMap((item) => {
      if (item instanceof ScopeLedger) return this.#fixesOfMoved(item);
      return item.verdict === "rescoped?" ? this.#fixesFor(ledger, item).filter((each) => each.runsAgain) : [];
    });
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

/** Which of the recorded branches the code still has, the next finding tells; those are looked into behind it. */
function isOfOtherBranches(next: Finding | ScopeLedger | undefined, { location }: Finding): boolean {
  if (next === undefined || next instanceof ScopeLedger || next.verdict !== "branches") return false;
  return formatLocation(next.location) === formatLocation(location);
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

/** The kind of what is recorded at a place. */
function kindOf(place: Place): string {
  return place.entry?.kind ?? "try";
}
