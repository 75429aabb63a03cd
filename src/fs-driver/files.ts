/**
 * Whole small files, on the verbs of the disk: reading one at once, and putting one in place in one step.
 *
 * Invariants:
 * 1. Under its final name a file is whole or not there: it is written beside it, then linked or renamed.
 * 2. A durable file is synced before it gets its name, and its folder after.
 * 3. Names that begin with a dot are nobody's files but ours, and only for a moment.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { type Disk, type DiskFile, diskErrorCode, type FolderEntry } from "./disk.ts";
import { DiskError } from "./errors.ts";

/** Largest file that is read at once. */
export const MAX_BYTES: number = 2 ** 31 - 1;

/** A temporary file of another process is taken for a leftover after this long: its maker died, or will be refused. */
const OLD_MS = 60 * 60 * 1000;

/** All bytes of an open file. @param make where they go; the default is memory of their own */
export function readOpenFile(
  file: DiskFile,
  name: string,
  make: (size: number) => Uint8Array = (size) => new Uint8Array(size),
): Uint8Array {
  const { size } = file.facts();
  if (size > MAX_BYTES) throw new DiskError(`reading ${name}`, "EFBIG");
  const bytes = make(size);
  let at = 0;
  while (at < size) {
    const count = file.read(bytes.subarray(at), at);
    if (count === 0) return bytes.subarray(0, at);
    at += count;
  }
  return bytes;
}

/** All bytes of the file at a path, or undefined when there is none. */
export function readFile(disk: Disk, filePath: string): Uint8Array | undefined {
  const file = openIfThere(disk, filePath);
  if (file === undefined) return undefined;
  try {
    return readOpenFile(file, filePath);
  } finally {
    file.close();
  }
}

/** The file at a path opened for reading, or undefined when nothing is there. */
export function openIfThere(disk: Disk, filePath: string): DiskFile | undefined {
  try {
    return disk.open(filePath, "read");
  } catch (error) {
    if (diskErrorCode(error) === "ENOENT" || diskErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Writes all of the bytes. @throws DiskError when the disk takes only a part */
export function writeAll(file: DiskFile, bytes: Uint8Array, position: number, name: string): void {
  const count = file.write(bytes, position);
  if (count < bytes.length) throw new DiskError(`writing ${name}`, "ENOSPC");
}

/**
 * How a file gets its name: `once` leaves one that is there; so does `later`, and its name becomes durable with the next
 * sync of its folder; `cache` replaces the one that is there, without syncs.
 */
type PutMode = "once" | "later" | "cache";

/** Puts a file in place. @returns false when it found the name taken, and left it */
export function putFile(disk: Disk, filePath: string, bytes: Uint8Array, mode: PutMode): boolean {
  const folder = path.dirname(filePath);
  const temporary = path.join(folder, `.${randomBytes(9).toString("base64url")}.tmp`);
  writeNew(disk, temporary, bytes, mode !== "cache");
  let isPut = true;
  if (mode !== "cache") {
    isPut = linkIfFree(disk, temporary, filePath);
    disk.removeFile(temporary);
  } else {
    disk.rename(temporary, filePath);
  }
  // Also when the name was taken: whoever took it may not have synced the folder yet.
  if (mode === "once") disk.syncFolder(folder);
  return isPut;
}

function writeNew(disk: Disk, filePath: string, bytes: Uint8Array, isDurable: boolean): void {
  const file = disk.open(filePath, "new");
  try {
    writeAll(file, bytes, 0, filePath);
    if (isDurable) file.sync();
  } catch (error) {
    disk.removeFile(filePath);
    throw error;
  } finally {
    file.close();
  }
}

function linkIfFree(disk: Disk, from: string, to: string): boolean {
  try {
    disk.link(from, to);
    return true;
  } catch (error) {
    if (diskErrorCode(error) === "EEXIST") return false;
    disk.removeFile(from);
    throw error;
  }
}

/** Whether this is a file on its way into place, or what a crash left of one. */
export function isOurTemporary({ name, kind }: FolderEntry): boolean {
  return kind === "file" && name.startsWith(".") && name.endsWith(".tmp");
}

/** Clears a folder in which other processes put files, of what crashes left long ago. */
export function removeOldTemporaries(disk: Disk, folder: string, now: number): void {
  if (disk.facts(folder)?.kind !== "folder") return;
  for (const entry of disk.list(folder)) removeWhenOld(disk, folder, entry, now);
}

/** Removes what a crash left long ago, if that is what this is. */
export function removeWhenOld(disk: Disk, folder: string, entry: FolderEntry, now: number): void {
  const file = path.join(folder, entry.name);
  if (isOurTemporary(entry) && now - (disk.facts(file)?.modifiedAt ?? now) > OLD_MS) removeIfThere(disk, file);
}

/** Removes a file, if it is there. */
export function removeIfThere(disk: Disk, filePath: string): void {
  unlessGone(() => disk.removeFile(filePath));
}

/** Removes a folder and all that is in it, also while another process is at the same. */
export function removeTree(disk: Disk, folder: string): void {
  for (const { name, kind } of unlessGone(() => disk.list(folder)) ?? []) {
    const child = path.join(folder, name);
    if (kind === "folder") removeTree(disk, child);
    else removeIfThere(disk, child);
  }
  unlessGone(() => disk.removeFolder(folder));
}

/** What `act` gives, or undefined when what it works on is not there. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (diskErrorCode(error) !== "ENOENT") throw error;
    return undefined;
  }
}
