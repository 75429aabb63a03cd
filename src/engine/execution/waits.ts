/**
 * What parked fibers wait for: a time, a message, or both. Owns the timer, the watch on the inbox, and which message
 * goes to which fiber; that nobody else gets it is the business of `claims.ts`, what is then recorded the primitives',
 * what is asked of the run's owner `requests.ts`.
 *
 * Invariants:
 * 1. A message goes to one wait, and is free again when the wait's fiber ended without recording it.
 * 2. What is ready at the same look settles in the order in which it fell due; a message sent no later than a deadline
 *    beats it.
 * 3. While it looks, it counts as running: nobody concludes that the run waits before the look is over.
 * 4. Nothing settles before `enable` (the gate) or after `close`.
 */
import type { Clock } from "../clock.ts";
import { Claims, type ClaimsParts } from "./claims.ts";
import type { Message } from "../driver.ts";
import type { WaitingFor } from "../history/history.ts";
import { isWithin, type Location } from "../history/location.ts";
import { Deadlines } from "./deadlines.ts";
import { Requests, type RequestsParts } from "./requests.ts";
import { settleInOrder } from "./lanes.ts";
import type { Wait, WaitRequest, WaitResult } from "./wait.ts";
import { Wanted } from "./wanted.ts";

/** The wall clock is looked at again at least this often, ms: it may have been set, or the machine suspended. */
const RECHECK = 60_000;

/** What the waits are made of. */
export interface WaitsParts extends ClaimsParts, RequestsParts {
  readonly clock: Clock;
}

/** All waits of one pass. */
export class Waits {
  readonly #parts: WaitsParts;
  readonly #deadlines: Deadlines<Wait> = new Deadlines<Wait>();
  readonly #wanted: Wanted = new Wanted();
  readonly #all: Set<Wait> = new Set<Wait>();
  readonly #claims: Claims;
  readonly #requests: Requests;
  /** Waits that have messages, and probes: what the current look will settle besides what is due. */
  readonly #answered: Set<Wait> = new Set<Wait>();
  readonly #closing: AbortController = new AbortController();
  #state: "replaying" | "enabled" | "closed" = "replaying";
  #looking = false;
  #lookAgain = false;
  #arrived = true;
  #order = 0;
  #wakeOnEnable: Location[] = [];
  #timer: { until: number; cancel: () => void } | undefined;

  constructor(parts: WaitsParts) {
    this.#parts = parts;
    this.#claims = new Claims(parts);
    this.#requests = new Requests(parts);
  }

  /** The earliest time at which a wait ends by itself. */
  get earliest(): number | undefined {
    return this.#deadlines.first?.until;
  }

  /** Whether waits settle. */
  get enabled(): boolean {
    return this.#state === "enabled";
  }

  /** What the parked fibers wait for. */
  waitingFor(): WaitingFor {
    const { names } = this.#wanted;
    const { earliest } = this;
    return {
      ...(names === undefined ? { anyMessage: true as const } : names.length > 0 && { messages: names }),
      ...(earliest !== undefined && { until: earliest }),
    };
  }

  /**
   * Takes the messages that are there now. A fiber outside of races, while nobody waits for anything, has nobody to be
   * fair to: it does not park, which takes half as long.
   */
  async probe(request: WaitRequest): Promise<WaitResult> {
    const isAlone = this.enabled && !this.#looking && this.#all.size === 0 && request.fiber.race === undefined;
    if (!isAlone) return this.park(request);
    const { fiber, names, count = 1 } = request;
    const messages: Message[] = [];
    try {
      await this.#claims.take(names, count, (message) => messages.length < count && messages.push(message) > 0);
    } catch (error) {
      this.#parts.onError(error);
    }
    if (fiber.aborted) fiber.to("ended");
    return messages.length > 0 || fiber.ended ? { how: "messages", messages } : this.park(request);
  }

