/**
 * Framing: how bytes are wrapped so that they can be checked before a decoder sees them. Pure functions over bytes;
 * what the wrapped CBOR means is the codec's, what to do with bytes that fail is the scan's.
 *
 *   envelope  55799([kind, version, salt, crc, item])      crc: all bytes of it but its own four
 *   record    [seq, synced, length, payloadCrc, headCrc, payload]      86 | 1a u32 ×5 | payload
 *
 * Invariants:
 * 1. Heads have fixed widths and are checked, with every length in them, before anything is allocated or decoded.
 * 2. `headCrc` covers the salt, the record before (its payloadCrc; the header's crc for the first) and this head: a
 *    lost, doubled, swapped or foreign record cannot pass.
 * 3. A payload is an indefinite array, `9f … ff`: commits are joined by joining their events' bytes, and it neither
 *    begins nor ends in a zero, so what a power cut zeroes never looks like what was written, and zeros at the end of
 *    a file are no part of any record.
 */
import { crc32 } from "node:zlib";
import { skipItem } from "./cbor-item.ts";

/** Bytes of a record before its payload. */
export const HEAD_BYTES = 26;
const SELF_DESCRIBED = [0xd9, 0xd9, 0xf7];
const ENVELOPE_VERSION = 1;
/** The crc of fewer bytes is made here, of more by zlib. */
const SMALL_PAYLOAD = 128;
const FIELDS = [1, 6, 11, 16, 21] as const;

/** A checked envelope, or why there is none. `short`: the bytes end inside it. */
export type Envelope =
  | {
      readonly state: "good";
      readonly salt: number;
      readonly crc: number;
      readonly item: Uint8Array;
      readonly end: number;
    }
  | { readonly state: "short" }
  | { readonly state: "bad"; readonly reason: string };

/** Wraps one CBOR item; `kind` is at most 23 characters of ASCII. */
export function wrapItem(kind: string, salt: number, item: Uint8Array): { bytes: Uint8Array; crc: number } {
  const start = envelopeStart(kind);
  const bytes = new Uint8Array(start.length + 10 + item.length);
  bytes.set(start);
  writeU32(bytes, start.length, salt);
  const crcAt = start.length + 5;
  bytes[crcAt] = 0x1a;
  bytes.set(item, crcAt + 5);
  const crc = envelopeCrc(bytes, crcAt, bytes.length);
  writeU32(bytes, crcAt, crc);
  return { bytes, crc };
}

/** Checks the envelope that `bytes` begin with. */
export function openEnvelope(kind: string, bytes: Uint8Array): Envelope {
  const start = envelopeStart(kind);
  for (let index = 0; index < start.length; index++) {
    if (index >= bytes.length) return { state: "short" };
    if (bytes[index] !== start[index]) return { state: "bad", reason: reasonOfStart(kind, start, bytes) };
  }
  const crcAt = start.length + 5;
  const itemAt = crcAt + 5;
  if (bytes.length <= itemAt) return { state: "short" };
  if (bytes[start.length] !== 0x1a || bytes[crcAt] !== 0x1a) return { state: "bad", reason: "malformed header" };
  const end = skipItem(bytes, itemAt);
  if (end === "short") return { state: "short" };
  if (end === "bad") return { state: "bad", reason: "malformed header" };
  const crc = readU32(bytes, crcAt);
  if (crc !== envelopeCrc(bytes, crcAt, end)) return { state: "bad", reason: "header checksum mismatch" };
  return { state: "good", salt: readU32(bytes, start.length), crc, item: bytes.subarray(itemAt, end), end };
}

/** The salt and crc that a header claims, checked or not. */
export function claimsOfHeader(kind: string, bytes: Uint8Array): { salt: number; crc: number } {
  const saltAt = envelopeStart(kind).length;
  if (bytes.length < saltAt + 10) return { salt: 0, crc: 0 };
  return { salt: readU32(bytes, saltAt), crc: readU32(bytes, saltAt + 5) };
}

function envelopeStart(kind: string): Uint8Array {
  return Uint8Array.of(...SELF_DESCRIBED, 0x85, 0x60 + kind.length, ...Buffer.from(kind, "latin1"), ENVELOPE_VERSION);
}

