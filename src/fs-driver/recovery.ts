/**
 * Opening a journal that is there: reading it, and putting its end in order. Owner only: readers never change a byte.
 *
 * Invariants:
 * 1. A torn tail is copied to quarantine, durably, before it is cut off. Corruption changes nothing.
 * 2. Records that no later record calls durable are written again, byte for byte, and synced before anybody acts on
 *    them: an earlier sync may have failed and left them in memory only.
 *    The same goes for names: of the run, of its journal after a compaction, of the folders in it.
 * 3. A second recovery changes no byte.
 * 4. A message that the history has is not in the inbox: a crash may have come between the record and the removal, and
 *    compaction may drop the record one day.
 */
import path from "node:path";
import type { Disk } from "./disk.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { CorruptError } from "./errors.ts";
import { isOurTemporary, readOpenFile, removeIfThere, removeOldTemporaries, writeAll } from "./files.ts";
import type { RunPaths } from "./layout.ts";
import { fileNameOf } from "./message-file.ts";
import { quarantineBytes } from "./quarantine.ts";
import type { RunHome } from "./run-home.ts";
import { type CheckedHistory, checkHistory, decodeInParts, scanHistory, UnreadableRecord } from "./scan.ts";

interface RecoveryServices {
  readonly disk: Disk;
  readonly isDurable: boolean;
  readonly warn: (text: string) => void;
  readonly now: () => number;
}

/** Reads the journal and puts its end in order; its records are yet to be decoded. @throws CorruptError */
export function recover(home: RunHome, services: RecoveryServices): CheckedHistory {
  const { disk, isDurable, warn } = services;
  const { file, paths, run } = home;
  for (const folder of [paths.folder, paths.outbox, paths.quarantine]) removeLeftovers(disk, folder);
  removeOldTemporaries(disk, paths.inbox, services.now());
  const bytes = readOpenFile(file, paths.history);
  const scan = checkHistory(bytes);
  if (scan.tail.state === "corrupt") throw corruptError(run, paths.history, bytes);
  const { offset } = scan.end;
  if (scan.tail.state === "torn") {
    const torn = bytes.subarray(offset, scan.roomFrom);
    const copy = quarantineBytes(disk, paths, `history-from-${offset}.cbor`, torn);
    file.truncate(offset);
    warn(`the last write to run "${run}" was cut short: ${torn.length} bytes moved to ${copy}`);
  }
  if (isDurable && bytes.length > 0) {
    if (offset > scan.unsyncedFrom)
      writeAll(file, bytes.subarray(scan.unsyncedFrom, offset), scan.unsyncedFrom, paths.history);
    file.sync();
    // Whoever was here before may have died between making or renaming something and the sync of its name.
    disk.syncFolder(paths.folder);
    disk.syncFolder(path.dirname(paths.folder));
  }
  removeReceived(disk, paths, scan);
  return scan;
}

/** What a crash left of files on their way into place. Nobody but the owner makes any in these folders. */
function removeLeftovers(disk: Disk, folder: string): void {
  if (disk.facts(folder)?.kind !== "folder") return;
  for (const entry of disk.list(folder)) if (isOurTemporary(entry)) removeIfThere(disk, path.join(folder, entry.name));
}

/** Invariant 4. */
function removeReceived(disk: Disk, { inbox }: RunPaths, history: CheckedHistory): void {
  const waiting = new Set(disk.facts(inbox)?.kind === "folder" ? disk.list(inbox).map(({ name }) => name) : []);
  if (waiting.size === 0) return;
  for (const event of readable(history)) {
    if (event.type !== "queue.received" && event.type !== "run.seen") continue;
    for (const { id } of event.messages) {
      const name = fileNameOf(id);
      if (waiting.delete(name)) removeIfThere(disk, path.join(inbox, name));
    }
  }
}

/** The events up to a record that cannot be decoded; whoever loads them is told of it. */
function* readable(history: CheckedHistory): Generator<HistoryEvent> {
  try {
    for (const part of decodeInParts(history)) yield* part;
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
  }
}

/** What is wrong with the bytes of a corrupt history. */
export function corruptError(run: string, file: string, bytes: Uint8Array): CorruptError {
  const { tail, events } = scanHistory(bytes);
  const { offset, record, reason } = tail.state === "clean" ? UNKNOWN : tail;
  return new CorruptError(run, { file, offset, record, reason, goodEvents: events.length });
}

const UNKNOWN = { offset: 0, record: 0, reason: "it cannot be read" };
