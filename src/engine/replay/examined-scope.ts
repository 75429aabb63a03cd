/**
 * A scope of a comparison: where an ordinary scope would close the pass, it notes the difference and follows the code
 * as far as the history can answer. Bodies never run: whatever would run one parks.
 *
 * Invariants:
 * 1. A recorded entry answers under its own name; failing that, one of the same name and kind in another scope is
 *    assumed to have moved, or one of the same kind that stands at the same place to have been renamed. The assumption
 *    is taken back when the code asks for the recorded place after all.
 * 2. Nothing is guessed: an unrecorded entry whose value nobody has ends its fiber (`supplied-values.ts`).
 * 3. What it adds to the history is scratch.
 */
import { type Asked, matches } from "../execution/asked-names.ts";
import { type Fiber, never } from "../execution/fibers.ts";
import type { PassServices } from "../execution/pass-services.ts";
import { Scope, type Turn } from "../execution/scope.ts";
import type { Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";
import type { Location } from "../history/location.ts";
import { hashValue } from "../value-hash.ts";
import type { Call } from "./call-sites.ts";
import {
  type AskingScope,
  type Counterpart,
  findingOfCounterpart,
  passGone,
  renamedCounterpart,
  rescopedCounterpart,
} from "./counterparts.ts";
import type { Examination } from "./examination-services.ts";
import { describeUnnamed, findingNotAwaited, findingOfChange, findingOfFault, findingOfThrow } from "./finding-text.ts";
import { type Finding, type RecordedChild, ScopeLedger } from "./ledger.ts";
import type { Verdict } from "./report.ts";
import { CONTAINERS } from "./virtual.ts";

/** A scope that compares. */
export class ExaminedScope extends Scope implements AskingScope {
  readonly ledger: ScopeLedger;
  readonly outer: ExaminedScope | undefined;
  readonly #examination: Examination;
  /** It stands inside something that is itself inserted. */
  readonly isInserted: boolean;
  /** Places that answer for names under which they are not recorded. */
  readonly #aliases: Map<string, Place> = new Map<string, Place>();
  /** What goes on in the scratch history. */
  readonly #scratch: Map<string, Verdict> = new Map<string, Verdict>();
  /** The newest call here. */
  call: Call | undefined;
  /** The call of what is open here. */
  openCall: Call | undefined;
  /** What `removed` has just been said of: the entry that takes its place is taken to give what it gave. */
  #removed: Place | undefined;
  #unnamed: Pick<Finding, "location" | "kind"> | undefined;

  constructor(
    pass: PassServices<Scope>,
    examination: Examination,
    fiber: Fiber,
    outer: ExaminedScope | undefined,
    path: Location,
  ) {
    super(pass, fiber, outer, path);
    this.#examination = examination;
    this.outer = outer;
    this.isInserted = outer !== undefined && (outer.isInserted || outer.#scratch.get(String(path[0])) === "inserted");
    this.ledger = new ScopeLedger(this.location, this.place, examination, outer?.ledger);
    outer?.ledger.items.push(this.ledger);
  }

  override child(path: Location, fiber: Fiber = this.fiber): Scope {
    return new ExaminedScope(this.pass, this.#examination, fiber, this, path);
  }

  // The base class asks while it is being made: the aliases are not there yet.
  override placeOf(name: string): Place | undefined {
    return this.#aliases?.get(name) ?? super.placeOf(name);
  }

  override enter(asked: Asked, name: string, removedKind?: EntryKind): Turn | undefined {
    if (!this.mayGoOn()) return undefined;
    const call = this.#examination.calls.next(this.fiber);
    if (this.open !== undefined) return this.#notAwaited(`"${name}" was called meanwhile`);
    this.call = call;
    if (this.names.ask(name) === "again") return this.#again(asked, name);
    const child = this.ledger.child(name);
    if (child === undefined) return this.#unrecorded(asked, name);
    const isOther = !matches(asked, child.place) && !matches(removedKind ?? asked, child.place);
    // What was passed over is told of at this call, and so is what comes in another order.
    if (isOther || asked === "removed" || !this.ledger.isNext(child)) call.capture();
    this.#examination.assumptions.takeBack(child.place);
    this.#claim(child, "own");
    if (asked === "removed") this.ledger.leave(child);
    const location = [...this.location, name];
    // One literal: most entries of a long history come by here.
    const finding: Finding = {
      verdict: isOther ? "kind" : "same",
      location,
      kind: isOther ? (removedKind ?? asked) : asked,
      call,
      place: child.place,
      recordedLocation: location,
      index: child.index,
      orderMatters: asked !== "removed" && asked !== "version_check",
      isFollowed: isOther && this.isFollowed,
    };
    this.ledger.items.push(finding);
    if (isOther) return this.#goOn(asked, name, finding);
    if (asked === "removed") this.#removed = child.place;
    return this.#begin(asked, name, child.place);
  }

  override enterUnnamed(what: string): boolean {
    if (!this.mayGoOn()) return false;
    const call = this.#examination.calls.next(this.fiber);
    if (this.open !== undefined) return this.#notAwaited(`${what} was called meanwhile`) !== undefined;
    this.call = call;
    this.openCall = call;
    this.open = what;
    this.#unnamed = describeUnnamed(what, this.location);
    return true;
  }

  /** What is not recorded takes its time, so that it shows when nobody awaits it. */
  override leave(at: number): boolean {
    const { open } = this;
    const goesOn = super.leave(at);
    const place = open === undefined ? undefined : this.#aliases.get(open);
    if (!goesOn || place === undefined || this.#examination.isOriginal(place)) return goesOn;
    this.open = open;
    queueMicrotask(() => (this.open = undefined));
    return true;
  }

  /** Only what goes on in the scratch history passes; the rest is the frontier, and parks. */
  override async gate(turn: Turn | undefined): Promise<void> {
    const passes = turn === undefined ? this.#passesUnnamed() : this.#passes(turn);
    // What is added to a scope that is recorded under another name would not belong to it.
    if (passes && this.pass.history.find(this.location) === this.place) return undefined;
    if (turn?.licensed === true || this.runsAhead) this.ledger.standAhead();
    return this.#park();
  }

  override end(thrown?: { error: unknown }): boolean {
    if (this.open !== undefined && thrown === undefined) {
      this.#notAwaited("its scope ended while it was still open");
      return false;
    }
    this.ledger.over = thrown === undefined;
    const finding = thrown && findingOfThrow(thrown.error, this.location, this.#examination);
    if (finding !== undefined && this.ledger.unclaimed().length > 0) this.#find(finding);
    return !this.fiber.ended;
  }

  override fault(error: Error): boolean {
    const kindOf = (name: string): string => this.placeOf(name)?.entry?.kind ?? "join";
    const finding = findingOfFault(error, this.location, kindOf);
    this.#find({ ...finding, isFollowed: this.inRecordedTerritory, ...this.#called });
    if (finding.verdict !== "not awaited") return false;
    void this.#park();
    return true;
  }

  /** What the code throws on is told of where it ends. */
  protected override faultOfDraw(): void {}

  override compare(turn: Turn, what: string, recorded: unknown, asked: unknown): void {
    if (turn.place === undefined || !this.#examination.isOriginal(turn.place)) return;
    if (hashValue(recorded) === hashValue(asked)) return;
    this.#find({ ...findingOfChange(turn, what, recorded, asked), ...this.#called });
  }

  /** Recorded children that follow, here or in a scope around this one. */
  get isFollowed(): boolean {
    return this.ledger.isFollowed || (this.outer?.isFollowed ?? false);
  }

  /** Notes that one recorded child was asked for, by whatever name and from wherever. */
  claimFor(counterpart: Counterpart, finding: Finding): void {
    const { child, place } = counterpart;
    if (child.place === place) this.#claim(child, finding);
    else this.#examination.assumptions.claim(place, finding);
  }

  /** The code asks for what is not recorded under this name in this scope. */
  #unrecorded(asked: Asked, name: string): Turn | undefined {
    if (asked === "removed" || asked === "version_check") return this.#begin(asked, name, undefined);
    if (this.isFollowed) this.call?.capture();
    const moved = rescopedCounterpart(this, asked, name, this.#examination);
    if (moved !== undefined) return this.#answerAs("rescoped?", asked, name, moved);
    const renamed = this.licensed ? undefined : renamedCounterpart(this, asked, name, this.#examination);
    if (renamed !== undefined) return this.#answerAs("renamed?", asked, name, renamed);
    if (asked === "try") return this.#begin(asked, name, undefined);
    const passed = this.licensed ? {} : passGone(this, asked, this.#askedFor(name, asked), this.#examination);
    const { isFollowed, licensed } = this;
    const verdict = (isFollowed || this.#examination.isComplete) && !licensed ? "inserted" : "next";
    const detail = licensed ? { detail: "runs on recorded runs, too, in the place of what was removed" } : {};
    const finding: Finding = { verdict, ...this.#askedFor(name, asked), ...detail, ...passed, isFollowed };
    if (!this.isInserted) this.#find(finding);
    return this.#goOn(asked, name, finding);
  }

  /** A name is used twice: as what would follow, if that is of the same kind; or as something new. */
  #again(asked: Asked, name: string): Turn | undefined {
    this.call?.capture();
    const renamed = renamedCounterpart(this, asked, name, this.#examination);
    if (renamed !== undefined) return this.#answerAs("duplicate", asked, name, renamed);
    this.#find({ verdict: "duplicate", ...this.#askedFor(name, asked), isFollowed: this.isFollowed });
    return this.#stop();
  }

  #answerAs(verdict: Verdict, asked: Asked, name: string, counterpart: Counterpart): Turn {
    const { scope, place, child } = counterpart;
    const finding = this.#find({
      ...findingOfCounterpart(verdict, { ...this.#askedFor(name, asked), from: this, counterpart }),
      isFollowed: this.inRecordedTerritory,
      isBlockUsed: this.names.has(child.name),
    });
    scope.claimFor(counterpart, finding);
    this.#aliases.set(name, place);
    return this.#begin(asked, name, place);
  }

  /** Past what is not recorded, where a value is known; into a container; else the fiber ends there. */
  #goOn(asked: Asked, name: string, finding: Finding): Turn | undefined {
    const { supplied } = this.#examination;
    const removed = CONTAINERS.includes(asked) ? undefined : this.#removed;
    const isInItsPlace = removed !== undefined && matches(asked, removed) && !supplied.isAssumed(finding.location);
    if (isInItsPlace) finding.inPlaceOf = removed;
    const place = isInItsPlace ? removed : supplied.placeFor(finding, this.licensed, this);
    if (place !== undefined) {
      this.#aliases.set(name, place);
      return this.#begin(asked, name, place);
    }
    if (finding.verdict === "kind") return this.#stop();
    if (CONTAINERS.includes(asked)) this.#scratch.set(name, this.isInserted ? "inserted" : finding.verdict);
    return this.#begin(asked, name, undefined);
  }

  #begin(asked: Asked, name: string, place: Place | undefined): Turn {
    // What only answers leaves the licence to what follows.
    if (asked !== "removed" && asked !== "version_check") this.#removed = undefined;
    this.openCall = this.call;
    return this.begin(name, place);
  }

  #passes(turn: Turn): boolean {
    // A loop that is not recorded is entered once: its next iteration would only be the same again.
    if (this.#scratch.has(turn.name)) return this.placeOf(turn.name)?.entry === undefined;
    if (turn.entry?.kind !== "loop" || this.#aliases.has(turn.name)) return false;
    this.#scratch.set(turn.name, "next");
    if (turn.place !== undefined) this.ledger.goOnIn(turn.place);
    return true;
  }

  /** The end of a branch, a send, the completion of a message. */
  #passesUnnamed(): boolean {
    if (this.open === undefined || this.#unnamed === undefined) {
      return this.outer?.placeOf(String(this.location.at(-2)))?.entry?.kind === "join";
    }
    const verdict = this.isFollowed ? "inserted" : "next";
    const isFollowed = verdict === "inserted";
    if (!this.isInserted) this.#find({ verdict, ...this.#unnamed, ...this.#called, isFollowed });
    return isFollowed && this.#unnamed.kind === "send";
  }

  #claim(child: RecordedChild, by: "own" | Finding): void {
    if (!this.ledger.isClaimed(child)) this.names.unasked--;
    this.ledger.claim(child, by);
  }

  #notAwaited(detail: string): undefined {
    const name = this.open ?? "";
    const kind = this.placeOf(name)?.entry?.kind ?? this.#unnamed?.kind ?? "entry";
    this.#find(findingNotAwaited([...this.location, name], kind, detail, this.openCall));
    return this.#stop();
  }

  #stop(): undefined {
    void this.#park();
    return undefined;
  }

  #park(): Promise<never> {
    this.fiber.to("parked");
    return never();
  }

  #askedFor(name: string, kind: string): Pick<Finding, "location" | "kind" | "call"> {
    return { location: [...this.location, name], kind, ...this.#called };
  }

  get #called(): Pick<Finding, "call"> {
    return this.call === undefined ? {} : { call: this.call };
  }

  #find(finding: Finding): Finding {
    this.ledger.items.push(finding);
    return finding;
  }
}
