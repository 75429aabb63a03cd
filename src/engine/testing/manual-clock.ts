/**
 * A clock that stands still until it is moved: days of sleeping pass in milliseconds, and a test decides when.
 */
import type { Clock } from "../clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock moved by hand. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers: Set<Timer> = new Set<Timer>();
  /** Turns that somebody waits for: what comes after them belongs to the same moment. */
  #turns = 0;

  /** @param start ms since 1970; default: the beginning of 2026 */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): () => void {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  async nextTurn(): Promise<void> {
    this.#turns++;
    await turn();
    this.#turns--;
  }

  /** Sets the time without firing anything, as a suspended machine or a changed clock does. */
  set(now: number): void {
    this.#now = now;
  }

  /** Moves on by `ms`, firing what falls due on the way, and letting what it starts come to rest. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.#settle();
    for (let next = this.#next(); next !== undefined && next.at <= target; next = this.#next()) await this.#fire(next);
    this.#now = target;
  }

  /** Moves on from timer to timer until the promise settles, and gives its value. */
  async advanceUntil<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    promise.then(end, end);
    for (;;) {
      await this.#settle();
      if (over) return promise;
      const next = this.#next();
      if (next !== undefined) await this.#fire(next);
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    await this.#settle();
  }

  /** Lets promises that can settle do so. */
  async #settle(): Promise<void> {
    do await turn();
    while (this.#turns > 0);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
