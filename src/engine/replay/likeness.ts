/**
 * How alike two names are: by the pairs of neighbouring letters that they share, from 0 to 1.
 */

/** From here on two names are alike. */
const ALIKE = 0.6;

/** The pairs of neighbouring letters of a name, each as one number, sorted. */
export type Spelling = Uint32Array;

/** The spelling of a name, in any case of its letters. */
export function spellingOf(name: string): Spelling {
  const letters = name.toLowerCase();
  const pairs = new Uint32Array(Math.max(0, letters.length - 1));
  for (let at = 0; at < pairs.length; at++) pairs[at] = letters.charCodeAt(at) * 0x10000 + letters.charCodeAt(at + 1);
  return pairs.sort();
}

/** Whether one name is clearly the other one, written otherwise. */
export function isAlike(a: Spelling, b: Spelling): boolean {
  // So many they can share at most: most names are told apart by their lengths.
  if (2 * Math.min(a.length, b.length) < ALIKE * (a.length + b.length)) return false;
  return likeness(a, b) >= ALIKE;
}

/** Whether two names have little in common. */
export function isUnlike(a: Spelling, b: Spelling): boolean {
  return likeness(a, b) < ALIKE / 2;
}

function likeness(a: Spelling, b: Spelling): number {
  if (a.length === 0 || b.length === 0) return 0;
  let shared = 0;
  for (let left = 0, right = 0; left < a.length && right < b.length;) {
    const one = a[left] ?? 0;
    const other = b[right] ?? 0;
    if (one === other) shared++;
    if (one <= other) left++;
    if (one >= other) right++;
  }
  return (2 * shared) / (a.length + b.length);
}
