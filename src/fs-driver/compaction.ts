/**
 * Rewriting a journal as what is still alive of it. Owns when that is worth it, and doing it crash-safely; what is
 * alive is the engine's to say.
 *
 * Invariants:
 * 1. Until the rename the old journal is untouched, and any failure leaves it in use.
 * 2. The new file has a new salt, and is locked, synced and read back before it takes the old one's name.
 * 3. Removals of received messages are durable before the events that told of them go.
 */
import { randomBytes, randomInt } from "node:crypto";
import path from "node:path";
import type { HistoryEvent } from "../engine/history/events.ts";
import { encodeEvents } from "./codec.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { asDiskError, CorruptError, DiskError } from "./errors.ts";
import { readOpenFile, removeIfThere, writeAll } from "./files.ts";
import { frameRecord, openEnvelope, wrapItem } from "./frame.ts";
import type { JournalFile } from "./journal-file.ts";
import type { RunPaths } from "./layout.ts";
import { type Boundary, HISTORY_KIND, scanHistory } from "./scan.ts";

/** A smaller journal is left alone, unless the store says otherwise. */
export const COMPACT_FROM_BYTES: number = 1024 * 1024;
/** A buffer for the old journal is kept up to this many bytes. */
const MOST_KEPT = 4 * 1024 * 1024;
/** The live events are written in records of about this many. */
const EVENTS_PER_RECORD = 256;

/** Says which events are alive: a pure function. */
export type LiveEvents = (events: readonly HistoryEvent[]) => HistoryEvent[];

/** What compaction works on. */
export interface CompactionServices {
  readonly disk: Disk;
  readonly paths: RunPaths;
  readonly run: string;
  readonly isDurable: boolean;
}

/** Decides when to rewrite, and does. */
export class Compaction {
  readonly #journal: JournalFile;
  readonly #from: number;
  #worthAt: number;
  #buffer = new Uint8Array(0);

  constructor(journal: JournalFile, fromBytes: number) {
    this.#journal = journal;
    this.#from = fromBytes;
    this.#worthAt = fromBytes;
  }

  /** Whether the journal is large enough, by what the last look found, to look again. */
  get isDue(): boolean {
    return this.#journal.failure === undefined && this.#journal.end.offset >= this.#worthAt;
  }

  /** Rewrites the journal when that at least halves it. @returns whether it did */
  run(services: CompactionServices, live: LiveEvents): boolean {
    const journal = this.#journal;
    const before = journal.end.offset;
    this.putOff();
    const bytes = readOpenFile(journal.file, services.paths.history, (size) => this.#room(size));
    const image = rewrite(bytes, services, live);
    const isWorthIt = image.bytes.length <= before / 2;
    if (isWorthIt) replace(journal, services, image);
    this.putOff();
    return isWorthIt;
  }

  /** Not again before the journal is twice as long, whether it is smaller now or could not be made so. */
  putOff(): void {
    this.#worthAt = Math.max(this.#from, 2 * this.#journal.end.offset);
  }

  /** Where the old journal is read into: a loop comes by here for ever, and freed buffers of this size stay for long. */
  #room(size: number): Uint8Array {
    if (size > MOST_KEPT) return new Uint8Array(size);
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(Math.ceil(size * 1.25));
    return this.#buffer.subarray(0, size);
  }
}

/** Writes a journal of these events in place of the one that is there, crash-safely; nobody is to go on with either. */
export function replaceHistory(
  services: CompactionServices,
  header: Uint8Array,
  events: readonly HistoryEvent[],
): void {
  const { disk, paths, isDurable } = services;
  putInPlace(services, imageOf(header, events)).close();
  if (isDurable) disk.syncFolder(paths.folder);
}

interface Image {
  readonly bytes: Uint8Array;
  readonly end: Boundary;
}

function rewrite(bytes: Uint8Array, { run, paths }: CompactionServices, live: LiveEvents): Image {
  const scan = scanHistory(bytes);
  if (scan.tail.state !== "clean") {
    const { offset, record, reason } = scan.tail;
    throw new CorruptError(run, { file: paths.history, offset, record, reason, goodEvents: scan.events.length });
  }
  const envelope = openEnvelope(HISTORY_KIND, bytes);
  const header = envelope.state === "good" ? envelope.item : new Uint8Array();
  return imageOf(header, live(scan.events));
}

/** A whole journal of these events. */
function imageOf(header: Uint8Array, events: readonly HistoryEvent[]): Image {
  const salt = randomInt(2 ** 32);
  const start = wrapItem(HISTORY_KIND, salt, header);
  const parts: Uint8Array[] = [start.bytes];
  let { length: offset } = start.bytes;
  let end: Boundary = { salt, crc: start.crc, seq: 0, eventSeq: 0, offset, lastOffset: offset, synced: 0 };
  for (let from = 0; from < events.length; from += EVENTS_PER_RECORD) {
    const some = events.slice(from, from + EVENTS_PER_RECORD);
    const seq = end.seq + 1;
    const record = frameRecord({ salt, previousCrc: end.crc, seq, synced: 0 }, [encodeEvents(some)]);
    const lastOffset = offset;
    offset += record.bytes.length;
    parts.push(record.bytes);
    end = { salt, crc: record.payloadCrc, seq, eventSeq: some.at(-1)?.seq ?? 0, offset, lastOffset, synced: 0 };
  }
  return { bytes: Buffer.concat(parts), end };
}

function replace(journal: JournalFile, services: CompactionServices, image: Image): void {
  const { disk, paths, isDurable } = services;
  if (isDurable) disk.syncFolder(paths.inbox);
  const file = putInPlace(services, image);
  try {
    if (isDurable) disk.syncFolder(paths.folder);
  } catch (error) {
    file.close();
    // After a power cut the old journal might be back: nothing that is written to the new one would count.
    throw journal.fail(asDiskError("syncing the folder of the run", error));
  }
  journal.moveTo(file, image.end);
}

/** The new journal under its name, locked and durable; its name is not, yet. */
function putInPlace({ disk, paths, isDurable }: CompactionServices, image: Image): DiskFile {
  const temporary = path.join(paths.folder, `.history-${randomBytes(6).toString("hex")}.tmp`);
  const file = disk.open(temporary, "new");
  try {
    writeChecked(file, image.bytes, temporary, isDurable);
    disk.rename(temporary, paths.history);
  } catch (error) {
    file.close();
    removeIfThere(disk, temporary);
    throw error;
  }
  return file;
}

function writeChecked(file: DiskFile, bytes: Uint8Array, name: string, isDurable: boolean): void {
  if (!file.tryLock("exclusive")) throw new DiskError(`locking ${name}`, "EAGAIN");
  writeAll(file, bytes, 0, name);
  if (isDurable) file.sync();
  if (Buffer.compare(readOpenFile(file, name), bytes) !== 0) throw new DiskError(`reading back ${name}`, "EIO");
}
