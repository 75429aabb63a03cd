/**
 * What is code in a text of TypeScript or JavaScript, and what is only written in it. Pure.
 *
 * A slash begins a regular expression where an operator or a keyword stands before it; after `)` and `}` it divides.
 */

const BEFORE_REGEX = /(?:^|[(,=:[!&|?{;+*%^~>-]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield))$/;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\//y;
/** So many characters before a slash tell what it is. */
const LOOKED_BACK = 40;

/** A text with blanks in the place of what is no code; what is code stands where it stood. */
export interface SourceText {
  /** Without comments. */
  readonly text: string;
  /** Without comments and without what stands in strings, templates and regular expressions. */
  readonly code: string;
}

/** Takes a text apart. */
export function sourceText(source: string): SourceText {
  const comments: Span[] = [];
  const others: Span[] = [];
  /** For each template that is open, how many braces are open in its `${…}`. */
  const templates: number[] = [];
  const special = /["'`/{}]/g;
  for (let found = special.exec(source); found !== null; found = special.exec(source)) {
    const at = found.index;
    const [mark] = found;
    const depth = templates.at(-1);
    if (mark === "{" && depth !== undefined) templates[templates.length - 1] = depth + 1;
    if (mark === "}" && depth !== undefined && depth > 0) templates[templates.length - 1] = depth - 1;
    const isTemplate = mark === "`" || (mark === "}" && depth === 0);
    const comment = mark === "/" ? endOfComment(source, at) : undefined;
    if (comment !== undefined) {
      comments.push({ from: at, to: comment });
      special.lastIndex = comment;
    } else if (isTemplate) {
      if (mark === "}") templates.pop();
      const end = endOfTemplate(source, at + 1);
      if (source[end - 1] === "{") templates.push(0);
      others.push({ from: at + 1, to: end - 1 });
      special.lastIndex = end;
    } else if (mark === "/" || mark === '"' || mark === "'") {
      const end = mark === "/" ? endOfRegex(source, at) : endOfString(source, at);
      if (end === undefined) continue;
      others.push({ from: at + 1, to: end - 1 });
      special.lastIndex = end;
    }
  }
  const text = blanked(source, comments);
  return { text, code: blanked(text, others) };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Blanks for spans, in their order; lines stay lines. */
function blanked(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { from, to } of spans) {
    parts.push(text.slice(at, from), text.slice(from, to).replaceAll(/[^\n]/g, " "));
    at = to;
  }
  return [...parts, text.slice(at)].join("");
}

function endOfComment(source: string, at: number): number | undefined {
  const next = source[at + 1];
  if (next !== "/" && next !== "*") return undefined;
  const end = next === "/" ? source.indexOf("\n", at) : source.indexOf("*/", at + 2) + 2;
  return end < at + 2 ? source.length : end;
}

/** Undefined where none begins: the mark stands alone on its line, as in the text of an element. */
function endOfString(source: string, at: number): number | undefined {
  for (let end = at + 1; end < source.length && source[end] !== "\n"; end++) {
    if (source[end] === "\\") end++;
    else if (source[end] === source[at]) return end + 1;
  }
  return undefined;
}

/** Behind the end of a template, or behind the `${` in it. */
function endOfTemplate(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return at + 1;
    else if (source[at] === "$" && source[at + 1] === "{") return at + 2;
  }
  return source.length;
}

function endOfRegex(source: string, at: number): number | undefined {
  if (!BEFORE_REGEX.test(source.slice(Math.max(0, at - LOOKED_BACK), at).trimEnd())) return undefined;
  REGEX.lastIndex = at;
  return REGEX.test(source) ? REGEX.lastIndex : undefined;
}
