/**
 * Reading a journal's bytes: the events of every good record, and a verdict on what comes after the last one. Pure;
 * what to do about a torn tail or corruption is the journal's business.
 *
 * Invariants:
 * 1. What is returned is an exact prefix of what was written, record by record.
 * 2. A region that cannot be read is `torn` only as `damage.ts` says; everything else is `corrupt`.
 * 3. Never throws on any bytes.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { decodeSequence, decodeValue, eventOf } from "./codec.ts";
import { type Region, judge } from "./damage.ts";
import { claimsOfHeader, HEAD_BYTES, headCrc, openEnvelope, payloadCrc, readHead, withoutRoom } from "./frame.ts";

/** First word of a history file. */
export const HISTORY_KIND = "wf-history";

/** What a history's header says. */
export interface HistoryHeader {
  readonly run: string;
  readonly workflow: string;
  /** ms since 1970. */
  readonly created: number;
}

/** A place between two records, from which a scan can go on. */
export interface Boundary {
  readonly salt: number;
  /** payloadCrc of the record before, or the header's crc. */
  readonly crc: number;
  /** Number of the record before; 0: the header. */
  readonly seq: number;
  /** `seq` of the last event before. */
  readonly eventSeq: number;
  readonly offset: number;
  /** Where the record before begins. */
  readonly lastOffset: number;
  /** What the record before says was durable. */
  readonly synced: number;
}

/** What follows the last good record. */
export type Tail =
  | { readonly state: "clean" }
  | { readonly state: "torn" | "corrupt"; readonly offset: number; readonly record: number; readonly reason: string };

/** The good part of a history, and its tail. */
export interface Scan {
  /** Absent when the file is empty or torn within its header. */
  readonly header?: HistoryHeader;
  readonly events: HistoryEvent[];
  /** The place behind the last good record. */
  readonly end: Boundary;
  /** Where the first good record begins that no later one says was durable; the end when there is none. */
  readonly unsyncedFrom: number;
  /** Where the room begins: the zeros at the end of the file, into which records to come are written. */
  readonly roomFrom: number;
  readonly tail: Tail;
}

const NOWHERE: Boundary = { salt: 0, crc: 0, seq: 0, eventSeq: 0, offset: 0, lastOffset: 0, synced: 0 };

/** A history whose records were checked, but not decoded. `first` is the place behind the header. */
export interface CheckedHistory extends Omit<Scan, "events"> {
  readonly bytes: Uint8Array;
  readonly first: Boundary;
}

/** Scans a whole history. */
export function scanHistory(bytes: Uint8Array): Scan {
  const opened = openHistory(bytes);
  const { header, first, ...rest } = opened;
  return first === NOWHERE ? { ...rest, events: [] } : { ...(header && { header }), ...scanRecords(bytes, first) };
}

/** Scans a whole history, and leaves the decoding of its records to {@link decodeInParts}. */
export function checkHistory(bytes: Uint8Array): CheckedHistory {
  const opened = openHistory(bytes);
  if (opened.first === NOWHERE) return { ...opened, bytes };
  const good = withoutRoom(bytes, opened.first.offset);
  const checked = checkRecords(good, opened.first, 0);
  return { ...opened, ...checked, end: withEventSeq(good, checked.end), roomFrom: good.length, bytes };
}

function withEventSeq(bytes: Uint8Array, end: Boundary): Boundary {
  const events: HistoryEvent[] = [];
  const last = bytes.subarray(end.lastOffset, end.offset);
  if (end.seq > 0) decodeRecords(last, { seq: end.seq - 1, eventSeq: 0 }, events);
  return { ...end, eventSeq: events.at(-1)?.seq ?? 0 };
}

/** Thrown for a record whose checksums are right, but not its content. */
export class UnreadableRecord extends Error {}

/** So many bytes are decoded at once: much fewer than a garbage collection apart. */
const PART_BYTES = 64 * 1024;

/** The events of checked records, some at a time. @throws UnreadableRecord */
export function* decodeInParts({ bytes, first, end }: CheckedHistory): Generator<HistoryEvent[], void> {
  let { seq, eventSeq, offset } = first;
  while (offset < end.offset) {
    let stop = offset;
    let records = 0;
    for (; stop < end.offset && stop - offset < PART_BYTES; records++) {
      stop += HEAD_BYTES + (readHead(bytes, stop)?.length ?? 0);
    }
    const events: HistoryEvent[] = [];
    const failure = decodeRecords(bytes.subarray(offset, stop), { seq, eventSeq }, events);
    if (failure !== undefined) throw new UnreadableRecord(failure.reason);
    yield events;
    seq += records;
    eventSeq = events.at(-1)?.seq ?? eventSeq;
    offset = stop;
  }
}

/** The header, and what to say of the whole when there is none. */
function openHistory(bytes: Uint8Array): Omit<CheckedHistory, "bytes"> {
  const empty = { first: NOWHERE, end: NOWHERE, unsyncedFrom: 0, roomFrom: bytes.length };
  if (bytes.length === 0) return { ...empty, tail: { state: "clean" } };
  const envelope = openEnvelope(HISTORY_KIND, bytes);
  if (envelope.state !== "good") {
    const { salt, crc } = claimsOfHeader(HISTORY_KIND, bytes);
    const isShort = envelope.state === "short";
    const region: Region = { start: 0, checked: 1, endsInside: isShort, record: 0, salt, crc };
    const reason = isShort ? "the file ends inside the header" : envelope.reason;
    return { ...empty, tail: broken(withoutRoom(bytes, 0), region, reason) };
  }
  const header = headerOf(envelope.item);
  if (header === undefined) {
    const tail: Tail = { state: "corrupt", offset: 0, record: 0, reason: "the header holds no run" };
    return { ...empty, tail };
  }
  const { salt, crc, end } = envelope;
  return { ...empty, header, first: { ...NOWHERE, salt, crc, offset: end, lastOffset: end }, tail: { state: "clean" } };
}

