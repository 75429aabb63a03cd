/** Spells fixes as they are pasted: with the name that the context has where they go. */
import { readFileSync } from "node:fs";
import type { Edit, Fix, ReplayReport } from "../engine/replay/report.ts";

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
    if (entry.fix !== undefined) entry.fix = entry.fix.map((fix) => adapt(fix, linesOf));
  }
  return report;
}

function adapt(fix: Fix, linesOf: (file: string) => readonly string[]): Fix {
  const edits: Edit[] = [];
  for (const edit of fix.edits) {
    const { file, line, column } = edit.site;
    const name = contextAt(linesOf(file)[line - 1] ?? "", column);
    const code = name === undefined ? edit.code : spelledWith(name, edit.code);
    if (code === undefined) return { ...fix, title: `${fix.title} (${name} cannot be a parameter's name)`, edits: [] };
    edits.push({ ...edit, code });
  }
  return edits.length === 0 ? fix : { ...fix, edits, code: edits.map(({ code }) => code).join("  and  ") };
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
