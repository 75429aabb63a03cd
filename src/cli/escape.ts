/**
 * Makes text from outside (runs, messages, users' errors) harmless before it reaches a terminal.
 *
 * Invariant: the result holds no control character, no escape sequence and nothing that turns the reading direction,
 * but, on request, line feeds and tabs.
 */

/** C0 and C1 controls, marks that turn the direction of text, and halves of surrogate pairs. */
const HARMFUL = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Cs}/gu;
const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text for one line of a terminal. */
export function escapeLine(text: string): string {
  return text.replace(HARMFUL, (character) => NAMES[character] ?? escaped(character));
}

/** Text that may have lines. */
export function escapeLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(HARMFUL, (character) => (character === "\n" || character === "\t" ? character : escaped(character)));
}

/** JSON text whose strings hold nothing that a terminal obeys: the same JSON, spelt otherwise. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL, (character) => (character === "\n" ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** An argument as a shell takes it: quoted only where it must be. */
export function shellQuote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
