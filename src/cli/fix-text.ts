/**
 * Spells fixes as they are pasted: with the name that the context has where they go, and as a statement where the call
 * is one.
 */
import { readFileSync } from "node:fs";
import { gateOf } from "../engine/replay/fixes.ts";
import type { Edit, Fix, ReplayEntry, ReplayReport } from "../engine/replay/report.ts";
import { patternBefore, standInFor } from "./destructured.ts";

/** The report with fixes that say `inner.removed(…)` where the context is called `inner`. */
export function adaptFixes(report: ReplayReport): ReplayReport {
  const files = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    let lines = files.get(file);
    if (lines === undefined) {
      lines = readLines(file);
      files.set(file, lines);
    }
    return lines;
  };
  for (const entry of report.differences) {
    if (entry.fix !== undefined) entry.fix = entry.fix.map((fix) => adapt(fix, nameOf(entry), linesOf));
  }
  return report;
}

function nameOf({ location }: ReplayEntry): string {
  return String(location.at(-1) ?? "");
}

function adapt(fix: Fix, name: string, linesOf: (file: string) => readonly string[]): Fix {
  const edits: Edit[] = [];
  for (const edit of fix.edits) {
    const { file, line, column } = edit.site;
    const context = contextAt(linesOf(file)[line - 1] ?? "", column);
    const code = context === undefined ? edit.code : spelledWith(context, edit.code);
    if (code === undefined)
      return { ...fix, title: `${fix.title} (${context} cannot be a parameter's name)`, edits: [] };
    edits.push({ ...edit, code });
  }
  if (edits.length === 0) return fix;
  const spelled = { ...fix, edits, code: edits.map(({ code }) => code).join("  and  ") };
  return asItWillBe(spelled, name, linesOf);
}

/** A call that is left out on recorded runs, as it will stand in its statement, where that can be told. */
function asItWillBe(fix: Fix, name: string, linesOf: (file: string) => readonly string[]): Fix {
  const [edit] = fix.edits;
  const gate = gateOf(fix);
  if (edit === undefined || gate === undefined) return fix;
  const { condition, titleOfStatement } = gate;
  const lines = linesOf(edit.site.file);
  const call = statementAt(lines, edit.site);
  if (call !== undefined) {
    const before = `if (${condition})`;
    const code = `${before} { ${call}(${argumentsOf(lines, edit.site, name)}); }`;
    return { ...fix, title: titleOfStatement, code, edits: [{ ...edit, action: "before", code: before }] };
  }
  const pattern = patternBefore(lines, edit.site);
  const standIn = pattern === undefined ? "undefined" : standInFor(pattern);
  if (pattern !== undefined) fix = withStandIn(fix, titleOfStatement, standIn);
  const taker = takerAt(lines[edit.site.line - 1] ?? "", edit.site.column);
  if (taker === undefined) return fix;
  const asked = `${taker.call}(${argumentsOf(lines, edit.site, name)})`;
  return { ...fix, code: `${taker.head} ${condition}\n  ? await ${asked}\n  : ${standIn};` };
}

/** A call whose result is taken apart: undefined cannot be, so something else stands for it on recorded runs. */
function withStandIn(fix: Fix, title: string, standIn: string): Fix {
  const code = fix.code.replace(/: undefined\)$/, `: ${standIn})`);
  const edits = standIn === "…" ? [] : fix.edits.map((edit) => ({ ...edit, code }));
  return { ...fix, title: `${title}; behind the colon stands what they use instead`, code, edits };
}

/** What takes the value of the awaited call at a column, as in `const risk = await ctx.step(…)`, and the call. */
function takerAt(line: string, column: number): { head: string; call: string } | undefined {
  const after = /^[\w$]+/.exec(line.slice(column - 1))?.[0] ?? "";
  const [, head, call] =
    /^\s*((?:const|let|var)\s[^=]+=|[\w$.[\]]+\s*=|return)\s*await\s+([\w$.]+\.)$/.exec(line.slice(0, column - 1)) ??
    [];
  return head === undefined || call === undefined || after === "" ? undefined : { head, call: call + after };
}

/** The arguments of the call at a place, of which the name is shown. */
function argumentsOf(lines: readonly string[], { line, column }: Edit["site"], name: string): string {
  const rest = (lines[line - 1] ?? "").slice(column - 1);
  const shown = JSON.stringify(name);
  if (/^[\w$.]+(?:<.*?>)?\(\s*["']/.test(rest)) return `${shown}, …`;
  return /^[\w$.]+(?:<.*?>)?\(\s*\{/.test(rest) ? `{ name: ${shown}, … }` : "…";
}

/** The beginning of the awaited call at a place, if it is a statement; seen from what stands in front of it. */
function statementAt(lines: readonly string[], { line, column }: Edit["site"]): string | undefined {
  const text = lines[line - 1] ?? "";
  const [, call = ""] = /^\s*(await\s+[\w$.]+)\s*[(<]/.exec(text) ?? [];
  const isItself = call !== "" && text.indexOf(call) < column && column <= text.indexOf(call) + call.length;
  const isComment = (each: string): boolean => /^\s*(?:\/\/.*)?$/.test(each);
  const ahead = lines.slice(0, line - 1).findLast((each) => !isComment(each)) ?? "";
  return isItself && /[;{}]\s*(?:\/\/.*)?$/.test(ahead) ? call : undefined;
}

/**
 * Code for where the context has this name. A function in it that is given a context calls it the same: what is put
 * into it goes on to work. Undefined: no parameter can be called so, and something is to be put in.
 */
function spelledWith(name: string, code: string): string | undefined {
  if (/^[\w$]+$/.test(name)) return code.replaceAll(/\bctx(?=[.)])/g, name);
  if (!code.includes("(ctx) =>")) return code.replaceAll(/\bctx(?=\.)/g, name);
  return code.includes("…") ? undefined : code.replace(/\bctx(?=\.)/, name);
}

/** The identifier before the method that is called at a column, counted from 1. */
function contextAt(line: string, column: number): string | undefined {
  const from = column - 1;
  const after = /^[\w$.]*/.exec(line.slice(from))?.[0] ?? "";
  const before = /[\w$.]*$/.exec(line.slice(0, from))?.[0] ?? "";
  const path = (before + after).split(".");
  const methods = path.at(-2) === "queue" ? 2 : 1;
  const name = path.slice(0, -methods).join(".");
  return /^[A-Za-z_$][\w$.]*$/.test(name) ? name : undefined;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
