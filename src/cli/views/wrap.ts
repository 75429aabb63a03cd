/**
 * Text in lines that fit a terminal, broken between words. Pure.
 *
 * Invariants:
 * 1. What fits stays as it is.
 * 2. A command to type is never broken: where its line does not fit, it stands on a line of its own, so that it can be
 *    copied. A command is what begins with `wf`, `npm`, `npx` or `cd`, up to two spaces or the end of the line.
 * 3. Two spaces set parts apart, and still do where the parts stay on one line.
 * 4. An item of a list, `1  text`, goes on below its text.
 */
import { textWidth } from "./text-width.ts";

const COMMAND = /^(?:wf|npm|npx|cd) \S/;
/** An item of a numbered list. */
const NUMBERED = /^( *\d+ {2})(.*)$/;
/** A command inside of a sentence: its verb, and what it is about. */
const INNER_COMMAND = /\(?\bwf [a-z-]+(?: [^\s)]+)?\)?[;,.]?/g;
/** Stands for a space inside of what is not to be broken. */
export const GLUE = "\u00A0";

/** The text, each of its lines in as many as it needs. `indent` goes before every one and counts. */
export function wrap(text: string, width: number, indent = ""): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width - textWidth(indent)).map((each) => indent + each));
}

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const [, mark, item] = NUMBERED.exec(line) ?? [];
  if (mark !== undefined && item !== undefined)
    return wrapLine(item, width - mark.length).map((each, at) => (at === 0 ? mark : " ".repeat(mark.length)) + each);
  const own = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let isOpen = false;
  for (const part of line.trim().split(/ {2,}/)) {
    const isCommand = COMMAND.test(part);
    const words = isCommand || isRemark(part, width) ? [part] : wordsOf(part);
    for (const [index, word] of words.entries()) {
      const last = lines.at(-1);
      const joined = `${last ?? ""}${index === 0 ? "  " : " "}${word}`;
      if (isOpen && last !== undefined && !isCommand && textWidth(joined) <= width) lines[lines.length - 1] = joined;
      else lines.push(own + word);
      isOpen = !isCommand;
    }
  }
  return lines;
}

/** A remark in brackets stays whole where it can. */
function isRemark(part: string, width: number): boolean {
  return /^\([^()]*\)$/.test(part) && textWidth(part) <= width;
}

function wordsOf(text: string): string[] {
  return text
    .replace(INNER_COMMAND, (command) => command.replaceAll(" ", GLUE))
    .split(/ +/)
    .map((word) => word.replaceAll(GLUE, " "));
}
