/**
 * Files of messages that were taken out of the inbox, on their way off the disk: a moment later and many at once, on
 * other threads.
 *
 * Invariants:
 * 1. A file whose removal the disk refused is tried again with the next ones.
 */
import { type Disk, diskErrorCode } from "./disk.ts";
import { removeIfThere } from "./files.ts";

/** Each removal makes the sync of the next commit dearer; many at once hardly more than one. */
const AT_ONCE = 128;
const DELAY_MS = 50;

interface RemovalServices {
  readonly disk: Disk;
  readonly pathOf: (file: string) => string;
  readonly warn: (text: string) => void;
  /** The file is gone. */
  readonly onRemoved: (file: string) => void;
}

/** Files that are to go from one inbox. */
export class InboxRemovals {
  readonly #services: RemovalServices;
  /** Those that are still there. */
  readonly #files = new Set<string>();
  /** Those of them whose removal has not begun. */
  #due: string[] = [];
  /** Removals on other threads. */
  readonly #inFlight = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(services: RemovalServices) {
    this.#services = services;
  }

  /** Whether a file is to go, and still there. */
  has(file: string): boolean {
    return this.#files.has(file);
  }

  add(files: readonly string[]): void {
    for (const file of files) {
      if (this.#files.has(file)) continue;
      this.#files.add(file);
      this.#due.push(file);
    }
    if (this.#due.length >= AT_ONCE) this.#removeLater();
    else this.#timer ??= setTimeout(() => this.#removeLater(), DELAY_MS).unref();
  }

  /** Removes them all, there and then. @returns false when some are still there: the disk refused */
  removeNow(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = [];
    const { disk, pathOf } = this.#services;
    for (const file of this.#files) {
      try {
        removeIfThere(disk, pathOf(file));
        this.#removed(file);
      } catch (error) {
        if (diskErrorCode(error) === undefined) throw error;
        this.#notRemoved(file, error);
      }
    }
    return this.#files.size === 0;
  }

  /** Resolves when no other thread removes anything any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #removeLater(): void {
    this.#timer = undefined;
    const { disk, pathOf } = this.#services;
    const removals = Promise.all(
      this.#due.splice(0).map((file) =>
        disk.removeFileLater(pathOf(file)).then(
          () => this.#removed(file),
          (error) => (diskErrorCode(error) === "ENOENT" ? this.#removed(file) : this.#notRemoved(file, error)),
        ),
      ),
    );
    this.#inFlight.add(removals);
    void removals.finally(() => this.#inFlight.delete(removals));
  }

  #removed(file: string): void {
    this.#files.delete(file);
    this.#services.onRemoved(file);
  }

  #notRemoved(file: string, error: unknown): void {
    this.#due.push(file);
    const text = error instanceof Error ? error.message : String(error);
    this.#services.warn(`message file ${file} was received, but cannot be removed: ${text}`);
  }
}
