/**
 * The store's own folder: making it, keeping it out of git, and clearing away what crashes left, which is done when the
 * first new run is made: nobody else lists the store.
 *
 * Invariants:
 * 1. A hidden new run is removed only when nobody holds its lock, and only when it is old.
 * 2. What is left of a deleted run is removed.
 */
import path from "node:path";
import { type Disk, type DiskFile, diskErrorCode, type FolderEntry } from "./disk.ts";
import { openIfThere, putFile, removeTree, removeWhenOld } from "./files.ts";
import { isNewRunName, isRemovedRunName } from "./layout.ts";

const IGNORE_ALL = Buffer.from("# Runs of wf, with your data in them: not for git.\n*\n");
/** A hidden new run that nobody holds is left for this long. */
const OLD_MS = 60 * 60 * 1000;

/** Makes the store's folder, where it is missing. Costs the same however many runs there are. @returns whether it is new */
export function prepareStore(disk: Disk, store: string): boolean {
  const isNew = disk.facts(store)?.kind !== "folder";
  if (isNew) {
    makeFolders(disk, path.dirname(store));
    disk.makeFolder(store);
  }
  const ignoreFile = path.join(store, ".gitignore");
  if (disk.facts(ignoreFile) === undefined) {
    // The first thing in a new store: without it, whoever made the folder may have died before this sync.
    disk.syncFolder(path.dirname(store));
    putFile(disk, ignoreFile, IGNORE_ALL, "later");
  }
  return isNew;
}

/** Clears away what crashes left in the store. @returns what it found in it */
export function tidyStore(disk: Disk, store: string, now: number): FolderEntry[] {
  const entries = disk.list(store);
  for (const entry of entries) {
    const { name, kind } = entry;
    if (kind !== "folder") removeWhenOld(disk, store, entry, now);
    else if (isNewRunName(name)) clearAway(disk, path.join(store, name), now - OLD_MS);
    else if (isRemovedRunName(name)) clearAway(disk, path.join(store, name), Infinity);
  }
  return entries;
}

function makeFolders(disk: Disk, folder: string): void {
  if (disk.facts(folder) !== undefined) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolders(disk, parent);
  if (disk.makeFolder(folder)) disk.syncFolder(parent);
}

/** Removes a folder that has not changed since `before`, when nobody holds what is in it. */
function clearAway(disk: Disk, folder: string, before: number): void {
  try {
    const facts = disk.facts(folder);
    if (facts === undefined || facts.modifiedAt > before) return;
    const file = openIfThere(disk, path.join(folder, "history.cbor"));
    if (file === undefined || isFree(file)) removeTree(disk, folder);
    file?.close();
  } catch (error) {
    // Another process is at it, or it cannot be removed: it is in nobody's way.
    if (diskErrorCode(error) === undefined) throw error;
  }
}

/** A shared lock suffices, as long as it is held: nobody can take the run over while it is removed. */
function isFree(file: DiskFile): boolean {
  return file.tryLock("shared");
}
