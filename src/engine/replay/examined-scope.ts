/**
 * A scope of a comparison: where an ordinary scope would close the pass, it notes the difference and follows the code
 * as far as the history can answer. Bodies never run: whatever would run one parks.
 *
 * Invariants:
 * 1. A recorded entry answers under its own name; failing that, an entry of the same kind that stands at the same place
 *    is assumed to be the same under a new name, or one of the same name and kind in another scope to have been moved.
 * 2. Nothing is guessed: an unrecorded entry whose value nobody has ends its fiber.
 * 3. What it adds to the history is scratch.
 */
import { never } from "../execution/fibers.ts";
import type { Fiber } from "../execution/fibers.ts";
import type { PassServices } from "../execution/pass-services.ts";
import { type Asked, matches, Scope, type Turn } from "../execution/scope.ts";
import { HistoryDivergedError } from "../errors.ts";
import type { Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";
import { formatLocation, type Location } from "../history/location.ts";
import { hashValue } from "../value-hash.ts";
import type { Examination } from "./examination-services.ts";
import { type Finding, type RecordedChild, ScopeLedger } from "./ledger.ts";
import type { Verdict } from "./report.ts";
import { answerWith, VOID_KINDS } from "./virtual.ts";

/** Kinds that are entered rather than answered: what is in them is compared. */
const CONTAINERS: readonly Asked[] = ["loop", "join", "race"];

/** A scope that compares. */
export class ExaminedScope extends Scope {
  readonly ledger: ScopeLedger;
  readonly #examination: Examination;
  readonly #outer: ExaminedScope | undefined;
  readonly #aliases: Map<string, Place> = new Map<string, Place>();
  /** Entries that go on in the scratch history. */
  readonly #virtual: Set<string> = new Set<string>();
  #unnamed: string | undefined;

  constructor(
    pass: PassServices<Scope>,
    examination: Examination,
    fiber: Fiber,
    outer: ExaminedScope | undefined,
    path: Location,
  ) {
    super(pass, fiber, outer, path);
    this.#examination = examination;
    this.#outer = outer;
    this.ledger = new ScopeLedger(this.location, this.place, (place) => examination.isOriginal(place));
    outer?.ledger.inner.set(String(path[0]), [...(outer.ledger.inner.get(String(path[0])) ?? []), this.ledger]);
  }

  override child(path: Location, fiber: Fiber = this.fiber): Scope {
    return new ExaminedScope(this.pass, this.#examination, fiber, this, path);
  }

  override placeOf(name: string): Place | undefined {
    return this.#aliases?.get(name) ?? super.placeOf(name);
  }

  override enter(asked: Asked, name: string, removedKind?: EntryKind): Turn | undefined {
    if (!this.mayGoOn()) return undefined;
    if (this.open !== undefined) return this.#stop("not awaited", this.open, "", `"${name}" was called meanwhile`);
    if (this.used.has(name)) return this.#stop("duplicate", name, asked);
    this.used.add(name);
    const child = this.ledger.children.get(name);
    if (child === undefined) return this.#unrecorded(asked, name);
    const { place } = child;
    if (!matches(asked, place) && !matches(removedKind ?? asked, place)) {
      this.#claim(child, "own");
      return this.#stop("kind", name, removedKind ?? asked, undefined, child);
    }
    if (child.claim !== undefined && child.claim !== "own") notRenamed(child.claim);
    const moved = child.index < this.ledger.highest && removedKind === undefined && asked !== "version_check";
    this.#claim(child, "own");
    this.#find({
      verdict: moved ? "moved" : "same",
      ...this.#askedFor(name, asked),
      ...recordedAs({ scope: this, child, place: child.place, path: [child.name] }),
    });
    return this.begin(name, place);
  }

  override enterUnnamed(what: string): boolean {
    if (!this.mayGoOn()) return false;
    if (this.open !== undefined)
      return this.#stop("not awaited", this.open, "", `${what} was called meanwhile`) !== undefined;
    this.open = what;
    this.#unnamed = what;
    return true;
  }

  /** Only what goes on in the scratch history passes; the rest is the frontier, and parks. */
  override async gate(turn: Turn | undefined): Promise<void> {
    if (turn === undefined ? this.#passesUnnamed() : this.#passes(turn)) return undefined;
    return this.#park();
  }

  override end(thrown?: { error: unknown }): boolean {
    if (this.open !== undefined && thrown === undefined) {
      this.#stop("not awaited", this.open, "", "its scope ended while it was still open");
      return false;
    }
    this.ledger.over = thrown === undefined;
    if (thrown !== undefined && this.ledger.unclaimed().length > 0) {
      this.#find({ ...this.#thrown(thrown.error), location: this.location });
    }
    return !this.fiber.ended;
  }

  override fault(error: Error): boolean {
    if (!(error instanceof HistoryDivergedError)) {
      this.#find({ verdict: "not awaited", location: this.location, kind: "message", detail: error.message });
      void this.#park();
      return true;
    }
    const { kind, location, recorded, asked } = error.facts;
    const verdict: Verdict = kind === "branches" ? "branches" : "changed";
    const what = kind === "branches" ? (this.placeOf(String(location.at(-1)))?.entry?.kind ?? "join") : "send";
    this.#find({
      verdict,
      location,
      kind: what,
      detail: error.message,
      recordedValue: recorded,
      askedValue: asked,
      ...this.#call(),
    });
    return false;
  }

  override compare(turn: Turn, what: string, recorded: unknown, asked: unknown): void {
    if (turn.place === undefined || !this.#examination.isOriginal(turn.place)) return;
    if (hashValue(recorded) === hashValue(asked)) return;
    this.#find({
      verdict: "changed",
      location: turn.location,
      kind: turn.entry?.kind ?? "",
      detail: `${what}: recorded ${textOf(recorded)}, now ${textOf(asked)}; what is recorded stays in force`,
      recordedValue: recorded,
      askedValue: asked,
      ...this.#call(),
    });
  }

  /** Notes how the workflow code threw. */
  #thrown(error: unknown): Pick<Finding, "verdict" | "kind" | "detail"> & { call?: Error } {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { verdict: "threw", kind: "scope", detail: text, ...(error instanceof Error && { call: error }) };
  }

  /** The code asks for what is not recorded under this name in this scope. */
  #unrecorded(asked: Asked, name: string): Turn | undefined {
    if (asked === "removed" || asked === "version_check") return this.begin(name, undefined);
    if (this.licensed) return this.#goOn(asked, name, "next");
    const rescoped = this.#rescoped(asked, name);
    if (rescoped !== undefined) return this.#answerAs("rescoped?", asked, name, rescoped);
    const renamed = this.#renamed(asked);
    if (renamed !== undefined) return this.#answerAs("renamed?", asked, name, renamed);
    if (asked === "try") return this.begin(name, undefined);
    return this.#goOn(asked, name, this.#verdictOfUnrecorded());
  }

  /** Goes on past an unrecorded entry when its value is known, assumed, or made of what is in it. */
  #goOn(asked: Asked, name: string, verdict: "next" | "inserted"): Turn | undefined {
    const location = [...this.location, name];
    this.#find({ verdict, ...this.#askedFor(name, asked) });
    const assumed = this.#examination.assumed.get(formatLocation(location));
    const isVoid = verdict === "inserted" && VOID_KINDS.includes(asked as EntryKind);
    if (assumed !== undefined || isVoid) {
      const events = answerWith(asked as EntryKind, location, assumed?.value);
      if (events !== undefined) {
        this.pass.recorder.append(events);
        return this.begin(name, super.placeOf(name));
      }
    }
    if (CONTAINERS.includes(asked)) this.#virtual.add(name);
    return this.begin(name, undefined);
  }

  #answerAs(verdict: "renamed?" | "rescoped?", asked: Asked, name: string, target: Target): Turn {
    const finding = this.#find({ verdict, ...this.#askedFor(name, asked), ...recordedAs(target) });
    target.scope.#claim(target.child, finding);
    this.#aliases.set(name, target.place);
    return this.begin(name, target.place);
  }

  /** The recorded entry of the same kind at the same place, which nobody has asked for. */
  #renamed(asked: Asked): Target | undefined {
    const child = this.ledger.next();
    if (child === undefined || !matches(asked, child.place)) return undefined;
    return { scope: this, child, place: child.place, path: [child.name] };
  }

  /** A recorded entry of the same name and kind in an enclosing scope, or in a try block here, not asked for. */
  #rescoped(asked: Asked, name: string): Target | undefined {
    if (asked === "try") return undefined;
    for (let scope = this.#outer; scope !== undefined; scope = scope.#outer) {
      const child = scope.ledger.children.get(name);
      if (child === undefined || child.claim !== undefined || !matches(asked, child.place)) continue;
      return { scope, child, place: child.place, path: [name] };
    }
    const block = this.ledger.next();
    const inside = block?.place.entry === undefined ? block?.place.children?.get(name) : undefined;
    if (block === undefined || inside === undefined || !matches(asked, inside)) return undefined;
    return { scope: this, child: block, place: inside, path: [block.name, name] };
  }

  /** Whether recorded entries follow, here or in a scope around this one. */
  get #isFollowed(): boolean {
    return this.ledger.next() !== undefined || (this.#outer !== undefined && this.#outer.#isFollowed);
  }

  #verdictOfUnrecorded(): "next" | "inserted" {
    return this.#isFollowed ? "inserted" : "next";
  }

  #passes(turn: Turn): boolean {
    if (turn.entry?.kind === "loop") {
      if (this.#virtual.has(turn.name)) return false;
      this.#virtual.add(turn.name);
      return true;
    }
    return this.#virtual.has(turn.name);
  }

  /** The end of a branch, a send, the completion of a message. */
  #passesUnnamed(): boolean {
    const what = this.#unnamed;
    if (this.open === undefined || what === undefined) return this.place?.parent?.entry?.kind !== "race";
    const verdict = this.#verdictOfUnrecorded();
    this.#find({ verdict, location: [...this.location, what], kind: "send", ...this.#call() });
    return verdict === "inserted";
  }

  #claim(child: RecordedChild, by: "own" | Finding): void {
    if (child.claim === undefined) this.noteAsked();
    this.ledger.claim(child, by);
  }

  #stop(verdict: Verdict, name: string, asked: string, detail?: string, child?: RecordedChild): undefined {
    this.#find({
      verdict,
      ...this.#askedFor(name, asked),
      ...(detail !== undefined && { detail }),
      ...(child !== undefined && recordedAs({ scope: this, child, place: child.place, path: [child.name] })),
    });
    void this.#park();
    return undefined;
  }

  #park(): Promise<never> {
    this.fiber.to("parked");
    return never();
  }

  #askedFor(name: string, kind: string): Pick<Finding, "location" | "kind" | "call"> {
    return { location: [...this.location, name], kind, ...this.#call() };
  }

  #call(): { call?: Error } {
    const { call } = this.#examination;
    return call === undefined ? {} : { call };
  }

  #find(finding: Finding): Finding {
    this.ledger.findings.push(finding);
    return finding;
  }
}

/** A recorded place that answers for something else. */
interface Target {
  /** The scope that holds it, and which of its recorded children it is or lies in. */
  readonly scope: ExaminedScope;
  readonly child: RecordedChild;
  readonly place: Place;
  readonly path: Location;
}

type RecordedSide = Pick<Finding, "place" | "recordedLocation" | "index">;

function recordedAs({ scope, child, place, path }: Target): RecordedSide {
  return { place, recordedLocation: [...scope.location, ...path], index: child.index };
}

/** The code asked for the recorded name after all: what was taken for a rename was an insertion. */
function notRenamed(finding: Finding): void {
  finding.verdict = "inserted";
  delete finding.place;
  delete finding.recordedLocation;
  delete finding.index;
}

function textOf(value: unknown): string {
  if (value === undefined) return "none";
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).join(", ") : JSON.stringify(value);
}
