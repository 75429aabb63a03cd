/**
 * The journal as the engine uses it: `append`, `commit`, `load`. Owns the order of events and group commit; the file
 * and its errors are `journal-file.ts`.
 *
 * The rule of writing: `append` writes at once, one system call, and takes with it whatever is queued before it.
 * `commit` queues, and the queue is written as one record and synced once the current turn of the event loop is over,
 * so that commits that arrive together share one sync; those that arrive while a sync is in flight share the next.
 *
 * Invariants:
 * 1. Events are in the file in the order of the calls.
 * 2. A commit is wholly in one record, and resolves only after a sync that began after its write.
 * 3. Once the file has failed, every commit rejects with that first failure, and `append` throws it: also the append
 *    whose own write fails, so that nobody acts on what is not there.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { encodeEvents } from "./codec.ts";
import type { JournalFile } from "./journal-file.ts";

/** A record is not filled further than this. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** Of so many flushes one lets the event loop turn; and each that comes so long after its last turn, ms. */
const FLUSHES_PER_TURN = 8;
const LONG_TURN_MS = 25;

interface Queued {
  readonly encoded: Uint8Array;
  readonly events: readonly HistoryEvent[];
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Is told what happens to the journal. */
export interface JournalObserver {
  /** These events are in the file now, durable or not. */
  written(events: readonly HistoryEvent[]): void;
  /** All that was written is durable, and those who waited for it are about to go on. */
  synced(): void;
}

/** The journal of one run, open and owned. */
export class Journal {
  readonly file: JournalFile;
  readonly #queue: Queued[] = [];
  #waiters: Waiter[] = [];
  /** `due`: a flush will run at the end of this turn. `syncing`: one is in flight. */
  #state: "idle" | "due" | "syncing" = "idle";

  #flushes = 0;
  #turnedAt = 0;
  readonly #observer: JournalObserver;

  constructor(file: JournalFile, observer: JournalObserver) {
    this.file = file;
    this.#observer = observer;
  }

  /** Adds events without waiting for the disk. @throws StoreError when they could not be written, or anything before */
  append(events: readonly HistoryEvent[]): void {
    if (this.file.failure !== undefined) throw this.file.failure;
    this.#enqueue(events);
    this.write();
  }

  /** Adds events; durable when it resolves, with everything before them. */
  commit(events: readonly HistoryEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.file.failure !== undefined) throw this.file.failure;
      this.#enqueue(events);
      this.#waiters.push({ resolve, reject });
      this.#schedule();
    });
  }

  /** Writes what is queued. @throws StoreError */
  write(): void {
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      this.file.write(
        batch.map((queued) => queued.encoded),
        batch[0]?.events[0],
        batch.at(-1)?.events.at(-1)?.seq ?? 0,
      );
      for (const { events } of batch) this.#observer.written(events);
    }
  }

  #enqueue(events: readonly HistoryEvent[]): void {
    if (events.length > 0) this.#queue.push({ encoded: encodeEvents(events), events });
  }

  #nextBatch(): Queued[] {
    let bytes = 0;
    const full = this.#queue.findIndex((queued) => (bytes += queued.encoded.length) > MAX_RECORD_BYTES);
    return this.#queue.splice(0, full === -1 ? this.#queue.length : Math.max(full, 1));
  }

  #schedule(): void {
    if (this.#state !== "idle") return;
    this.#state = "due";
    const flush = (): void => this.#flush();
    // Once all that is ready to run has run. Now and then by way of the event loop, so that timers and input get in.
    const now = performance.now();
    const isLong = now - this.#turnedAt > LONG_TURN_MS;
    if (isLong || this.#flushes % FLUSHES_PER_TURN === 0) this.#turnedAt = now;
    // Twice round, since the first may come without a look at what happened: a signal that came while a step's body
    // blocked is to be heard before the next one begins.
    if (isLong) setImmediate(() => setImmediate(flush));
    else if (this.#flushes % FLUSHES_PER_TURN === 0) setImmediate(flush);
    else queueMicrotask(() => process.nextTick(flush));
    this.#flushes++;
  }

  #flush(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      this.file.check();
      this.write();
      if (!this.file.isQuick) return void this.#finishLater(waiters);
      this.file.sync();
      this.#observer.synced();
      this.#settle(waiters);
    } catch (error) {
      this.#settle(waiters, error);
    }
  }

  async #finishLater(waiters: readonly Waiter[]): Promise<void> {
    this.#state = "syncing";
    try {
      await this.file.syncLater();
      this.#observer.synced();
      this.#settle(waiters);
    } catch (error) {
      this.#settle(waiters, error);
    }
  }

  #settle(waiters: readonly Waiter[], error?: unknown): void {
    if (error !== undefined) this.#queue.length = 0;
    for (const { resolve, reject } of waiters) {
      if (error === undefined) resolve();
      else reject(error);
    }
    this.#state = "idle";
    if (this.#waiters.length > 0) this.#schedule();
  }
}
