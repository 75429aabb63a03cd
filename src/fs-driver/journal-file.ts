/**
 * The journal's file under its owner's hand: one checked write per record, and the sync. Owns the error discipline;
 * which events go into which record is `journal.ts`, what they look like `frame.ts`.
 *
 * Invariants:
 * 1. Before every commit the path leads to the locked file, and the file has the length this process left it at, and
 *    zeros where its next record goes; if not, nothing is written, for good. (An append goes without: it promises
 *    nothing, and the next commit looks.)
 * 2. A write that falls short is cut off again, and is the last one.
 * 3. After any error from a sync the file is never written, cut or synced again: the kernel may have dropped pages.
 * 4. `synced` is a number the disk has vouched for, never one that it was only asked for.
 * 5. Behind the records the file has room: zeros, already written, so that a sync has no new length and no new blocks
 *    to make durable, which takes half the time. The owner takes them off when it closes.
 * 6. What it holds can be read back: a record that would make it too long for that is refused.
 */
import { randomInt } from "node:crypto";
import type { HistoryEvent } from "../engine/history/events.ts";
import { encodeValue } from "./codec.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { asDiskError, DiskError, OwnedError, StoreError } from "./errors.ts";
import { MAX_BYTES } from "./files.ts";
import { frameRecord, wrapItem } from "./frame.ts";
import { readOwner } from "./lock.ts";
import type { RunHome } from "./run-home.ts";
import { type Boundary, HISTORY_KIND, type HistoryHeader } from "./scan.ts";

/** A disk that syncs within this time is synced in place: handing it to another thread costs more. */
const QUICK_SYNC_MS = 4;

/** Room is made for as much as there is already, up to this, in whole blocks. */
const MOST_ROOM = 256 * 1024;
const BLOCK = 4096;
/** Records end before this, so that with its room the file can be read back. */
const MOST_RECORDS = MAX_BYTES - MOST_ROOM - BLOCK;
/** Where looks at the file go; made once, since there are two of them for each commit. */
const ONE = new Uint8Array(1);
const TWO = new Uint8Array(2);

/** The open journal of one run. */
export class JournalFile {
  readonly #disk: Disk;
  readonly #home: RunHome;
  #file: DiskFile;
  #end: Boundary;
  /** Length of the file: the records and the room. */
  #size: number;
  #synced: number;
  #failure: StoreError | undefined;
  #lastSyncMs = 0;
  readonly #isDurable: boolean;

  /** `end` is where the good records end; with `isDurable` they are all durable, and all to come shall be. */
  constructor(disk: Disk, home: RunHome, end: Boundary, isDurable: boolean) {
    this.#disk = disk;
    this.#home = home;
    this.#file = home.file;
    this.#size = home.file.facts().size;
    this.#end = end;
    this.#synced = isDurable ? end.seq : 0;
    this.#isDurable = isDurable;
  }

  /** Why nothing can be written any more. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  get end(): Boundary {
    return this.#end;
  }

  get file(): DiskFile {
    return this.#file;
  }

  /** Writes one record; the header before the first. @throws StoreError, and then nothing of it is in the file */
  write(encoded: readonly Uint8Array[], first: HistoryEvent | undefined, lastEventSeq: number): void {
    this.#refuse();
    const header = this.#end.offset === 0 ? this.#header(first) : undefined;
    const { salt, crc } = header ?? this.#end;
    const start = this.#end.offset + (header?.bytes.length ?? 0);
    const place = { salt, previousCrc: crc, seq: this.#end.seq + 1, synced: this.#synced };
    const record = frameRecord(place, encoded);
    const bytes = header === undefined ? record.bytes : Buffer.concat([header.bytes, record.bytes]);
    if (start + record.bytes.length > MOST_RECORDS) throw this.fail(tooLong());
    this.#writeWhole(bytes);
    this.#end = {
      salt,
      crc: record.payloadCrc,
      seq: place.seq,
      eventSeq: lastEventSeq,
      offset: start + record.bytes.length,
      lastOffset: start,
      synced: place.synced,
    };
  }

  #header(first: HistoryEvent | undefined): { bytes: Uint8Array; crc: number; salt: number } {
    const workflow = first?.type === "run.created" ? first.workflow : "";
    const header: HistoryHeader = { run: this.#home.run, workflow, created: first?.at ?? 0 };
    const salt = randomInt(2 ** 32);
    return { ...wrapItem(HISTORY_KIND, salt, encodeValue(header)), salt };
  }

