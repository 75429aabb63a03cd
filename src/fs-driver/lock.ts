/**
 * Who owns a run: a kernel lock on its journal, which the kernel takes back when the process dies. Owns waiting for
 * the lock, making sure that it is the lock of the right file, and what people are told of the owner.
 *
 * Invariants:
 * 1. Ownership never depends on time: a stopped or slow owner is still the owner.
 * 2. A lock counts only if, once it is held, the path still leads to the file that was locked.
 * 3. `owner.cbor` is for messages only; nothing is decided by it.
 */
import os from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { decodeValue, encodeValue } from "./codec.ts";
import type { Disk, DiskFile, OpenMode } from "./disk.ts";
import { type Owner, OwnedError } from "./errors.ts";
import { putFile, readFile } from "./files.ts";
import { openEnvelope, wrapItem } from "./frame.ts";
import type { RunPaths } from "./layout.ts";

const OWNER_KIND = "wf-owner";
/** Readers hold the lock for a moment when they probe it. */
const PATIENCE_MS = 100;
const PAUSE_MS = 5;

/**
 * Opens the journal and takes its lock.
 * @throws OwnedError when another process holds it; the disk's ENOENT when the file is gone
 */
export async function lockJournal(disk: Disk, paths: RunPaths, run: string, mode: OpenMode): Promise<DiskFile> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const file = disk.open(paths.history, mode);
    try {
      if (file.tryLock("exclusive") && file.isAt(paths.history)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    if (performance.now() >= deadline) throw new OwnedError(run, readOwner(disk, paths));
    await delay(PAUSE_MS);
  }
}

/** Says who owns the run: this process, since `since`. */
export function writeOwner(disk: Disk, paths: RunPaths, since: number): void {
  const owner: Owner = { pid: process.pid, host: os.hostname(), since };
  putFile(disk, paths.owner, wrapItem(OWNER_KIND, 0, encodeValue(owner)).bytes, "cache");
}

/** What is known of the run's owner. */
export function readOwner(disk: Disk, paths: RunPaths): Owner {
  try {
    const envelope = openEnvelope(OWNER_KIND, readFile(disk, paths.owner) ?? new Uint8Array());
    return envelope.state === "good" ? (decodeValue(envelope.item) as Owner) : {};
  } catch {
    return {}; // Invariant 3: a message without a pid is better than none.
  }
}
