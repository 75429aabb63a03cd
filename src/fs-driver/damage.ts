/**
 * Torn tail or corruption: the judgement over a region of a journal that cannot be read. Pure. A torn tail is what a
 * crash leaves of a write that nobody was told had succeeded; it may be set aside. Anything else is corruption.
 *
 * Invariants:
 * 1. Torn needs both: no later good record says that the region was durable; and the file ends inside the region, or
 *    the region is nothing but zeros, or an aligned 512-byte block of it is (what a power cut leaves).
 * 2. In doubt it is corruption: nothing is ever thrown away on a guess.
 * 3. The work is bounded by a multiple of the bytes given, whatever they hold.
 */
import { HEAD_BYTES, headCrc, payloadCrc, readHead } from "./frame.ts";

const BLOCK = 512;
/** The search for later records checks at most this many times the bytes there are. */
const SEARCH_FACTOR = 4;

/** A region that cannot be read. Offsets are those of the bytes given. */
export interface Region {
  readonly start: number;
  /** Where the bytes end that were found bad: a record's head, the whole record; a later record comes behind it. */
  readonly checked: number;
  /** What is there goes on beyond the end of the file, by its own word. */
  readonly endsInside: boolean;
  /** Number of the record that should be here; 0: the header. */
  readonly record: number;
  readonly salt: number;
  /** What the record's head should be chained to. */
  readonly crc: number;
}

/** Whether the region is a torn tail. `bytesStart` is the offset of `bytes` in the file, for the alignment. */
export function judge(bytes: Uint8Array, region: Region, bytesStart = 0): "torn" | "corrupt" {
  const { record, start, endsInside } = region;
  // Only a head that was checked says so, and then all that follows is inside the record.
  if (record > 0 && endsInside) return "torn";
  const isZeroed = hasZeroBlock(bytes, region, bytesStart) || isZero(bytes, start, bytes.length);
  if (!isZeroed && !endsInside) return "corrupt";
  const later = findLater(bytes, region);
  if (later === "unknown" || later.durable >= Math.max(record, 1)) return "corrupt";
  // Behind a good record the file cannot end inside the header, after all.
  return later.found && !isZeroed ? "corrupt" : "torn";
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Whether some aligned block that the bad bytes reach into is zero, as far as it lies in the region. */
function hasZeroBlock(bytes: Uint8Array, region: Region, bytesStart: number): boolean {
  const first = Math.floor((region.start + bytesStart) / BLOCK) * BLOCK - bytesStart;
  for (let block = first; block < region.checked; block += BLOCK) {
    const from = Math.max(block, region.start);
    const to = Math.min(block + BLOCK, bytes.length);
    if (from < to && isZero(bytes, from, to)) return true;
  }
  return false;
}

interface Later {
  readonly found: boolean;
  /** The highest record number that a later good record says was durable. */
  readonly durable: number;
}

/**
 * Good records behind the region. Embedded copies of other journals do not count: a head must be chained, by salt, to
 * the bytes before it, to the bad record's own claim, or to the good record found before it; or records run from it
 * to the very end of the file.
 */
function findLater(bytes: Uint8Array, region: Region): Later | "unknown" {
  let budget = bytes.length * SEARCH_FACTOR + BLOCK;
  let durable = 0;
  let found = false;
  let at = bytes.indexOf(0x86, region.checked);
  while (at !== -1) {
    const run = readRun(bytes, at, region, (spent) => (budget -= spent));
    if (budget < 0) return "unknown";
    if (run !== undefined) {
      found = true;
      durable = Math.max(durable, run.durable);
    }
    at = bytes.indexOf(0x86, run?.end ?? at + 1);
  }
  return { found, durable };
}

/** The good records in a row from `start`, when they belong to this journal. */
function readRun(
  bytes: Uint8Array,
  start: number,
  region: Region,
  spend: (bytes: number) => void,
): { end: number; durable: number } | undefined {
  let durable = 0;
  let at = start;
  let belongs = isChained(bytes, start, region, spend);
  let previousCrc: number | undefined;
  for (;;) {
    const head = readHead(bytes, at);
    const payloadAt = at + HEAD_BYTES;
    if (head === undefined || head.seq <= region.record || payloadAt + head.length > bytes.length) break;
    if (previousCrc !== undefined) {
      if (head.headCrc !== headCrc(bytes, at, { salt: region.salt, previousCrc })) break;
      belongs = true;
    }
    spend(head.length);
    if (payloadCrc(bytes, payloadAt, payloadAt + head.length) !== head.payloadCrc) break;
    durable = Math.max(durable, head.synced);
    previousCrc = head.payloadCrc;
    at = payloadAt + head.length;
  }
  if (at === start) return undefined;
  return belongs || at === bytes.length ? { end: at, durable } : undefined;
}

function isChained(bytes: Uint8Array, at: number, region: Region, spend: (bytes: number) => void): boolean {
  const head = readHead(bytes, at);
  if (head === undefined) return false;
  const fits = (previousCrc: number): boolean =>
    head.headCrc === headCrc(bytes, at, { salt: region.salt, previousCrc });
  if (region.record === 0) return fits(region.crc);
  const claimed = readHead(bytes, region.start);
  if (claimed !== undefined && fits(claimed.payloadCrc)) return true;
  const gap = bytes.subarray(region.start + HEAD_BYTES, at);
  spend(gap.length);
  return fits(payloadCrc(gap, 0, gap.length));
}
