/**
 * Looking a run over without its lock: its history, and every file beside it. For `doctor` and `export`; nothing is
 * changed, mending is `repair.ts`.
 *
 * Invariants:
 * 1. Never changes a byte, and never fails because of what the files hold.
 */
import path from "node:path";
import type { Message } from "../engine/driver.ts";
import type { Disk, FolderEntry } from "./disk.ts";
import { isOurTemporary } from "./files.ts";
import type { RunPaths } from "./layout.ts";
import { compareMessages, readMessageFile, type StoredMessage } from "./message-file.ts";
import { type MessageResponse, readResponseFile } from "./outbox.ts";
import { readRun, type RunReading } from "./reading.ts";

/** A run, looked over. */
export interface RunHealth {
  readonly reading: RunReading;
  /** Messages that wait, in the order in which they will be received. */
  readonly messages: readonly Message[];
  /** Responses of completable messages. */
  readonly responses: readonly MessageResponse[];
  /** Files of the inbox and outbox that are none of ours, or cannot be read: relative to the run's folder. */
  readonly unreadable: readonly string[];
  /** What recovery has set aside: relative to the run's folder. */
  readonly quarantined: readonly string[];
  /** Files and folders that have no business there: relative to the run's folder. */
  readonly strangers: readonly string[];
}

const OWN_NAMES: ReadonlySet<string> = new Set([
  "history.cbor",
  "owner.cbor",
  "summary.cbor",
  "inbox",
  "outbox",
  "quarantine",
]);

/** Looks a run over. @throws NotFoundError */
export function examineRun(disk: Disk, paths: RunPaths, run: string): RunHealth {
  const messages: StoredMessage[] = [];
  const responses: MessageResponse[] = [];
  const unreadable: string[] = [];
  for (const entry of entriesOf(disk, paths.inbox)) {
    const read = entry.kind === "file" ? readMessageFile(disk, path.join(paths.inbox, entry.name)) : undefined;
    if (read === undefined) unreadable.push(path.join("inbox", entry.name));
    else if (read !== "gone") messages.push(read.message);
  }
  for (const entry of entriesOf(disk, paths.outbox)) {
    const response = entry.kind === "file" ? readResponseFile(disk, path.join(paths.outbox, entry.name)) : undefined;
    if (response === undefined) unreadable.push(path.join("outbox", entry.name));
    else responses.push(response);
  }
  // The history last: a message that is received meanwhile is in both, never in neither.
  const reading = readRun(disk, paths, run);
  return {
    reading,
    messages: messages.sort(compareMessages).map(({ order: _order, ...message }) => message),
    responses,
    unreadable,
    quarantined: entriesOf(disk, paths.quarantine).map(({ name }) => path.join("quarantine", name)),
    strangers: entriesOf(disk, paths.folder).flatMap(({ name }) => (OWN_NAMES.has(name) ? [] : [name])),
  };
}

function entriesOf(disk: Disk, folder: string): FolderEntry[] {
  if (disk.facts(folder)?.kind !== "folder") return [];
  return disk
    .list(folder)
    .filter((entry) => !isOurTemporary(entry))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
