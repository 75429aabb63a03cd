/**
 * The engine's driver for one run, on files: joins journal, inbox, compaction and summary. Owns none of their rules;
 * only the order in which they are opened, used and closed.
 *
 * Invariants:
 * 1. While it is open, this process owns the run.
 * 2. Closing makes what was appended durable, gives back watcher, timers and lock, and can be done twice.
 */
import type { EngineDriver } from "../engine/driver.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { Compaction, type LiveEvents } from "./compaction.ts";
import type { Disk } from "./disk.ts";
import { asDiskError, ClosedError, CorruptError, StoreError } from "./errors.ts";
import { readOpenFile } from "./files.ts";
import { FileInbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { JournalFile } from "./journal-file.ts";
import type { RunHome } from "./run-home.ts";
import { corruptError } from "./recovery.ts";
import { type CheckedHistory, checkHistory, decodeInParts, UnreadableRecord } from "./scan.ts";
import { SummaryKeeper } from "./summary-keeper.ts";
import type { SummaryFold } from "./summary.ts";
import type { WatchFolder } from "./disk-watch.ts";

/** Shorter waits are waited for in place. */
const WORKER_POLL_MS = 100;

/** What a driver needs besides the run itself. */
export interface DriverServices {
  readonly disk: Disk;
  readonly watch: WatchFolder;
  readonly fold: SummaryFold;
  readonly isDurable: boolean;
  readonly warn: (text: string) => void;
  readonly now: () => number;
  /** A smaller journal is never rewritten, bytes. */
  readonly compactFrom: number;
}

/** A run of a store, open and owned by this process, as the engine drives it. Close it when the run is over. */
export interface RunDriver extends EngineDriver, AsyncDisposable {
  /** The run's id. */
  readonly run: string;
  compact(live: LiveEvents): Promise<boolean>;
  /** Gives the run back. What was appended is durable then; an error of the disk is thrown, and all is given back. */
  close(): Promise<void>;
}

/** The driver of a run whose folder is entered and whose journal was read. */
export class FileDriver implements RunDriver {
  readonly run: string;
  readonly inbox: FileInbox;
  readonly workerPollInterval: number = WORKER_POLL_MS;
  readonly #home: RunHome;
  readonly #services: DriverServices;
  readonly #journal: Journal;
  readonly #compaction: Compaction;
  readonly #summary: SummaryKeeper;
  /** The journal as it was found, until it is asked for. */
  #found: CheckedHistory | undefined;
  #closing: Promise<void> | undefined;

  constructor(home: RunHome, found: CheckedHistory, services: DriverServices) {
    const { disk, watch, warn, now, isDurable } = services;
    this.run = home.run;
    this.#home = home;
    this.#services = services;
    this.#found = found;
    const file = new JournalFile(disk, home, found.end, isDurable);
    this.#summary = new SummaryKeeper({ disk, home, journal: file, fold: services.fold }, found.end.seq === 0);
    this.#journal = new Journal(file, {
      written: (events) => this.#summary.note(events),
      synced: () => this.#summary.writeWhenResting(),
    });
    this.#compaction = new Compaction(file, services.compactFrom);
    this.inbox = new FileInbox({ disk, paths: () => home.paths, watch, warn, now });
  }

  /** Decodes as it goes, so that nobody holds all of a long history. */
  async load(): Promise<Iterable<HistoryEvent>> {
    this.#refuseWhenClosed();
    const found = this.#found;
    this.#found = undefined;
    return found === undefined ? this.#decode(this.#reread(), []) : this.#decode(found, [this.#summary]);
  }

  #reread(): CheckedHistory {
    this.#journal.write();
    const { history } = this.#home.paths;
    const bytes = readOpenFile(this.#journal.file.file, history);
    const checked = checkHistory(bytes);
    if (checked.tail.state !== "clean") throw corruptError(this.run, history, bytes);
    return checked;
  }

  *#decode(history: CheckedHistory, keepers: readonly SummaryKeeper[]): Generator<HistoryEvent> {
    try {
      for (const part of decodeInParts(history)) {
        for (const keeper of keepers) keeper.take(part);
        yield* part;
      }
      for (const keeper of keepers) keeper.loaded();
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      throw corruptError(this.run, this.#home.paths.history, history.bytes);
    }
  }

  append(events: readonly HistoryEvent[]): void {
    this.#refuseWhenClosed();
    this.#found = undefined;
    this.#journal.append(events);
  }

  commit(events: readonly HistoryEvent[]): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    this.#found = undefined;
    return this.#journal.commit(events);
  }

  async compact(live: LiveEvents): Promise<boolean> {
    this.#refuseWhenClosed();
    if (!this.#compaction.isDue) return false;
    // Nothing may be in flight in a file that is to be replaced; the rest is one turn of the event loop.
    await this.#journal.commit([]);
    const { disk, isDurable, warn } = this.#services;
    try {
      const { paths } = this.#home;
      // Without its receipt a message that is still there would be received again.
      if (!this.inbox.removeFiles()) {
        this.#compaction.putOff();
        return false;
      }
      const isDone = this.#compaction.run({ disk, paths, run: this.run, isDurable }, live);
      if (isDone) this.#summary.write();
      return isDone;
    } catch (error) {
      if (this.#journal.file.failure !== undefined || error instanceof CorruptError) throw error;
      warn(`the history of run "${this.run}" could not be made smaller: ${String(error)}`);
      return false;
    }
  }

  /** Nothing to do: the summary says when a run that waits wants to be taken up again. */
  async setAlarm(): Promise<void> {}

  async clearAlarm(): Promise<void> {}

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.inbox.close();
      if (this.#home.isVisible && this.#journal.file.failure === undefined) {
        await this.#journal.commit([]);
        this.#summary.write();
      }
      if (!this.#home.isVisible) this.#home.discard();
    } catch (error) {
      throw error instanceof StoreError ? error : asDiskError("closing the run", error);
    } finally {
      this.#journal.file.close();
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw this.#closedError();
  }

  #closedError(): ClosedError {
    return new ClosedError(`the driver of run "${this.run}" is closed`);
  }
}
