/**
 * Where a CBOR item ends, found without decoding it: for items whose length nothing else says. Pure.
 *
 * Invariants:
 * 1. Never reads past the bytes, never allocates by a length it read, and stops at a fixed depth.
 * 2. Only definite lengths: nothing else is written where this is used.
 */

const MAX_DEPTH = 64;

/** The offset behind the item at `offset`; `short` when the bytes end inside it, `bad` when it is not well-formed. */
export function skipItem(bytes: Uint8Array, offset: number, depth = 0): number | "short" | "bad" {
  if (depth > MAX_DEPTH) return "bad";
  const first = bytes[offset];
  if (first === undefined) return "short";
  const major = first >> 5;
  const argument = readArgument(bytes, offset);
  if (typeof argument === "string") return argument;
  const { value, end } = argument;
  switch (major) {
    case 2:
    case 3:
      return end + value > bytes.length ? "short" : end + value;
    case 4:
      return skipItems(bytes, end, value, depth);
    case 5:
      return skipItems(bytes, end, value * 2, depth);
    case 6:
      return skipItem(bytes, end, depth + 1);
    default:
      return end;
  }
}

function skipItems(bytes: Uint8Array, offset: number, count: number, depth: number): number | "short" | "bad" {
  if (count > bytes.length - offset) return "short";
  let end = offset;
  for (let index = 0; index < count; index++) {
    const next = skipItem(bytes, end, depth + 1);
    if (typeof next === "string") return next;
    end = next;
  }
  return end;
}

function readArgument(bytes: Uint8Array, offset: number): { value: number; end: number } | "short" | "bad" {
  const info = (bytes[offset] ?? 0) & 0x1f;
  if (info < 24) return { value: info, end: offset + 1 };
  if (info > 27) return "bad";
  const end = offset + 1 + 2 ** (info - 24);
  if (end > bytes.length) return "short";
  let value = 0;
  for (let index = offset + 1; index < end; index++) value = value * 256 + (bytes[index] ?? 0);
  return { value, end };
}
