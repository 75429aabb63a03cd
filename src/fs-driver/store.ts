/**
 * A store: a folder of runs. Owns opening runs and finding them; what goes on inside a run is `run-driver.ts`, what
 * senders do is `sending.ts`, readers `reading.ts`.
 *
 * Invariants:
 * 1. Nothing is made on disk before a run is opened: reading a store that is not there finds no runs.
 * 2. Every id is checked before a path is built of it.
 */
import path from "node:path";
import type { REQUESTS } from "../engine/driver.ts";
import { type Disk, diskErrorCode } from "./disk.ts";
import { COMPACT_FROM_BYTES } from "./compaction.ts";
import { nodeDisk } from "./disk-node.ts";
import { findStore } from "./discover.ts";
import { asDiskError, CorruptError, guarded, NotFoundError } from "./errors.ts";
import { checkRunId, isRunId, matchRunId } from "./ids.ts";
import { runFolder, type RunPaths, runPaths } from "./layout.ts";
import type { MessageResponse } from "./outbox.ts";
import { examineRun, type RunHealth } from "./health.ts";
import { removeRun } from "./removal.ts";
import { repairHistory, type RepairReport } from "./repair.ts";
import { type RunListing, type RunReading, readListing, readListingOrSay, readRun } from "./reading.ts";
import { recover } from "./recovery.ts";
import { type DriverServices, FileDriver, type RunDriver } from "./run-driver.ts";
import { enterHome, makeHome, type RunHome } from "./run-home.ts";
import { awaitResponse, type SendOptions, Sender, type SentMessage } from "./sending.ts";
import { Spelling } from "./spelling.ts";
import { prepareStore, tidyStore } from "./store-folder.ts";
import { foldRunEvents, type SummaryFold } from "./summary.ts";
import { type WatchFolder, watchFolder } from "./disk-watch.ts";

/** How to open a store. */
export interface StoreOptions {
  /** The store's folder itself. Default: the nearest `.workflows` upward from the working directory, or beside the nearest `package.json`. */
  readonly dir?: string;
  /** `sync` (default) survives power loss; `os` leaves out the syncs and survives a killed process. */
  readonly durability?: "sync" | "os";
  /** Makes summaries of runs. Default: one that knows only the events of the run as a whole. */
  readonly fold?: SummaryFold;
  /** Is told, in one line, what recovery set aside. Default: nobody. */
  readonly onWarning?: (text: string) => void;
  /** The disk. Default: the machine's own. */
  readonly disk?: Disk;
  /** Watches folders. Default: the operating system's notices. */
  readonly watch?: WatchFolder;
  /** A history smaller than this, in bytes, is never rewritten without its dead events. Default 1 MiB. */
  readonly compactFrom?: number;
  /** The wall clock, ms since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A folder of runs. */
export interface Store {
  /** Absolute path of the store's folder, which may not be there yet. */
  readonly dir: string;
  readonly durability: "sync" | "os";
  /**
   * Opens a run, or begins one, and takes its lock. A new run becomes visible with its first commit.
   * @throws OwnedError, CorruptError, BadIdError, DiskError
   */
  open(run: string): Promise<RunDriver>;
  /** Ids of all runs, sorted. */
  ids(): string[];
  /** Whether there is a run with this id. Costs the same however many there are. */
  has(run: string): boolean;
  /** The id that a person means: an id, a unique prefix of it or of its random part, or `latest`. @throws NotFoundError, BadIdError */
  resolve(wanted: string): string;
  /** All runs with their summaries, sorted by id. */
  list(): RunListing[];
  /** One run's summary. @throws NotFoundError */
  summary(run: string): RunListing;
  /** The whole history of a run, without its lock. @throws NotFoundError; corruption is in `tail` */
  read(run: string): RunReading;
  /** Puts a message into a run's inbox; durable when it resolves. @throws FinishedError (not for what was sent before, by `id`), IdConflictError, NotFoundError */
  send(run: string, name: string, body: unknown, options?: SendOptions): Promise<SentMessage>;
  /** Asks the owner of a run for something. @throws as `send` */
  request(run: string, kind: keyof typeof REQUESTS, body?: unknown): Promise<SentMessage>;
  /** Looks a run over: history, messages, responses, and files that cannot be read. Changes nothing. @throws NotFoundError */
  examine(run: string): RunHealth;
  /**
   * Mends a corrupt history: copies it, keeps what is good before the damage, and says what is given up. With
   * `isDryRun` it only says so. @throws OwnedError, NotFoundError, DiskError
   */
  repair(run: string, options?: { readonly isDryRun?: boolean }): Promise<RepairReport>;
  /**
   * Deletes a run, whatever its state, unless `mayGo` says no; it is asked once nobody else can change the run.
   * @returns whether the run was deleted
   * @throws OwnedError, NotFoundError, DiskError
   */
  remove(run: string, mayGo?: () => boolean): Promise<boolean>;
  /** What kind of file system the store is on, when that may not keep what was promised. */
  doubts(): string | undefined;
  /** Waits for the response to a completable message; undefined when `signal` fires first. @throws NotFoundError */
  response(run: string, id: string, signal: AbortSignal): Promise<MessageResponse | undefined>;
}

/** Opens a store. Nothing is made on disk yet. */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  return new FolderStore(options);
}

