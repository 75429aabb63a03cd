/**
 * Keeps the summary of an open run as its events go by, and writes the cache when the run comes to rest. What a
 * summary is, and whether a cache still counts, is `summary.ts`.
 *
 * Invariants:
 * 1. The fold costs the events that came, never the history.
 * 2. A summary is written only together with the place in the journal that it stands for, and only if all events
 *    before that place were taken in, in their order.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { type Disk, diskErrorCode } from "./disk.ts";
import type { JournalFile } from "./journal-file.ts";
import type { RunHome } from "./run-home.ts";
import { type RunSummary, type SummaryFold, writeSummary } from "./summary.ts";

/** After these the run rests: it waits, or is over. */
const RESTING: ReadonlySet<string> = new Set<HistoryEvent["type"]>([
  "run.waiting",
  "run.paused",
  "run.completed",
  "run.failed",
  "run.cancelled",
]);

interface KeeperServices {
  readonly disk: Disk;
  readonly home: RunHome;
  readonly journal: JournalFile;
  readonly fold: SummaryFold;
}

/** The summary of one open run. */
export class SummaryKeeper {
  readonly #services: KeeperServices;
  #summary: RunSummary | undefined;
  #hasBegun = false;
  #rests = false;
  /** `loading`: events that the journal had when it was opened are yet to come. `partial`: and others came first. */
  #state: "loading" | "whole" | "partial";

  constructor(services: KeeperServices, isNew: boolean) {
    this.#services = services;
    this.#state = isNew ? "whole" : "loading";
  }

  /** All that the journal had when it was opened was taken in. */
  loaded(): void {
    if (this.#state === "loading") this.#state = "whole";
  }

  /** Takes in events that the journal has. */
  take(events: readonly HistoryEvent[]): void {
    const { fold } = this.#services;
    if (!this.#hasBegun) this.#summary = fold(events);
    else if (this.#summary !== undefined) this.#summary = fold(events, this.#summary);
    this.#hasBegun = true;
  }

  /** Takes in events that were just written. */
  note(events: readonly HistoryEvent[]): void {
    if (this.#state === "loading") this.#state = "partial";
    this.take(events);
    this.#rests = RESTING.has(events.at(-1)?.type ?? "");
  }

  /** Writes the cache when the last event put the run to rest. */
  writeWhenResting(): void {
    if (this.#rests) this.write();
    this.#rests = false;
  }

  /** Writes the cache; a disk that refuses costs time later, nothing else. */
  write(): void {
    const { disk, home, journal } = this.#services;
    if (this.#state !== "whole" || this.#summary === undefined || !home.isVisible || journal.end.seq === 0) return;
    try {
      writeSummary(disk, home.paths, { summary: this.#summary, at: journal.end });
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
    }
  }
}
