/**
 * Where the store is, when nobody says: upward from a folder. Owns the rules of the search; making the store is
 * `store.ts`.
 *
 * Invariants:
 * 1. Never above the repository's root, and never the home folder's own.
 */
import os from "node:os";
import path from "node:path";
import type { Disk } from "./disk.ts";
import { nodeDisk } from "./disk-node.ts";
import { STORE_FOLDER } from "./layout.ts";

/** Where a store is, or would be made. */
export interface StorePlace {
  readonly dir: string;
  /** Whether it is there already. */
  readonly exists: boolean;
}

/**
 * The nearest `.workflows` upward from `from`; if there is none, the place for one: beside the nearest `package.json`,
 * else in `from`.
 */
export function findStore(from: string, options: { home?: string; disk?: Disk } = {}): StorePlace {
  const { home = os.homedir(), disk = nodeDisk } = options;
  const start = path.resolve(from);
  let beside: string | undefined;
  for (let folder = start; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, STORE_FOLDER);
    if (folder !== path.resolve(home) && disk.facts(candidate)?.kind === "folder")
      return { dir: candidate, exists: true };
    if (beside === undefined && disk.facts(path.join(folder, "package.json"))?.kind === "file") beside = folder;
    if (disk.facts(path.join(folder, ".git")) !== undefined || folder === path.dirname(folder)) break;
  }
  return { dir: path.join(beside ?? start, STORE_FOLDER), exists: false };
}
