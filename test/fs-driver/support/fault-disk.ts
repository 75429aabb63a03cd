// A disk that does as it is told: passes everything on, counts the operations that change something, and answers the
// chosen one with an error, a short write, or the death of the process (after which every operation throws).

import type { Disk, DiskFile } from "../../../src/fs-driver/index.ts";

export type Fault = "ENOSPC" | "EIO" | "EROFS" | "EACCES" | "short" | "kill-before" | "kill-after";

export interface Plan {
  /** Number of the changing operation that is hit, from 1 on. */
  at: number;
  fault: Fault;
  /** It and all that follow (not for kills). */
  forEver?: boolean;
  /** Only operations of this kind count. */
  only?: string;
}

class Killed extends Error {}

export class FaultDisk implements Disk {
  /** Changing operations so far, by kind. */
  readonly log: string[] = [];
  plan: Plan | undefined;
  #isDead = false;
  readonly #open = new Set<DiskFile>();
  readonly #inner: Disk;

  constructor(inner: Disk) {
    this.#inner = inner;
  }

  open(path: string, mode: Parameters<Disk["open"]>[1]): DiskFile {
    const file =
      mode === "read" || mode === "update"
        ? this.#pass(() => this.#inner.open(path, mode))
        : this.#change("open", () => this.#inner.open(path, mode));
    this.#open.add(file);
    return {
      facts: () => this.#pass(() => file.facts()),
      isAt: (at) => this.#pass(() => file.isAt(at)),
      read: (into, position) => this.#pass(() => file.read(into, position)),
      write: (bytes, position) =>
        this.#change("write", (fault) =>
          file.write(fault === "short" ? bytes.subarray(0, bytes.length >> 1) : bytes, position),
        ),
      truncate: (length) => this.#change("truncate", () => file.truncate(length)),
      sync: () => this.#change("sync", () => file.sync()),
      syncLater: async () => this.#change("sync", () => file.sync()),
      tryLock: (kind) => this.#pass(() => file.tryLock(kind)),
      close: () => {
        if (this.#open.delete(file)) file.close();
      },
    };
  }

  /** What the kernel does for a dead process: its files are closed, its locks given back. */
  letGo(): void {
    this.#isDead = true;
    for (const file of this.#open) file.close();
    this.#open.clear();
  }
  facts(path: string): ReturnType<Disk["facts"]> {
    return this.#pass(() => this.#inner.facts(path));
  }
  list(folder: string): ReturnType<Disk["list"]> {
    return this.#pass(() => this.#inner.list(folder));
  }
  makeFolder(path: string): boolean {
    return this.#change("makeFolder", () => this.#inner.makeFolder(path));
  }
  link(from: string, to: string): void {
    this.#change("link", () => this.#inner.link(from, to));
  }
  rename(from: string, to: string): void {
    this.#change("rename", () => this.#inner.rename(from, to));
  }
  removeFile(path: string): void {
    this.#change("removeFile", () => this.#inner.removeFile(path));
  }
  async removeFileLater(path: string): Promise<void> {
    this.removeFile(path);
  }
  removeFolder(path: string): void {
    this.#change("removeFolder", () => this.#inner.removeFolder(path));
  }
  syncFolder(path: string): void {
    this.#change("syncFolder", () => this.#inner.syncFolder(path));
  }

  #pass<T>(run: () => T): T {
    if (this.#isDead) throw new Killed("the process is dead");
    return run();
  }

  #change<T>(kind: string, run: (fault?: Fault) => T): T {
    if (this.#isDead) throw new Killed("the process is dead");
    this.log.push(kind);
    const fault = this.#faultNow(kind);
    if (fault === "kill-before") {
      this.#isDead = true;
      throw new Killed("killed before " + kind);
    }
    if (fault === "kill-after") {
      run();
      this.#isDead = true;
      throw new Killed("killed after " + kind);
    }
    if (fault === undefined || fault === "short") return run(fault);
    throw Object.assign(new Error(`${fault}: as planned, ${kind}`), { code: fault });
  }

  #faultNow(kind: string): Fault | undefined {
    if (this.plan === undefined) return undefined;
    const { at, fault, forEver = false, only } = this.plan;
    if (only !== undefined && only !== kind) return undefined;
    const count = this.log.filter((done) => only === undefined || done === only).length;
    return count === at || (forEver && count > at) ? fault : undefined;
  }
}
