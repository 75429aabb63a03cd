/**
 * Opening a journal that is there: reading it, and putting its end in order. Owner only: readers never change a byte.
 *
 * Invariants:
 * 1. A torn tail is copied to quarantine, durably, before it is cut off. Corruption changes nothing.
 * 2. Records that no later record calls durable are written again, byte for byte, and synced before anybody acts on
 *    them: an earlier sync may have failed and left them in memory only.
 * 3. A second recovery changes no byte.
 */
import path from "node:path";
import type { Disk } from "./disk.ts";
import { CorruptError } from "./errors.ts";
import { readOpenFile, removeIfThere, writeAll } from "./files.ts";
import { quarantineBytes } from "./quarantine.ts";
import type { RunHome } from "./run-home.ts";
import { type Scan, scanHistory } from "./scan.ts";

interface RecoveryServices {
  readonly disk: Disk;
  readonly isDurable: boolean;
  readonly warn: (text: string) => void;
}

/** Reads the journal and puts its end in order. @throws CorruptError */
export function recover(home: RunHome, services: RecoveryServices): Scan {
  const { disk, isDurable, warn } = services;
  const { file, paths, run } = home;
  removeLeftovers(disk, paths.folder);
  const bytes = readOpenFile(file, paths.history);
  const scan = scanHistory(bytes);
  if (scan.tail.state === "corrupt") {
    const { offset, record, reason } = scan.tail;
    throw new CorruptError(run, { file: paths.history, offset, record, reason, goodEvents: scan.events.length });
  }
  const { offset } = scan.end;
  if (scan.tail.state === "torn") {
    const copy = quarantineBytes(disk, paths, `history-from-${offset}.cbor`, bytes.subarray(offset));
    file.truncate(offset);
    warn(`the last write to run "${run}" was cut short: ${bytes.length - offset} bytes moved to ${copy}`);
  }
  if (isDurable) {
    if (offset > scan.unsyncedFrom)
      writeAll(file, bytes.subarray(scan.unsyncedFrom, offset), scan.unsyncedFrom, paths.history);
    file.sync();
  }
  return scan;
}

/** What a crash left of files on their way into place. Nobody but the owner makes any in this folder. */
function removeLeftovers(disk: Disk, folder: string): void {
  for (const { name, kind } of disk.list(folder)) {
    if (kind === "file" && name.startsWith(".") && name.endsWith(".tmp")) removeIfThere(disk, path.join(folder, name));
  }
}
