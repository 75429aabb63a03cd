/**
 * Where everything lies: the names inside a store and a run. Pure path arithmetic; nobody else joins paths of a run.
 *
 * Invariants:
 * 1. A path is built of checked ids only (`ids.ts`).
 * 2. Names that begin with a dot are no runs: `.new-<id>` is a run that is not visible yet, `.gone-…` one that was
 *    deleted.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";

/** Name of a store's folder. */
export const STORE_FOLDER = ".workflows";
const NEW_PREFIX = ".new-";
const REMOVED_PREFIX = ".gone-";

/** The files and folders of one run. */
export interface RunPaths {
  readonly folder: string;
  readonly history: string;
  readonly owner: string;
  readonly summary: string;
  readonly inbox: string;
  readonly outbox: string;
  readonly quarantine: string;
}

/** The paths of the run in `folder`. */
export function runPaths(folder: string): RunPaths {
  const at = (name: string): string => path.join(folder, name);
  return {
    folder,
    history: at("history.cbor"),
    owner: at("owner.cbor"),
    summary: at("summary.cbor"),
    inbox: at("inbox"),
    outbox: at("outbox"),
    quarantine: at("quarantine"),
  };
}

/** Where the run with this id is. */
export function runFolder(store: string, id: string): string {
  return path.join(store, id);
}

/** Where the run with this id is made, before it is visible: one place for all spellings of the id. */
export function newRunFolder(store: string, id: string): string {
  return path.join(store, NEW_PREFIX + id.toLowerCase());
}

/** Where a run goes to be deleted. */
export function removedRunFolder(store: string, id: string): string {
  return path.join(store, `${REMOVED_PREFIX}${randomBytes(4).toString("hex")}-${id}`);
}

/** Whether a name in a store is that of a run that is being made. */
export function isNewRunName(name: string): boolean {
  return name.startsWith(NEW_PREFIX);
}

/** Whether a name in a store is that of a run that was deleted. */
export function isRemovedRunName(name: string): boolean {
  return name.startsWith(REMOVED_PREFIX);
}
