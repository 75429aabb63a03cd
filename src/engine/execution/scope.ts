/**
 * A scope: what names must be unique in. The root, a loop iteration, a branch, a try block. Owns the turns of the
 * primitives called on it: one at a time, each name once, each recorded child asked for before the scope ends. What a
 * primitive does with its turn is its own business.
 *
 * Invariants:
 * 1. At most one turn is open.
 * 2. Whatever goes wrong here is a fault of the code: the pass closes and the primitive never settles, so that no
 *    `catch` takes it for a failure of the run.
 * 3. A scope whose fiber has ended records nothing and answers nothing.
 */
import type { Entry, Place } from "../history/entries.ts";
import type { EntryKind, NewEvent } from "../history/events.ts";
import { isDirectlyIn, type Location } from "../history/location.ts";
import { numberFrom, uuidFrom } from "../chance.ts";
import { type Asked, AskedNames, matches } from "./asked-names.ts";
import { type Fiber, never } from "./fibers.ts";
import { drawnOutside, duplicate, endedEarly, inProgress, notAwaited, otherKind } from "./faults.ts";
import type { PassServices } from "./pass-services.ts";

/** A primitive's turn on its scope. */
export interface Turn {
  readonly name: string;
  readonly location: Location;
  /** What is recorded here; undefined: nothing. */
  readonly entry: Entry | undefined;
  readonly place: Place | undefined;
  /** `removed` licensed it to run in recorded territory. */
  readonly licensed: boolean;
}

/** A scope of a pass. */
export class Scope {
  readonly pass: PassServices<Scope>;
  readonly fiber: Fiber;
  readonly location: Location;
  readonly parent: Scope | undefined;
  readonly #licensed: boolean;
  protected readonly names: AskedNames;
  #place: Place | undefined;
  protected open: string | undefined;
  #licenseNext = false;
  #openIsLicensed = false;
  #answeredAt: number;
  #drawn = 0;
  #sends: Map<string, number> | undefined;
  #uncompleted: Set<string> | undefined;