class FolderStore implements Store {
  readonly dir: string;
  readonly durability: "sync" | "os";
  readonly #services: DriverServices;
  readonly #sender: Sender;
  readonly #spelling: Spelling;
  /** `tidy`: what crashes left was cleared away, too. */
  #folder: "unknown" | "prepared" | "tidy" = "unknown";

  constructor(options: StoreOptions) {
    const { disk = nodeDisk, durability = "sync", fold = foldRunEvents, now = Date.now } = options;
    this.dir = options.dir === undefined ? findStore(process.cwd(), { disk }).dir : path.resolve(options.dir);
    this.durability = durability;
    const { watch = watchFolder, onWarning: warn = () => undefined, compactFrom = COMPACT_FROM_BYTES } = options;
    this.#services = { disk, watch, fold, isDurable: durability === "sync", warn, now, compactFrom };
    this.#sender = new Sender({ disk, fold, now });
    this.#spelling = new Spelling(disk, this.dir);
  }

  async open(run: string): Promise<RunDriver> {
    checkRunId(run);
    try {
      return await this.#open(run);
    } catch (error) {
      throw diskErrorCode(error) === undefined ? error : asDiskError("opening the run", error);
    }
  }

  async #open(run: string): Promise<RunDriver> {
    if (this.#folder === "unknown" && prepareStore(this.#services.disk, this.dir)) this.#sayDoubts();
    if (this.#folder === "unknown") this.#folder = "prepared";
    const home = (await this.#enterExisting(run)) ?? (await this.#makeNewOrSay(run));
    try {
      return new FileDriver(home, recover(home, this.#services), this.#services);
    } catch (error) {
      home.file.close();
      throw error;
    }
  }

  /** Once, when the store is made. */
  #sayDoubts(): void {
    const kind = this.doubts();
    if (kind === undefined) return;
    this.#services.warn(`${this.dir} is on ${kind}: locks and syncs may not hold there; a local disk is safer`);
  }

  async #enterExisting(run: string): Promise<RunHome | undefined> {
    const { disk, now } = this.#services;
    return this.#spelling.has(run) ? enterHome(disk, this.dir, run, now()) : undefined;
  }

  async #makeNewOrSay(run: string): Promise<RunHome> {
    try {
      return await this.#makeNew(run);
    } catch (error) {
      throw diskErrorCode(error) === undefined ? error : asDiskError("making the run", error, "no run was begun");
    }
  }

  async #makeNew(run: string): Promise<RunHome> {
    const { disk, now, isDurable } = this.#services;
    if (this.#folder !== "tidy") this.#spelling.learn(tidyStore(disk, this.dir, now()));
    this.#folder = "tidy";
    for (;;) {
      this.#spelling.checkFree(run);
      const made = await makeHome(disk, this.dir, run, { now: now(), isDurable });
      if (made !== undefined) {
        this.#spelling.note(run);
        return made;
      }
      this.#refuseHollow(run);
      const existing = await this.#enterExisting(run);
      if (existing !== undefined) return existing;
    }
  }

  /** A run is its history: a folder without one is what an outside hand left, and no place for a new run. */
  #refuseHollow(run: string): void {
    const { folder, history } = runPaths(runFolder(this.dir, run));
    const { disk } = this.#services;
    if (disk.facts(folder) === undefined || disk.facts(history) !== undefined) return;
    const reason = "the history is missing";
    throw new CorruptError(run, { file: history, offset: 0, record: 0, reason, goodEvents: 0 });
  }

