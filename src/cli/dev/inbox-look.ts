/** What lies in the inbox of a run that nobody has: whether it is worth a process. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { openParts } from "../summary-fold.ts";

/** The files of a run's inbox: one a message. */
export function inboxFiles(store: Store, run: string): string[] {
  try {
    return readdirSync(join(store.dir, run, "inbox"));
  } catch {
    return []; // there is none yet
  }
}

/** Whether a message lies there that a wait of the run asks for, or a request to the run itself. Reads the messages. */
export function hasWanted(store: Store, { run, summary }: RunListing): boolean {
  const waits = summary === undefined ? [] : [...openParts(summary).waits.values()];
  // Without a word on what it waits for, any message may be meant.
  if (waits.length === 0) return true;
  const isWanted = (name: string): boolean =>
    name.startsWith("wf:") || waits.some(({ kind, names }) => kind === "message" && (names?.includes(name) ?? true));
  try {
    return store.examine(run).messages.some(({ name }) => isWanted(name));
  } catch {
    return false; // it is gone, or cannot be read just now
  }
}