  /** Parks a fiber. It runs again when the promise resolves; the promise stays pending when the fiber is told to stop. */
  park(request: WaitRequest): Promise<WaitResult> {
    return new Promise((resolve) => {
      const until = request.until ?? Number.POSITIVE_INFINITY;
      const unlink = request.fiber.onAbort(() => {
        this.#drop(wait);
        if (wait.taken.length > 0) this.#look();
      });
      const wait: Wait = { request, resolve, unlink, taken: [], until, order: this.#order++, slot: -1 };
      this.#all.add(wait);
      if (request.until !== undefined) this.#deadlines.add(wait);
      if (request.kind === "probe") this.#answered.add(wait);
      if (request.count !== undefined) {
        this.#wanted.add(wait);
        this.#look();
      } else {
        this.#arm();
      }
      request.fiber.to("parked");
    });
  }

  /** The gate is open: from now on waits settle. */
  enable(): void {
    if (this.#state !== "replaying") return;
    this.#state = "enabled";
    void this.#watch();
    for (const within of this.#wakeOnEnable.splice(0)) this.wake(within);
    this.#look();
  }

  /** Ends the sleeps and backoffs at and below a location now; while replaying, as soon as the gate has opened. */
  wake(within: Location = []): void {
    if (this.#state === "replaying") {
      this.#wakeOnEnable.push(within);
      return;
    }
    for (const wait of this.#all) {
      const { kind, location = [] } = wait.request;
      const isTimed = kind === "sleep" || kind === "backoff";
      if (isTimed && isWithin(location, within)) this.#settle(wait, { how: "woken" });
    }
  }

  /** These messages are on record: the inbox may let go of them. */
  received(messages: readonly Message[]): void {
    this.#claims.received(messages);
  }

  /** The fiber that was to receive these ended before it recorded them: somebody else may have them. */
  unclaim(messages: readonly Message[]): void {
    this.#claims.free(messages);
    this.#look();
  }

  /** Stops looking; resolves when the inbox is at rest. */
  close(): Promise<void> {
    this.#state = "closed";
    this.#closing.abort();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#all.clear();
    return Promise.all([this.#requests.atRest, this.#claims.close()]).then(() => undefined);
  }

  #drop(wait: Wait): void {
    this.#forget(wait);
    this.#claims.free(wait.taken);
  }

  #forget(wait: Wait): void {
    this.#all.delete(wait);
    this.#deadlines.delete(wait);
    this.#wanted.delete(wait);
    this.#answered.delete(wait);
  }

  #settle(wait: Wait, result: WaitResult): void {
    this.#forget(wait);
    wait.unlink();
    wait.request.fiber.to("running");
    wait.resolve(result);
  }

  async #watch(): Promise<void> {
    try {
      while (this.#state === "enabled") {
        await this.#parts.driver.inbox.wait(this.#closing.signal);
        this.#arrived = true;
        this.#look();
      }
    } catch (error) {
      if (this.#state === "enabled") this.#parts.onError(error);
    }
  }

  #arm(): void {
    const first = this.#deadlines.first;
    if (this.#state !== "enabled" || first === undefined) return;
    if (this.#timer !== undefined && this.#timer.until <= first.until) return;
    this.#timer?.cancel();
    const delay = Math.max(0, Math.min(first.until - this.#parts.clock.now(), RECHECK));
    const cancel = this.#parts.clock.after(delay, () => {
      this.#timer = undefined;
      this.#look();
    });
    this.#timer = { until: first.until, cancel };
  }

  #look(): void {
    if (this.#state !== "enabled") return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    void this.#lookUntilQuiet(this.#parts.fibers.hold());
  }

  /** Ends looking in the very tick in which nothing calls for another look: no call can fall in between. */
  async #lookUntilQuiet(release: () => void): Promise<void> {
    try {
      do {
        await Promise.resolve();
        this.#lookAgain = false;
        if (this.#arrived) {
          this.#arrived = false;
          await this.obeyRequests();
        }
        if (this.#wanted.missing > 0) await this.#assignMessages();
        if (this.#state === "enabled") this.#settleReady();
      } while (this.#lookAgain && this.#state === "enabled");
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#looking = false;
      this.#arm();
      release();
    }
  }

  /** Carries out the requests in the inbox. */
  obeyRequests(): Promise<void> {
    return this.#requests.obey();
  }

  /** Claims messages for the waits that want them, first come, first served (invariant 1). */
  async #assignMessages(): Promise<void> {
    let taken = 1;
    while (taken > 0 && this.#wanted.missing > 0 && this.#state === "enabled")
      taken = await this.#claims.take(this.#wanted.names, this.#wanted.missing, (message) => this.#give(message));
  }

  #give(message: Message): boolean {
    const wait = this.#wanted.give(message);
    if (wait === undefined) return false;
    this.#answered.add(wait);
    return true;
  }

  /** Settles what is ready, in the order in which it fell due (invariant 2). */
  #settleReady(): void {
    const now = this.#parts.clock.now();
    const ready: { wait: Wait; at: number; rank: number }[] = [];
    for (const wait of this.#answered) {
      const [first] = wait.taken;
      ready.push(first === undefined ? { wait, at: now, rank: 2 } : { wait, at: first.sentAt, rank: 0 });
    }
    this.#answered.clear();
    for (let due = this.#deadlines.first; due !== undefined && due.until <= now; due = this.#deadlines.first) {
      this.#deadlines.delete(due);
      if (due.taken.length === 0) ready.push({ wait: due, at: due.until, rank: 1 });
    }
    ready.sort((a, b) => a.at - b.at || a.rank - b.rank || a.wait.order - b.wait.order);
    const waits = ready.map(({ wait }) => wait);
    settleInOrder(waits, (wait) => this.#settleOne(wait));
  }

  #settleOne(wait: Wait): boolean {
    if (this.#state !== "enabled" || !this.#all.has(wait)) return false;
    const { kind, count } = wait.request;
    if (wait.taken.length > 0) {
      this.#settle(wait, { how: "messages", messages: [...wait.taken] });
      return true;
    }
    this.#settle(wait, { how: kind === "probe" ? "none" : "elapsed" });
    // Messages that were too late for this wait may have kept others out of sight.
    if (count !== undefined && this.#wanted.missing > 0) this.#look();
    return true;
  }
}