  #refuse(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Invariant 1. @throws OwnedError */
  check(): void {
    this.#refuse();
    const isOurs = this.#attempt("looking at the history", () => this.#file.isAt(this.#home.paths.history));
    if (isOurs && this.#attempt("looking at the history", () => this.#isAsLeft())) return;
    const what = isOurs ? "was written to by another process" : "is no longer the file that this process owns";
    const message = `the history of run "${this.#home.run}" ${what}: nothing more was written`;
    throw this.fail(new OwnedError(this.#home.run, readOwner(this.#disk, this.#home.paths), message));
  }

  /**
   * Read across the end, since asking for the length looks at the times, too (see `disk-node.ts`); and where the next
   * record goes, since another owner's would not make the file longer.
   */
  #isAsLeft(): boolean {
    const last = Math.max(this.#size - 1, 0);
    if (this.#file.read(TWO, last) !== this.#size - last) return false;
    return this.#size === this.#end.offset || (this.#file.read(ONE, this.#end.offset) === 1 && ONE[0] === 0);
  }

  /** Invariant 2. */
  #writeWhole(bytes: Uint8Array): void {
    const file = this.#file;
    const { offset } = this.#end;
    let failure: DiskError;
    try {
      const needed = offset + bytes.length;
      const count = file.write(needed > this.#size ? this.#withRoom(bytes, needed) : bytes, offset);
      this.#size = Math.max(this.#size, offset + count);
      if (count >= bytes.length) return;
      failure = new DiskError("writing the history", "ENOSPC", new Error("the disk is full"));
    } catch (error) {
      failure = asDiskError("writing the history", error);
    }
    this.fail(failure);
    try {
      file.truncate(offset);
    } catch {
      // What is left of the record is a torn tail, which the next open sets aside.
    }
    throw failure;
  }

  /** Invariant 5. */
  #withRoom(bytes: Uint8Array, needed: number): Uint8Array {
    if (!this.#isDurable) return bytes;
    const size = needed + Math.min(needed, MOST_ROOM);
    return Buffer.concat([bytes], bytes.length + (Math.ceil(size / BLOCK) * BLOCK - needed));
  }

  /** Whether the disk is quick enough to be waited for in place. */
  get isQuick(): boolean {
    return this.#lastSyncMs <= QUICK_SYNC_MS;
  }

  /** Makes all that is written durable, and a new run visible. @throws StoreError */
  sync(): void {
    const begun = this.#beginSync();
    if (begun === undefined) return;
    try {
      if (this.#isDurable) this.#file.sync();
    } catch (error) {
      throw this.fail(asDiskError("syncing the history", error));
    }
    this.#endSync(begun);
  }

  /** As `sync`, without holding up the process. */
  async syncLater(): Promise<void> {
    const begun = this.#beginSync();
    if (begun === undefined) return;
    try {
      if (this.#isDurable) await this.#file.syncLater();
    } catch (error) {
      throw this.fail(asDiskError("syncing the history", error));
    }
    this.#refuse();
    this.#endSync(begun);
  }

  #beginSync(): { seq: number; at: number } | undefined {
    this.#refuse();
    return this.#end.seq === 0 ? undefined : { seq: this.#end.seq, at: performance.now() };
  }

  #endSync(begun: { seq: number; at: number }): void {
    this.#attempt("making the run visible", () => this.#home.publish());
    this.#lastSyncMs = performance.now() - begun.at;
    if (this.#isDurable) this.#synced = begun.seq;
  }

  #attempt<T>(doing: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.fail(error instanceof StoreError ? error : asDiskError(doing, error));
    }
  }

  /** Stops all writing for good, with this reason unless there was one before. */
  fail(failure: StoreError): StoreError {
    this.#failure ??= failure;
    return this.#failure;
  }

  /** Goes on in another file: the compacted journal, already locked, durable and in place. */
  moveTo(file: DiskFile, end: Boundary): void {
    this.#file.close();
    this.#file = file;
    this.#size = end.offset;
    this.#end = end;
    this.#synced = this.#isDurable ? end.seq : 0;
  }

  close(): void {
    try {
      if (this.#failure === undefined && this.#size > this.#end.offset) this.#file.truncate(this.#end.offset);
    } catch {
      // Zeros that stay are room for the next owner.
    }
    this.#file.close();
  }
}

/** Invariant 6. */
function tooLong(): DiskError {
  const cause = new Error("with this record it would be longer than 2 GiB, and nobody could read it back");
  return new DiskError("writing the history", "EFBIG", cause, "what is on record stays, and can be forked");
}
