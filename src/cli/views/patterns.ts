/** Parts of regular expressions that stand for a text. Pure. */

/** A pattern for exactly this text. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** A pattern for this text where it is no part of a longer word. */
export function word(text: string): string {
  return String.raw`(?<![\p{L}\p{N}_\-])${literal(text)}(?![\p{L}\p{N}_\-])`;
}
