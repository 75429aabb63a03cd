/**
 * The way into the history: stamps events, folds them in, hands them to the driver, and tells the observer once they
 * are on record. Owns their order; what an event means is the fold's business.
 *
 * Invariants:
 * 1. `seq` and `at` are given out in the order in which events are handed over; `at` never goes back.
 * 2. The fold has an event from the moment it is handed over: a decision stands in the tick in which it is made.
 * 3. The observer sees events in order of `seq`, each when the driver has it: appended ones at once, but not before
 *    what came earlier, committed ones when they are durable.
 * 4. Events belong to the recorder once they are handed over: it stamps them in place.
 * 5. What is held back goes out with the first record after it is released, and before it.
 */
import type { Clock } from "../clock.ts";
import type { EngineDriver } from "../driver.ts";
import type { HistoryEvent, NewEvent } from "../history/events.ts";
import type { History } from "../history/history.ts";

interface Batch {
  readonly events: readonly HistoryEvent[];
  done: boolean;
}

/** What the recorder is made of. */
export interface RecorderParts {
  readonly history: History;
  readonly driver: EngineDriver;
  readonly clock: Clock;
  readonly onEvent: ((event: HistoryEvent) => void) | undefined;
}

/** The way into the history. */
export class Recorder {
  readonly #parts: RecorderParts;
  #held: NewEvent[] = [];
  #unseen: Batch[] = [];
  #told = 0;
  #inFlight = 0;
  #whenQuiet: (() => void)[] = [];
  /** Called whenever a commit has become durable. */
  onCommitted: (() => void) | undefined;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Resolves when no commit is in flight. */
  whenQuiet(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  /** The time that an event recorded now would get. */
  now(): number {
    return Math.max(this.#parts.clock.now(), this.#parts.history.lastAt);
  }

  /** Keeps events back until {@link release}. */
  hold(...events: NewEvent[]): void {
    this.#held.push(...events);
  }

  /** Appends the events held back that `wanted` picks; default: all. */
  release(wanted: (event: NewEvent) => boolean = () => true): void {
    const events = this.#held.filter(wanted);
    if (events.length === 0) return;
    this.#held = this.#held.filter((event) => !wanted(event));
    this.append(events);
  }

  /** Hands events over without waiting for the disk. @returns their time */
  append(events: readonly NewEvent[]): number {
    const batch: Batch = { events: this.#stamp(events), done: true };
    this.#parts.driver.append(batch.events);
    this.#observe(batch);
    return this.#parts.history.lastAt;
  }

  /**
   * Hands events over; resolves with their time when they are durable. No async function: of a thousand branches a
   * thousand commits are under way at once. It never throws all the same: whatever does has rejected.
   */
  commit(events: readonly NewEvent[]): Promise<number> {
    let batch: Batch;
    let durable: Promise<void>;
    try {
      batch = { events: this.#stamp(events), done: false };
      if (this.#parts.onEvent !== undefined) this.#unseen.push(batch);
      durable = Promise.resolve(this.#parts.driver.commit(batch.events));
    } catch (error) {
      return rejected(error);
    }
    const at = this.#parts.history.lastAt;
    this.#inFlight++;
    return durable.then(
      () => {
        batch.done = true;
        this.#tell();
        this.onCommitted?.();
        this.#landed();
        return at;
      },
      (error: unknown) => {
        this.#landed();
        throw error;
      },
    );
  }

  #landed(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }

  #stamp(events: readonly NewEvent[]): HistoryEvent[] {
    const history = this.#parts.history;
    const now = this.now();
    return events.map((event) => {
      const stamped = stamp(event, history.lastSeq + 1, event.at ?? now);
      history.apply(stamped);
      return stamped;
    });
  }

  #observe(batch: Batch): void {
    if (this.#parts.onEvent === undefined) return;
    this.#unseen.push(batch);
    this.#tell();
  }

  /** An observer that throws is a fault of the program around the engine, and none of the run. */
  #show(event: HistoryEvent): void {
    try {
      this.#parts.onEvent?.(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #tell(): void {
    for (let first = this.#unseen[this.#told]; first?.done === true; first = this.#unseen[this.#told]) {
      this.#told++;
      for (const event of first.events) this.#show(event);
    }
    if (this.#told > this.#unseen.length / 2) {
      this.#unseen = this.#unseen.slice(this.#told);
      this.#told = 0;
    }
  }
}

function stamp(event: NewEvent, seq: number, at: number): HistoryEvent {
  const stamped = event as HistoryEvent;
  stamped.seq = seq;
  stamped.at = at;
  return stamped;
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}
