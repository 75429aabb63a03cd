/**
 * The folder of a run: where it is now, and how a new one becomes visible. Owns making, publishing and discarding it;
 * what is in the journal is the journal's.
 *
 * Invariants:
 * 1. A new run lies in a hidden sibling, whose journal is locked, until its first commit is durable; then one rename
 *    makes it visible, and the store's folder is synced before anybody is told.
 * 2. There is one hidden sibling per id, so two processes that make the same run meet at its lock.
 */
import path from "node:path";
import { type Disk, type DiskFile, diskErrorCode } from "./disk.ts";
import { OwnedError } from "./errors.ts";
import { removeTree } from "./files.ts";
import { newRunFolder, runFolder, type RunPaths, runPaths } from "./layout.ts";
import { lockJournal, readOwner, writeOwner } from "./lock.ts";

/** A run's folder, owned by this process. */
export interface RunHome {
  readonly run: string;
  readonly paths: RunPaths;
  readonly isVisible: boolean;
  /** The journal, open and locked. */
  readonly file: DiskFile;
  /** Makes a new run visible, durably. */
  publish(): void;
  /** Removes a new run that was never visible. */
  discard(): void;
}

/** The folder of a run that exists; undefined when there is none. @throws OwnedError */
export async function enterHome(disk: Disk, store: string, run: string, now: number): Promise<RunHome | undefined> {
  const paths = runPaths(runFolder(store, run));
  try {
    const file = await lockJournal(disk, paths, run, "update");
    orClose(file, () => writeOwner(disk, paths, now));
    return { run, paths, isVisible: true, file, publish: nothing, discard: nothing };
  } catch (error) {
    if (diskErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Does something with a locked file, and gives it back when that fails. */
function orClose<T>(file: DiskFile, act: () => T): T {
  try {
    return act();
  } catch (error) {
    file.close();
    throw error;
  }
}

function nothing(): void {}

/** A hidden folder for a new run; undefined when the run has come into being meanwhile. @throws OwnedError */
export async function makeHome(
  disk: Disk,
  store: string,
  run: string,
  options: { now: number; isDurable: boolean },
): Promise<RunHome | undefined> {
  const hidden = runPaths(newRunFolder(store, run));
  const visible = runPaths(runFolder(store, run));
  disk.makeFolder(hidden.folder);
  let file: DiskFile;
  try {
    file = await lockJournal(disk, hidden, run, "create");
  } catch (error) {
    // Whoever was making it has renamed it, or thrown it away.
    if (diskErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const isFree = orClose(file, () => {
    if (disk.facts(visible.folder) !== undefined || !file.isAt(hidden.history)) return false;
    file.truncate(0);
    disk.makeFolder(hidden.inbox);
    writeOwner(disk, hidden, options.now);
    return true;
  });
  if (!isFree) {
    file.close();
    return undefined;
  }
  return new NewHome(disk, { run, file, hidden, visible }, options.isDurable);
}

class NewHome implements RunHome {
  readonly run: string;
  readonly file: DiskFile;
  readonly #disk: Disk;
  readonly #hidden: RunPaths;
  readonly #visible: RunPaths;
  #state: "hidden" | "visible" | "discarded" = "hidden";

  readonly #isDurable: boolean;

  constructor(
    disk: Disk,
    home: { run: string; file: DiskFile; hidden: RunPaths; visible: RunPaths },
    isDurable: boolean,
  ) {
    this.#disk = disk;
    this.#isDurable = isDurable;
    this.run = home.run;
    this.file = home.file;
    this.#hidden = home.hidden;
    this.#visible = home.visible;
  }

  get isVisible(): boolean {
    return this.#state === "visible";
  }

  get paths(): RunPaths {
    return this.isVisible ? this.#visible : this.#hidden;
  }

  publish(): void {
    if (this.#state !== "hidden") return;
    if (this.#isDurable) this.#disk.syncFolder(this.#hidden.folder);
    try {
      this.#disk.rename(this.#hidden.folder, this.#visible.folder);
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST"].includes(diskErrorCode(error) ?? "")) throw error;
      throw new OwnedError(
        this.run,
        readOwner(this.#disk, this.#visible),
        `run "${this.run}" was made by another process`,
      );
    }
    this.#state = "visible";
    if (this.#isDurable) this.#disk.syncFolder(path.dirname(this.#visible.folder));
  }

  discard(): void {
    if (this.#state !== "hidden") return;
    this.#state = "discarded";
    removeTree(this.#disk, this.#hidden.folder);
  }
}
