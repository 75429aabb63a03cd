/**
 * Values as CBOR and back: exact, or refused. Owns the choice of encoder and its options; `exact.ts` prepares what
 * `cbor-x` alone would alter. Framing and checksums are `frame.ts`.
 *
 * Invariants:
 * 1. `decodeValue(encodeValue(v))` is deeply equal to `v` by `Object.is`, or encoding throws ValueNotStorableError.
 * 2. The bytes are plain CBOR (maps, no records), the same with and without cbor-x's native part, which only decodes.
 * 3. A value that needs help is wrapped in one outer tag, so ordinary values are never walked when they are read.
 * 4. Decoded bytes and typed arrays own their memory.
 */
import { Decoder, Encoder, Tag } from "cbor-x/encode";
import type { HistoryEvent } from "../engine/history/events.ts";
import { makeExact, restore } from "./exact.ts";

/** CBOR tag of an item of which some part was rewritten by `exact.ts`. */
const REWRITTEN = 47_118;

const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, copyBuffers: true });

/** The CBOR of a value. @throws ValueNotStorableError when it would not come back the same */
export function encodeValue(value: unknown, name = "value"): Uint8Array {
  const exact = makeExact(value, name);
  return encoder.encode(exact === value ? value : new Tag(exact, REWRITTEN));
}

/** The value that `bytes` are the CBOR of. @throws when they are not exactly one well-formed item */
export function decodeValue(bytes: Uint8Array): unknown {
  // A plain view, so that what the decoder slices off is a plain Uint8Array too.
  const decoded: unknown = decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  return unwrap(decoded);
}

function unwrap(decoded: unknown): unknown {
  return decoded instanceof Tag && decoded.tag === REWRITTEN ? restore(decoded.value) : decoded;
}

/** The CBOR of each event, one after the other: the inside of a record's payload. */
export function encodeEvents(events: readonly HistoryEvent[]): Uint8Array {
  const only = events[0];
  if (events.length === 1 && only !== undefined) return encodeValue(only, "event");
  return Buffer.concat(events.map((event) => encodeValue(event, "event")));
}

/** The CBOR items that `bytes` are a sequence of, one after the other. @throws when one is not well-formed */
export function decodeSequence(bytes: Uint8Array, each: (item: unknown) => void): void {
  if (bytes.length > 0) decoder.decodeMultiple(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), each);
}

/** The event that an item of a record's payload stands for. @throws when it is none */
export function eventOf(item: unknown): HistoryEvent {
  const event = unwrap(item);
  if (isEvent(event)) return event;
  throw new Error("it holds what is no event");
}

function isEvent(value: unknown): value is HistoryEvent {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Partial<HistoryEvent>;
  return typeof event.type === "string" && Number.isSafeInteger(event.seq) && Number.isFinite(event.at);
}
