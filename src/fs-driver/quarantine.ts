/**
 * The quarantine of a run: recovery moves things there, it never deletes.
 *
 * Invariants:
 * 1. Nothing in quarantine is ever overwritten.
 * 2. What was put there is durable before its original is touched.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Disk } from "./disk.ts";
import { putFile } from "./files.ts";
import type { RunPaths } from "./layout.ts";

/** Moves a file, link or folder into quarantine. @returns its name there, relative to the run's folder */
export function quarantine(disk: Disk, paths: RunPaths, file: string): string {
  const target = placeFor(disk, paths, path.basename(file));
  disk.rename(file, target);
  disk.syncFolder(paths.quarantine);
  return path.relative(paths.folder, target);
}

/** Keeps a copy of bytes in quarantine. @returns its name there, relative to the run's folder */
export function quarantineBytes(disk: Disk, paths: RunPaths, name: string, bytes: Uint8Array): string {
  const target = placeFor(disk, paths, name);
  putFile(disk, target, bytes, "once");
  return path.relative(paths.folder, target);
}

function placeFor(disk: Disk, paths: RunPaths, name: string): string {
  if (disk.makeFolder(paths.quarantine)) disk.syncFolder(paths.folder);
  return path.join(paths.quarantine, `${randomBytes(4).toString("hex")}-${name.replace(/^\.+/, "")}`);
}
