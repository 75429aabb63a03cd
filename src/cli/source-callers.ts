/**
 * Which functions of some files one run may come to, as their text tells: those that one function names, directly or by
 * way of others. Pure.
 *
 * Invariant: two places are told apart only where each stands in a declaration of its own whose name is known.
 */
import type { Site } from "../engine/replay/report.ts";

/** A declaration of a module. */
interface Declaration {
  readonly file: string;
  /** Its first line, 1-based. */
  readonly line: number;
  readonly name: string | undefined;
  /** The words in it. */
  readonly words: ReadonlySet<string>;
}

const NAME =
  /^(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s+([\p{ID_Continue}$]+)/u;

/** Whether a declaration of the module, or an import, begins in a line. */
export function isTopLevel(line: string): boolean {
  return /^(?:import|export|async|function|const|let|var|class)\b/.test(line);
}

/** Answers whether one run may come to both of two places of the same file. @param codes of the files, without strings */
export function meetingsIn(codes: ReadonlyMap<string, string>): (one: Site, other: Site) => boolean {
  let all: Declaration[] | undefined;
  const callers = new Map<Declaration, ReadonlySet<Declaration>>();
  const callersOf = (declaration: Declaration, among: readonly Declaration[]): ReadonlySet<Declaration> => {
    const known = callers.get(declaration);
    if (known !== undefined) return known;
    const found = new Set([declaration]);
    for (const { name } of found)
      if (name !== undefined) for (const each of among) if (each.words.has(name)) found.add(each);
    callers.set(declaration, found);
    return found;
  };
  return (one, other) => {
    if (one.file !== other.file) return true;
    const among = (all ??= [...codes].flatMap(([file, code]) => declarationsIn(file, code)));
    const [here, there] = [one, other].map((site) => declarationAt(among, site));
    if (here?.name === undefined || there?.name === undefined) return true;
    const known = callersOf(here, among);
    return [...callersOf(there, among)].some((each) => known.has(each));
  };
}

function declarationAt(among: readonly Declaration[], { file, line }: Site): Declaration | undefined {
  return among.findLast((each) => each.file === file && each.line <= line);
}

/** Lists of functions, imports and exports run none of what they name. */
function declarationsIn(file: string, code: string): Declaration[] {
  const lines = code.split("\n");
  const starts = [...lines.keys()].filter((at) => isTopLevel(lines[at] ?? ""));
  return starts.map((start, index) => {
    const text = lines.slice(start, starts[index + 1]).join("\n");
    const runsSome = /=>|\bfunction\b|^(?:export\s+)?(?:default\s+)?class\b/.test(text);
    const words = runsSome ? (text.match(/[\p{ID_Continue}$]+/gu) ?? []) : [];
    return { file, line: start + 1, name: NAME.exec(text)?.[1], words: new Set(words) };
  });
}
