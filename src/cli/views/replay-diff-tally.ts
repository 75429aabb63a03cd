/** How many differences and notes there are, in words. Pure. */
import type { ReplayEntry } from "../../engine/replay/report.ts";
import { count } from "./format.ts";
import type { ReplayDiff } from "./replay-diff-view.ts";

/** `1 difference, 2 notes`, or `no differences`: never that where something counts, or was not compared. */
export function tally(diffs: readonly ReplayDiff[]): string {
  const all = diffs.flatMap(({ report }) => report.differences);
  const blind = all.filter(({ verdict }) => verdict === "not compared").length;
  const differences = diffs.flatMap(({ report, isOver }) => (isOver ? [] : report.differences.filter(isDifference)));
  const warnings = diffs.reduce((sum, each) => sum + each.warnings.length, 0);
  const notes = all.length - blind - differences.length + warnings;
  const isStrict = notes > 0 && diffs.some((each) => each.isStrict === true);
  const parts = [
    differences.length === 0 ? "" : count(differences.length, "difference"),
    blind === 0 ? "" : diffs.length === 1 ? "not compared to the end" : `${blind} not compared to the end`,
    notes === 0 ? "" : `${count(notes, "note")}${isStrict ? " (with --strict they count)" : ""}`,
  ].filter((part) => part !== "");
  const isClean = differences.length === 0 && blind === 0 && !isStrict;
  return [...(isClean ? ["no differences"] : []), ...parts].join(", ");
}

function isDifference({ level, verdict }: ReplayEntry): boolean {
  return level === "difference" && verdict !== "not compared";
}
