/** Says that a history is being read where that takes about a second or more: reading holds the process up. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../fs-driver/index.ts";
import type { Terminal } from "./terminal.ts";

/** A journal of this size takes about a second to read, bytes. */
const LARGE = 24 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
const ERASE_LINE = "\r\u001B[K";

/** What is said before the history of a run is read; undefined for one that is read in no time. */
export function readingWords(storeDir: string, run: string): string | undefined {
  const size = sizeOf(join(storeDir, run, "history.cbor"));
  if (size < LARGE) return undefined;
  return `reading the history of ${run}, ${Math.round(size / MEGABYTE).toLocaleString("en-US")} MB …`;
}

/** 0 for what is not there or cannot be looked at: whoever reads it says so. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** The store, which says so on a person's terminal while it reads, and once per run in a log. */
export function announceReading(store: Store, terminal: Terminal): Store {
  const read = store.read.bind(store);
  const told = new Set<string>();
  store.read = (run) => {
    const words = told.has(run) ? undefined : readingWords(store.dir, run);
    if (words === undefined) return read(run);
    told.add(run);
    terminal.note(terminal.isLive ? words : `${words}\n`);
    try {
      return read(run);
    } finally {
      if (terminal.isLive) terminal.note(ERASE_LINE);
    }
  };
  return store;
}
