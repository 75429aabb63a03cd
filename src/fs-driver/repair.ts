/**
 * Mending a corrupt history, when a person asks for it: what is good before the damage stays, the rest is given up.
 * Never part of opening a run; what a crash leaves of a last write is `recovery.ts`.
 *
 * Invariants:
 * 1. The whole damaged file is copied to quarantine, durably, before anything is changed.
 * 2. Events behind damage are never kept: what came between is not known. But where only the header is damaged, and
 *    every record is whole, nothing came between, and all of them stay.
 * 3. Looking (`isDryRun`) says the same and changes nothing.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { replaceHistory } from "./compaction.ts";
import { decodeSequence, encodeValue, eventOf } from "./codec.ts";
import type { Disk } from "./disk.ts";
import { readOpenFile } from "./files.ts";
import { HEAD_BYTES, payloadCrc, readHead, withoutRoom } from "./frame.ts";
import { quarantineBytes } from "./quarantine.ts";
import type { RunHome } from "./run-home.ts";
import { type HistoryHeader, type Scan, scanHistory, type Tail } from "./scan.ts";

/** What a repair did, or would do. */
export interface RepairReport {
  readonly run: string;
  /** What was found at the end of the good part. */
  readonly tail: Tail;
  /** Events that stay. */
  readonly kept: number;
  /** Bytes that are given up; they are in the copy. */
  readonly lostBytes: number;
  /** Events that could still be read behind the damage, and are given up: there may have been more. */
  readonly lostEvents: readonly HistoryEvent[];
  /** The header was made anew. */
  readonly hasNewHeader: boolean;
  /** Where the copy of the damaged file is, relative to the run's folder; undefined when nothing was changed. */
  readonly copy: string | undefined;
}

interface RepairServices {
  readonly disk: Disk;
  readonly isDurable: boolean;
}

/** Mends the history of a run whose lock is held. */
export function repairHistory(home: RunHome, services: RepairServices, isDryRun: boolean): RepairReport {
  const { file, paths, run } = home;
  const bytes = readOpenFile(file, paths.history);
  const scan = scanHistory(bytes);
  const plan = planOf(run, withoutRoom(bytes, 0), scan);
  const report = { run, tail: scan.tail, ...plan.report };
  if (isDryRun || scan.tail.state !== "corrupt") return { ...report, copy: undefined };
  const copy = quarantineBytes(services.disk, paths, "history.cbor", bytes);
  if (plan.header === undefined) {
    file.truncate(scan.end.offset);
    if (services.isDurable) file.sync();
  } else {
    replaceHistory({ ...services, paths, run }, plan.header, plan.events);
  }
  return { ...report, copy };
}

interface Plan {
  readonly report: Omit<RepairReport, "run" | "tail" | "copy">;
  /** With it, the file is written anew, with these events. */
  readonly header: Uint8Array | undefined;
  readonly events: readonly HistoryEvent[];
}

function planOf(run: string, bytes: Uint8Array, scan: Scan): Plan {
  const { tail, events, end } = scan;
  const unchanged = { kept: events.length, lostBytes: 0, lostEvents: [], hasNewHeader: false };
  if (tail.state !== "corrupt") return { report: unchanged, header: undefined, events };
  const behind = readableRecords(bytes, tail.offset);
  const [first] = behind.events;
  if (tail.record === 0 && behind.isWhole && first?.type === "run.created") {
    const header: HistoryHeader = { run, workflow: first.workflow, created: first.at };
    const report = { ...unchanged, kept: behind.events.length, hasNewHeader: true };
    return { report, header: encodeValue(header), events: behind.events };
  }
  const lostBytes = bytes.length - end.offset;
  return { report: { ...unchanged, lostBytes, lostEvents: behind.events }, header: undefined, events };
}

/** Every record from `offset` on whose payload is whole; `isWhole`: from the first to the end, without a gap. */
function readableRecords(bytes: Uint8Array, offset: number): { events: HistoryEvent[]; isWhole: boolean } {
  const events: HistoryEvent[] = [];
  let next = 1;
  let isWhole = true;
  let at = bytes.indexOf(0x86, offset);
  let budget = bytes.length * 4;
  while (at !== -1 && budget > 0) {
    const head = readHead(bytes, at);
    const stop = at + HEAD_BYTES + (head?.length ?? Infinity);
    if (head === undefined || stop > bytes.length) {
      at = bytes.indexOf(0x86, at + 1);
      continue;
    }
    budget -= head.length;
    if (payloadCrc(bytes, at + HEAD_BYTES, stop) !== head.payloadCrc || !decodeInto(events, bytes, at, stop)) {
      at = bytes.indexOf(0x86, at + 1);
      continue;
    }
    isWhole &&= head.seq === next;
    next = head.seq + 1;
    isWhole &&= stop === bytes.length || bytes[stop] === 0x86;
    at = bytes.indexOf(0x86, stop);
  }
  return { events, isWhole: isWhole && events.length > 0 };
}

/** Adds the events of a record, when it holds some, after those there are. */
function decodeInto(events: HistoryEvent[], bytes: Uint8Array, at: number, stop: number): boolean {
  const found: HistoryEvent[] = [];
  try {
    decodeSequence(bytes.subarray(at, stop), (item) => {
      const payload: unknown = Array.isArray(item) ? item[5] : undefined;
      if (!Array.isArray(payload)) throw new TypeError("no record");
      for (const part of payload) found.push(eventOf(part));
    });
  } catch {
    return false;
  }
  const last = events.at(-1)?.seq ?? 0;
  if (found.some(({ seq }, index) => seq <= (found[index - 1]?.seq ?? last))) return false;
  events.push(...found);
  return true;
}