  ids(): string[] {
    try {
      const entries = this.#services.disk.list(this.dir);
      return entries.flatMap(({ name, kind }) => (kind === "folder" && isRunId(name) ? [name] : [])).sort();
    } catch (error) {
      if (diskErrorCode(error) === "ENOENT") return [];
      throw asDiskError("listing the runs", error);
    }
  }

  has(run: string): boolean {
    if (!isRunId(run)) return false;
    return guarded("looking for the run", () => {
      return this.#spelling.has(run) && this.#services.disk.facts(runFolder(this.dir, run))?.kind === "folder";
    });
  }

  resolve(wanted: string): string {
    if (this.has(wanted)) return wanted;
    if (wanted !== "latest") return matchRunId(wanted, this.ids());
    const createdAt = ({ summary }: RunListing): number => summary?.createdAt ?? 0;
    const [latest] = this.list().sort((a, b) => createdAt(b) - createdAt(a));
    if (latest === undefined) throw new NotFoundError(wanted);
    return latest.run;
  }

  list(): RunListing[] {
    const { disk, fold } = this.#services;
    const listing = (run: string): RunListing[] | RunListing =>
      readListingOrSay(disk, runPaths(runFolder(this.dir, run)), run, fold) ?? [];
    return this.ids().flatMap(listing);
  }

  summary(run: string): RunListing {
    checkRunId(run);
    const { disk, fold } = this.#services;
    const listing = guarded("reading the run", () => readListing(disk, this.#paths(run), run, fold));
    if (listing === undefined) throw new NotFoundError(run);
    return listing;
  }

  read(run: string): RunReading {
    checkRunId(run);
    return guarded("reading the run", () => readRun(this.#services.disk, this.#paths(run), run));
  }

  async send(run: string, name: string, body: unknown, options: SendOptions = {}): Promise<SentMessage> {
    checkRunId(run);
    return guarded("sending the message", () => this.#sender.send(this.#paths(run), run, { name, body }, options));
  }

  async request(run: string, kind: keyof typeof REQUESTS, body?: unknown): Promise<SentMessage> {
    checkRunId(run);
    return guarded("sending the request", () => this.#sender.request(this.#paths(run), run, kind, body));
  }

  examine(run: string): RunHealth {
    checkRunId(run);
    return guarded("looking the run over", () => examineRun(this.#services.disk, this.#paths(run), run));
  }

  async repair(run: string, options: { isDryRun?: boolean } = {}): Promise<RepairReport> {
    return this.#withLock(run, "repairing the history", (home) => {
      return repairHistory(home, this.#services, options.isDryRun ?? false);
    });
  }

  async remove(run: string, mayGo: () => boolean = () => true): Promise<boolean> {
    const { disk, isDurable } = this.#services;
    return this.#withLock(run, "deleting the run", (home) => {
      if (!mayGo()) return false;
      removeRun(disk, this.dir, home, isDurable);
      return true;
    });
  }

  /** Does something to a run that is there, while this process owns it. */
  async #withLock<T>(run: string, doing: string, act: (home: RunHome) => T): Promise<T> {
    checkRunId(run);
    try {
      const home = await this.#enterExisting(run);
      if (home === undefined) throw new NotFoundError(run);
      try {
        return act(home);
      } finally {
        home.file.close();
      }
    } catch (error) {
      throw diskErrorCode(error) === undefined ? error : asDiskError(doing, error);
    }
  }

  doubts(): string | undefined {
    const { disk } = this.#services;
    return disk.facts(this.dir) === undefined ? undefined : disk.doubts?.(this.dir);
  }

  async response(run: string, id: string, signal: AbortSignal): Promise<MessageResponse | undefined> {
    checkRunId(run);
    const { disk, watch } = this.#services;
    const paths = guarded("looking for the run", () => this.#paths(run));
    return awaitResponse({ disk, watch, paths, id }, signal);
  }

  /** The paths of a run that is there. @throws NotFoundError, also when only its spelling in another case is there */
  #paths(run: string): RunPaths {
    if (!this.#spelling.has(run)) throw new NotFoundError(run);
    return runPaths(runFolder(this.dir, run));
  }
}
