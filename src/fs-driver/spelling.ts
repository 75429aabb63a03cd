/**
 * How the ids of a store are spelled: no two may differ in case only, since on some file systems they would be one run.
 * Which ids are allowed at all is `ids.ts`.
 *
 * Invariants:
 * 1. An id in another case is never taken for the run: where the file system ignores case, the folder's own list of
 *    names decides.
 * 2. The store is listed once, when the first new run is made, and never for a run that is there: making and resuming
 *    runs cost the same however many there are. (What another process makes in the meantime is seen all the same, but
 *    for ids with capitals on a file system that tells them apart, where they do no harm.)
 */
import path from "node:path";
import { type Disk, type FolderEntry, isSameFile } from "./disk.ts";
import { BadIdError } from "./errors.ts";

/** The ids of one store, as they are spelled. */
export class Spelling {
  readonly #disk: Disk;
  readonly #store: string;
  /** By lower case, the ids with capitals. */
  #capitals: Map<string, string> | undefined;

  constructor(disk: Disk, store: string) {
    this.#disk = disk;
    this.#store = store;
  }

  /** Whether something in the store has exactly this name. */
  has(id: string): boolean {
    const there = this.#facts(id);
    if (there === undefined) return false;
    const swapped = this.#facts(swapCase(id));
    if (swapped === undefined || !isSameFile(there, swapped)) return true;
    return swapCase(id) === id || this.#disk.list(this.#store).some(({ name }) => name === id);
  }

  /** Takes note of the names in the store, when somebody has listed them anyway. */
  learn(entries: readonly FolderEntry[]): void {
    this.#capitals = new Map();
    for (const { name } of entries) this.note(name);
  }

  /** Takes note of a new id. */
  note(id: string): void {
    if (id !== id.toLowerCase()) this.#capitals?.set(id.toLowerCase(), id);
  }

  /** @throws BadIdError when the store has the id in another spelling */
  checkFree(id: string): void {
    const other = this.#other(id);
    if (other === undefined) return;
    throw new BadIdError(`there is a run "${other}": ids that differ only in case are refused`, "choose another --id");
  }

  #other(id: string): string | undefined {
    const lower = id.toLowerCase();
    // The file system ignores case, or another process has just made the run.
    if (this.#facts(id) !== undefined)
      return this.#disk.list(this.#store).find(({ name }) => name !== id && name.toLowerCase() === lower)?.name;
    if (this.#capitals === undefined) this.learn(this.#disk.list(this.#store));
    const others = [lower, this.#capitals?.get(lower)];
    return others.find((other) => other !== undefined && other !== id && this.#facts(other) !== undefined);
  }

  #facts(name: string): ReturnType<Disk["facts"]> {
    return this.#disk.facts(path.join(this.#store, name));
  }
}

function swapCase(text: string): string {
  return text.replace(/[a-z]+|[A-Z]+/g, (part) => (/[a-z]/.test(part) ? part.toUpperCase() : part.toLowerCase()));
}