function reasonOfStart(kind: string, start: Uint8Array, bytes: Uint8Array): string {
  const version = start.length - 1;
  const isNewer = start.subarray(0, version).every((byte, index) => byte === bytes[index]);
  return isNewer ? `format version ${bytes[version]} is not known here: is wf up to date?` : `it is no ${kind} file`;
}

function envelopeCrc(bytes: Uint8Array, crcAt: number, end: number): number {
  return crc32(bytes.subarray(crcAt + 5, end), crc32(bytes.subarray(0, crcAt + 1)));
}

/** Where in its journal a record stands. */
export interface RecordPlace {
  readonly salt: number;
  /** payloadCrc of the record before, or the header's crc. */
  readonly previousCrc: number;
  readonly seq: number;
  readonly synced: number;
}

/** The fields of a record's head. */
export interface RecordHead {
  readonly seq: number;
  readonly synced: number;
  readonly length: number;
  readonly payloadCrc: number;
  readonly headCrc: number;
}

/** One record of encoded events. */
export function frameRecord(place: RecordPlace, events: readonly Uint8Array[]): { bytes: Buffer; payloadCrc: number } {
  const length = events.reduce((sum, event) => sum + event.length, 2);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  let at = HEAD_BYTES;
  bytes[at++] = 0x9f;
  for (const event of events) {
    bytes.set(event, at);
    at += event.length;
  }
  bytes[at] = 0xff;
  const crc = payloadCrc(bytes, HEAD_BYTES, bytes.length);
  bytes[0] = 0x86;
  writeU32(bytes, 1, place.seq);
  writeU32(bytes, 6, place.synced);
  writeU32(bytes, 11, length);
  writeU32(bytes, 16, crc);
  writeU32(bytes, 21, headCrc(bytes, 0, place));
  return { bytes, payloadCrc: crc };
}

/** The head at `offset`, or undefined when the bytes there are none; not yet checked against its crc. */
export function readHead(bytes: Uint8Array, offset: number): RecordHead | undefined {
  if (offset + HEAD_BYTES > bytes.length || bytes[offset] !== 0x86) return undefined;
  for (const field of FIELDS) if (bytes[offset + field] !== 0x1a) return undefined;
  return {
    seq: readU32(bytes, offset + 1),
    synced: readU32(bytes, offset + 6),
    length: readU32(bytes, offset + 11),
    payloadCrc: readU32(bytes, offset + 16),
    headCrc: readU32(bytes, offset + 21),
  };
}

/** What the head at `offset` must have for its crc at this place in the journal. */
export function headCrc(bytes: Uint8Array, offset: number, place: { salt: number; previousCrc: number }): number {
  let crc = -1;
  for (let shift = 24; shift >= 0; shift -= 8) crc = crcOfByte(crc, place.salt >>> shift);
  for (let shift = 24; shift >= 0; shift -= 8) crc = crcOfByte(crc, place.previousCrc >>> shift);
  return ~crcOf(crc, bytes, offset, offset + 21) >>> 0;
}

/** For a few bytes this is several times faster than a call out to zlib. */
function crcOf(crc: number, bytes: Uint8Array, from: number, to: number): number {
  let result = crc;
  for (let at = from; at < to; at++) result = crcOfByte(result, bytes[at] ?? 0);
  return result;
}

const CRC_TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crcOfByte(crc: number, byte: number): number {
  return (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
}

/** CRC-32 of the payload that lies between two offsets. */
export function payloadCrc(bytes: Uint8Array, from: number, to: number): number {
  return to - from > SMALL_PAYLOAD ? crc32(bytes.subarray(from, to)) : ~crcOf(-1, bytes, from, to) >>> 0;
}

/** The bytes less the zeros at their end, down to `from`. */
export function withoutRoom(bytes: Uint8Array, from: number): Uint8Array {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = 0x1a;
  bytes[at + 1] = value >>> 24;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 8;
  bytes[at + 4] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 1] ?? 0) * 0x1000000;
  return high + (((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0));
}