function headerOf(item: Uint8Array): HistoryHeader | undefined {
  try {
    const header = decodeValue(item) as Partial<HistoryHeader> | null;
    const isWhole = typeof header?.run === "string" && typeof header.workflow === "string";
    return isWhole && typeof header.created === "number" ? (header as HistoryHeader) : undefined;
  } catch {
    return undefined;
  }
}

/** Scans the records from a boundary on. Offsets in `bytes` are those of the file, less `bytesStart`. */
export function scanRecords(given: Uint8Array, from: Boundary, bytesStart = 0): Omit<Scan, "header"> {
  const bytes = withoutRoom(given, from.offset - bytesStart);
  const roomFrom = bytesStart + bytes.length;
  const checked = checkRecords(bytes, from, bytesStart);
  const good = bytes.subarray(from.offset - bytesStart, checked.end.offset - bytesStart);
  const events: HistoryEvent[] = [];
  const failure = decodeRecords(good, from, events);
  const eventSeq = events.at(-1)?.seq ?? from.eventSeq;
  if (failure === undefined) return { ...checked, events, end: { ...checked.end, eventSeq }, roomFrom };
  // A record whose checksums are right, but not its content: it was written so. The prefix before it stands.
  const before = checkRecords(bytes, from, bytesStart, failure.record - 1);
  const tail: Tail = { state: "corrupt", offset: before.end.offset, ...failure };
  return { ...before, events, end: { ...before.end, eventSeq }, roomFrom, tail };
}

type Checked = Omit<Scan, "header" | "events" | "roomFrom">;

/** Checks framing and checksums, record by record, up to the first that fails or the record numbered `last`. */
function checkRecords(bytes: Uint8Array, from: Boundary, bytesStart: number, last = Infinity): Checked {
  let end = from;
  let durable = 0;
  let tail: Tail = { state: "clean" };
  while (end.offset - bytesStart < bytes.length && end.seq < last) {
    const next = checkRecord(bytes, end, bytesStart);
    if ("reason" in next) {
      tail = broken(bytes, next.region, next.reason, bytesStart);
      break;
    }
    end = next;
    durable = Math.max(durable, next.synced);
  }
  const unsyncedFrom =
    durable >= end.seq ? end.offset : startOf(bytes, from, bytesStart, Math.max(durable, from.seq) + 1);
  return { end, unsyncedFrom, tail };
}

/** Where a checked record begins. */
function startOf(bytes: Uint8Array, from: Boundary, bytesStart: number, seq: number): number {
  let at = from.offset - bytesStart;
  for (let record = from.seq + 1; record < seq; record++) at += HEAD_BYTES + (readHead(bytes, at)?.length ?? 0);
  return at + bytesStart;
}

interface BrokenRecord {
  readonly region: Region;
  readonly reason: string;
}

/** The boundary behind the next record, or what is wrong with it. */
function checkRecord(bytes: Uint8Array, from: Boundary, bytesStart: number): Boundary | BrokenRecord {
  const { salt, crc, eventSeq } = from;
  const start = from.offset - bytesStart;
  const record = from.seq + 1;
  const bad = (reason: string, checked: number, endsInside = false): BrokenRecord => ({
    region: { start, record, salt, crc, checked, endsInside },
    reason,
  });
  const payloadAt = start + HEAD_BYTES;
  if (payloadAt > bytes.length) return bad("the file ends inside a head", bytes.length, true);
  const head = readHead(bytes, start);
  if (head === undefined) return bad("no record begins here", payloadAt);
  if (head.headCrc !== headCrc(bytes, start, { salt, previousCrc: crc }) || head.seq !== record) {
    return bad("the checksum of the head is wrong", payloadAt);
  }
  const stop = payloadAt + head.length;
  if (stop > bytes.length) return bad("the file ends inside a record", bytes.length, true);
  if (payloadCrc(bytes, payloadAt, stop) !== head.payloadCrc) return bad("the checksum is wrong", stop);
  const { payloadCrc: nextCrc, synced } = head;
  return { salt, crc: nextCrc, seq: record, eventSeq, offset: stop + bytesStart, lastOffset: from.offset, synced };
}

/** Decodes checked records; events of the records before a bad one are pushed all the same. */
function decodeRecords(
  bytes: Uint8Array,
  from: Pick<Boundary, "seq" | "eventSeq">,
  events: HistoryEvent[],
): { record: number; reason: string } | undefined {
  let record = from.seq + 1;
  let { eventSeq } = from;
  let whole = 0;
  try {
    decodeSequence(bytes, (item) => {
      const fields: unknown[] = Array.isArray(item) ? item : [];
      const payload = fields[5];
      if (fields[0] !== record || !Array.isArray(payload)) throw new Error("it holds no list of events");
      for (const part of payload) {
        const event = eventOf(part);
        if (event.seq <= eventSeq) throw new Error(`event ${event.seq} comes after event ${eventSeq}`);
        eventSeq = event.seq;
        events.push(event);
      }
      whole = events.length;
      record++;
    });
    return undefined;
  } catch (error) {
    events.length = whole;
    return { record, reason: error instanceof Error ? error.message : String(error) };
  }
}

function broken(bytes: Uint8Array, region: Region, reason: string, bytesStart = 0): Tail {
  const state = judge(bytes, region, bytesStart);
  return { state, offset: region.start + bytesStart, record: region.record, reason };
}
