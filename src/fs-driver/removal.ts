/**
 * Deleting a run.
 *
 * Invariants:
 * 1. Its lock is held, so nobody works on it.
 * 2. It goes in one step: renamed out of sight, durably, and then cleared away. What a crash leaves of it is no run, and
 *    is cleared away when a process makes its first new run in the store (see `store-folder.ts`); until then it takes room.
 */
import path from "node:path";
import type { Disk } from "./disk.ts";
import { removeTree } from "./files.ts";
import { removedRunFolder } from "./layout.ts";
import type { RunHome } from "./run-home.ts";

/** Deletes a run whose lock is held. */
export function removeRun(disk: Disk, store: string, home: RunHome, isDurable: boolean): void {
  const folder = removedRunFolder(store, home.run);
  disk.rename(home.paths.folder, folder);
  if (isDurable) disk.syncFolder(path.dirname(folder));
  removeTree(disk, folder);
}
