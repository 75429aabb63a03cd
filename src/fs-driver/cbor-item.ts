/**
 * Where a CBOR item ends, found without decoding it: for items whose length nothing else says. Pure.
 *
 * Invariants:
 * 1. Never reads past the bytes, never allocates by a length it read, and takes any depth: it counts, it does not recur.
 * 2. Only definite lengths: nothing else is written where this is used.
 */

/** The offset behind the item at `offset`; `short` when the bytes end inside it, `bad` when it is not well-formed. */
export function skipItem(bytes: Uint8Array, offset: number): number | "short" | "bad" {
  let end = offset;
  for (let pending = 1; pending > 0; pending--) {
    if (end >= bytes.length) return "short";
    const major = (bytes[end] ?? 0) >> 5;
    const argument = readArgument(bytes, end);
    if (typeof argument === "string") return argument;
    const { value } = argument;
    end = argument.end;
    if (major === 2 || major === 3) end += value;
    else if (major === 4) pending += value;
    else if (major === 5) pending += value * 2;
    else if (major === 6) pending++;
    // Each item is a byte at least.
    if (end + pending - 1 > bytes.length) return "short";
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
