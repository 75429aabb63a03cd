/**
 * Reading a run without its lock: for `inspect`, `list`, `replay-diff`, and for senders.
 *
 * Invariants:
 * 1. Never changes a byte, and takes no lock but a shared probe, for a moment: when all is read.
 * 2. Never fails because a writer is at work: what looks damaged is read again when the file changed meanwhile.
 * 3. A run is said to be nobody's together with all that its last owner wrote: the probe comes last, and when nobody
 *    holds the lock, but the file changed meanwhile, it is read again.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { type Disk, type DiskFile, diskErrorCode, type FileFacts } from "./disk.ts";
import { asDiskError, CorruptError, type DiskError, NotFoundError, type Owner } from "./errors.ts";
import { openIfThere, readOpenFile } from "./files.ts";
import type { RunPaths } from "./layout.ts";
import { readOwner } from "./lock.ts";
import { type HistoryHeader, type Scan, scanHistory, type Tail } from "./scan.ts";
import { catchUp, isOver, readSummary, type RunSummary, type SummaryFold } from "./summary.ts";

const MAX_READINGS = 5;

/** A run as it was read. */
export interface RunReading {
  readonly run: string;
  readonly header: HistoryHeader | undefined;
  readonly events: HistoryEvent[];
  /** What follows the last whole record; `torn` is normal while a writer is at work. */
  readonly tail: Tail;
  /** The process that owns the run; undefined when none does. */
  readonly owner: Owner | undefined;
  /** Length of the journal, bytes. */
  readonly bytes: number;
  /** Absolute path of the journal. */
  readonly file: string;
}

/** Reads a run. @throws NotFoundError; corruption is in `tail` */
export function readRun(disk: Disk, paths: RunPaths, run: string): RunReading {
  for (let reading = 1; ; reading++) {
    const file = openIfThere(disk, paths.history);
    if (file === undefined) throw new NotFoundError(run);
    try {
      const before = file.facts();
      const bytes = readOpenFile(file, paths.history);
      const scan = scanHistory(bytes);
      const isOwned = !file.tryLock("shared");
      const isDoubtful = scan.tail.state === "corrupt" || !isOwned;
      const isSteady = !isOwned && isAsBefore(file, before, paths);
      if (isDoubtful && !isSteady && reading < MAX_READINGS) continue;
      const owner = isOwned ? readOwner(disk, paths) : undefined;
      return { run, ...partsOf(scan), owner, bytes: scan.roomFrom, file: paths.history };
    } finally {
      file.close();
    }
  }
}

/** Whether nobody wrote since `before`: what was read is what there is, if nobody owns the run by now. */
function isAsBefore(file: DiskFile, before: FileFacts, paths: RunPaths): boolean {
  const now = file.facts();
  return now.size === before.size && now.modifiedAt === before.modifiedAt && file.isAt(paths.history);
}

function partsOf({ header, events, tail }: Scan): Pick<RunReading, "header" | "events" | "tail"> {
  return { header, events, tail };
}

/** One line of the list of runs. */
export interface RunListing {
  readonly run: string;
  /** Undefined when the history cannot be read; `problem` says why. */
  readonly summary: RunSummary | undefined;
  /** Some process has the run. Not said of one that is over: nothing depends on it, and it costs a list its time. */
  readonly isOwned: boolean;
  readonly problem?: CorruptError | DiskError;
}

/** The summary of a run, from its cache where that counts; undefined when there is no such run. */
export function readListing(disk: Disk, paths: RunPaths, run: string, fold: SummaryFold): RunListing | undefined {
  for (let reading = 1; ; reading++) {
    const file = openIfThere(disk, paths.history);
    if (file === undefined) return undefined;
    try {
      const before = file.facts();
      const placed = readSummary(disk, paths, file);
      const summary = placed === undefined ? undefined : catchUp(placed, file, before.size, fold);
      const found = summary === undefined ? foldWhole(disk, paths, run, fold) : { summary };
      if (summary !== undefined && isOver(summary.state)) return { run, isOwned: false, summary };
      const isOwned = !file.tryLock("shared");
      if (isOwned || isAsBefore(file, before, paths) || reading >= MAX_READINGS) return { run, isOwned, ...found };
    } finally {
      file.close();
    }
  }
}

/** The same for a list: of a run that the disk does not give, that it does not. The others can be read all the same. */
export function readListingOrSay(disk: Disk, paths: RunPaths, run: string, fold: SummaryFold): RunListing | undefined {
  try {
    return readListing(disk, paths, run, fold);
  } catch (error) {
    if (diskErrorCode(error) === undefined) throw error;
    return { run, summary: undefined, isOwned: false, problem: asDiskError("reading the run", error) };
  }
}

function foldWhole(
  disk: Disk,
  paths: RunPaths,
  run: string,
  fold: SummaryFold,
): Pick<RunListing, "summary" | "problem"> {
  const { events, tail, file } = readRun(disk, paths, run);
  if (tail.state !== "corrupt") return { summary: fold(events) };
  const { offset, record, reason } = tail;
  return {
    summary: undefined,
    problem: new CorruptError(run, { file, offset, record, reason, goodEvents: events.length }),
  };
}
