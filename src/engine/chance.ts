/**
 * Numbers that look random and are the same on every replay: a hash of the run's seed and a place. For jitter, ids and
 * idempotency keys; not for secrets.
 */

const SPREAD = [597399067, 2869860233, 951274213, 2716044179] as const;

/** 128 bits of hash over a text: four 32-bit lanes, each fed by its neighbours at the end (after MurmurHash3's mixing). */
function hash128(text: string): [number, number, number, number] {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ unit, SPREAD[0]);
    b = c ^ Math.imul(b ^ unit, SPREAD[1]);
    c = d ^ Math.imul(c ^ unit, SPREAD[2]);
    d = a ^ Math.imul(d ^ unit, SPREAD[3]);
  }
  a = finish(a + text.length);
  b = finish(b + a);
  c = finish(c + b);
  d = finish(d + c);
  return [finish(a + d), b, c, d];
}

function finish(lane: number): number {
  let mixed = lane >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A number in [0, 1) with 53 bits, made from the text. */
export function numberFrom(text: string): number {
  const [a, b] = hash128(text);
  return (a * 0x200000 + (b >>> 11)) / 2 ** 53;
}

/** A UUID (version 4 in form), made from the text. */
export function uuidFrom(text: string): string {
  const hex = hexFrom(text);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** 32 hex digits, made from the text. */
export function hexFrom(text: string): string {
  return hash128(text)
    .map((lane) => lane.toString(16).padStart(8, "0"))
    .join("");
}

/** A fresh seed for a run: the one place where the engine asks for real randomness. */
export function freshSeed(): string {
  return globalThis.crypto.randomUUID().replaceAll("-", "");
}