  constructor(pass: PassServices<Scope>, fiber: Fiber, parent: Scope | undefined, path: Location) {
    this.pass = pass;
    this.fiber = fiber;
    this.parent = parent;
    this.location = parent === undefined ? [] : [...parent.location, ...path];
    this.#licensed = parent?.runsAhead ?? false;
    this.#place = parent === undefined ? pass.history.root : parent.#below(path);
    this.names = new AskedNames(this.#place?.children);
    this.#answeredAt = parent?.answeredAt ?? pass.history.run.created?.at ?? 0;
    pass.gate.enter(this);
  }

  /** Recorded children that the code has not asked for. */
  get unasked(): number {
    return this.names.unasked;
  }

  /** Whether recorded entries of this or an enclosing scope are still unasked. */
  get inRecordedTerritory(): boolean {
    return this.names.unasked > 0 || (this.parent?.inRecordedTerritory ?? false);
  }

  /** The place in the history; undefined while nothing is recorded here. */
  get place(): Place | undefined {
    this.#place ??= this.pass.history.find(this.location);
    return this.#place;
  }

  /** Everything in here was licensed by `removed`, one way or another. */
  get runsAhead(): boolean {
    return this.#licensed || this.#openIsLicensed;
  }

  /** Whether an unrecorded entry may run here and now, though recorded ones follow. */
  protected get licensed(): boolean {
    return this.#licensed || this.#licenseNext;
  }

  /** The time of the last answer, ms since 1970. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** The recorded children not asked for. */
  unaskedLocations(): Location[] {
    const names = [...(this.place?.children?.keys() ?? [])].filter((name) => !this.names.has(String(name)));
    return names.map((name) => [...this.location, name]);
  }

  /**
   * Begins a turn. Undefined: the primitive must never settle, because its fiber is to end or the code is at fault.
   * @param removedKind for `removed`: the kind that the entry used to have
   */
  enter(asked: Asked, name: string, removedKind?: EntryKind): Turn | undefined {
    if (!this.mayGoOn()) return undefined;
    if (this.open !== undefined) return void this.fault(inProgress(asked, this.open, [...this.location, name]));
    const place = this.names.ask(name);
    if (place === "again") return void this.fault(duplicate(asked, [...this.location, name]));
    if (place !== undefined && !matches(asked, place) && !matches(removedKind ?? asked, place)) {
      return void this.fault(otherKind(removedKind ?? asked, place.entry?.kind, [...this.location, name]));
    }
    if (place !== undefined) this.names.unasked--;
    return this.begin(name, place);
  }

  /** Opens the turn over what is recorded for it. */
  protected begin(name: string, place: Place | undefined): Turn {
    const location = [...this.location, name];
    const { licensed } = this;
    this.open = name;
    this.#openIsLicensed = licensed;
    this.#licenseNext = false;
    return { name, location, entry: place?.entry, place, licensed };
  }

  /** What is recorded for a name. */
  placeOf(name: string): Place | undefined {
    return this.place?.children?.get(name);
  }

  /** Begins something unnamed (`queue.send`, completing a message), under the rule of one at a time. */
  enterUnnamed(what: string): boolean {
    if (!this.mayGoOn()) return false;
    if (this.open !== undefined) return !this.fault(inProgress(what, this.open, this.location));
    this.open = what;
    return true;
  }

  /**
   * Ends the turn with an answer of this time. False: the fiber is to end, the primitive must never settle.
   */
  leave(at: number): boolean {
    if (this.fiber.ended) return false;
    this.open = undefined;
    this.#openIsLicensed = false;
    this.advanceTo(at);
    if (!this.fiber.draining) return true;
    this.fiber.to("ended");
    return false;
  }

  /** The time of the last answer moves on, never back. */
  advanceTo(at: number): void {
    if (at > this.#answeredAt) this.#answeredAt = at;
  }

  /** What follows may run in recorded territory: it takes the place of something removed. */
  licenseNext(): void {
    this.#licenseNext = true;
  }

  /**
   * The scope's code has ended. False: it ended too early or too late, and the pass has been closed; or it threw after
   * it was told to stop, which is no failure of the run.
   * @param thrown what it threw, if it threw
   */
  end(thrown?: { error: unknown }): boolean {
    this.pass.gate.leave(this);
    if (thrown !== undefined && this.fiber.aborted) this.fiber.to("ended");
    if (this.fiber.ended) return false;
    if (this.open !== undefined) return !this.fault(notAwaited(this.open, this.location, thrown));
    if (this.names.unasked === 0) return true;
    return !this.fault(endedEarly(this.location, this.unaskedLocations(), thrown));
  }

  /** Waits at the gate, unless it is open or this turn is licensed to pass. Stays pending when the fiber ends. */
  async gate(turn: Turn | undefined, asked: string): Promise<void> {
    if (this.pass.gate.isOpen || this.fiber.ended) return this.fiber.ended ? never() : undefined;
    const isLicensed = (turn?.licensed === true || this.#licensed) && this.inRecordedTerritory;
    if (isLicensed && !this.pass.gate.isSealed) this.#release();
    else await this.pass.gate.wait(this, asked);
    return this.fiber.ended ? never() : undefined;
  }

  /** Records what was held back for this scope and for the run. */
  #release(): void {
    try {
      this.pass.recorder.release((event) => !("loc" in event) || isDirectlyIn(event.loc, this.location));
    } catch (error) {
      this.pass.fault(error);
    }
  }

  /**
   * Commits; resolves with the events' time, or stays pending when the fiber ended or the disk failed.
   * @param whenDurable called in any case once the events are durable
   */
  commit(events: readonly NewEvent[], whenDurable?: () => void): Promise<number> {
    if (this.fiber.ended) return never();
    const recorded = this.pass.recorder.commit(events);
    const durable = whenDurable === undefined ? recorded : recorded.then((at) => (whenDurable(), at));
    return durable.then(
      (at) => (this.fiber.ended ? never() : at),
      (error) => this.#close(error),
    );
  }

  /** Appends and gives the events' time; a promise that stays pending when the fiber ended or the disk failed. */
  append(events: readonly NewEvent[]): number | Promise<never> {
    if (this.fiber.ended) return never();
    try {
      return this.pass.recorder.append(events);
    } catch (error) {
      return this.#close(error);
    }
  }

  #close(error: unknown): Promise<never> {
    this.pass.fault(error);
    return never();
  }

  /** A scope inside this one, `path` below it; on this one's fiber unless it gets its own. */
  child(path: Location, fiber: Fiber = this.fiber): Scope {
    return new Scope(this.pass, fiber, this, path);
  }

  /** The code is at fault: closes the pass. True: the primitive must never settle. */
  fault(error: Error): boolean {
    this.pass.fault(error);
    return true;
  }

  /** What is recorded stays in force where the code now says something else; a replay for comparison notes it. */
  compare(turn: Turn, what: string, recorded: unknown, asked: unknown): void {
    void [turn, what, recorded, asked];
  }

  /** Does what follows a commit outside the history, save in a rollback pass; stays pending as a commit does. */
  async handOver(work: () => Promise<void>): Promise<void> {
    try {
      if (this.pass.undoables === undefined) await work();
    } catch (error) {
      this.pass.fault(error);
    }
    return this.fiber.ended ? never() : undefined;
  }

  /** The number of this send among those of its message name in this scope. */
  nextSend(name: string): number {
    this.#sends ??= new Map();
    const ordinal = this.#sends.get(name) ?? 0;
    this.#sends.set(name, ordinal + 1);
    return ordinal;
  }

  /** Ids of the completable messages that must be completed before the next receive here. */
  get uncompleted(): Set<string> {
    return (this.#uncompleted ??= new Set());
  }

  /** @throws EntryInProgressError where a replay would not draw: while a turn is open, or in a rollback handler */
  random(): number {
    return numberFrom(this.#draw("random"));
  }

  /** @throws as {@link Scope.random} does */
  uuid(): string {
    return uuidFrom(this.#draw("uuid"));
  }

  #below(path: Location): Place | undefined {
    const [name, ...rest] = path;
    let at = this.placeOf(String(name));
    for (const segment of rest) at = at?.children?.get(segment);
    return at;
  }

  #draw(what: string): string {
    const isUndoing = this.pass.undoables !== undefined && this.fiber.state !== "running";
    if (this.open === undefined && !isUndoing) return this.pass.seedFor(this.location, `${what}:${this.#drawn++}`);
    const error = drawnOutside(`ctx.${what}()`, this.open);
    // Of an ended fiber nobody is told any more, and a handler that throws stops the rollback by itself.
    if (!this.fiber.ended && !isUndoing) this.faultOfDraw(error);
    throw error;
  }

  /** The code draws where it must not, and is given the error, too: there is no value that it may go on with. */
  protected faultOfDraw(error: Error): void {
    this.fault(error);
  }

  protected mayGoOn(): boolean {
    this.fiber.moved();
    if (this.fiber.ended) return false;
    if (!this.fiber.draining) return true;
    this.fiber.to("ended");
    return false;
  }
}
