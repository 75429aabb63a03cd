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
  const edits = fix.edits.map((edit): Edit => {
    const { file, line, column } = edit.site;
    const name = contextAt(linesOf(file)[line - 1] ?? "", column);
    return name === undefined ? edit : { ...edit, code: edit.code.replaceAll(/\bctx(?=\.)/g, name) };
  });
  return edits.length === 0 ? fix : { ...fix, edits, code: edits.map(({ code }) => code).join("  and  ") };
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
