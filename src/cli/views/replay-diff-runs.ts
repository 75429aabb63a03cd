/** Comparisons of several runs: one line each with its differences below, or one for all that have the same. Pure. */
import type { CliError } from "../cli-error.ts";
import { escapeLine } from "../escape.ts";
import type { ComparisonFields } from "../replay-documents.ts";
import { shapeOf } from "./replay-diff-folds.ts";
import { tally } from "./replay-diff-tally.ts";
import { type DiffManners, differenceLines, type ReplayDiff } from "./replay-diff-view.ts";
import { word } from "./patterns.ts";
import { wrap } from "./wrap.ts";

/** What came of one history. */
export type ComparedRun =
  | {
      readonly diff: ReplayDiff;
      readonly isCompatible: boolean;
      /** Something counts, and not only that it could not be compared to the end. */
      readonly isDiverged: boolean;
      readonly files: readonly string[];
      readonly codes: Pick<ComparisonFields, "code" | "recordedCode">;
    }
  | {
      readonly name: string;
      readonly error: CliError;
      /** What could mend it, where that is known: a save of one of them is looked at. */
      readonly files: readonly string[];
    };

/** So many runs of which the same is to be said are told of at once. */
const ALIKE = 3;
/** Of them, so many are named. */
const NAMED = 10;

/** All of them, each where the first of its kind stands. */
export function runsView(all: readonly ComparedRun[], manners: DiffManners): string[] {
  const told = new Map<string, string>();
  const groups = new Map<string, ComparedRun[]>();
  for (const each of all) {
    const key = kindOf(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < ALIKE
      ? group.flatMap((each) => groupLines([each], manners, told))
      : groupLines(group, manners, told),
  );
}

/** Runs of one kind have the same said of them, but for their names and the rounds of their loops. */
function kindOf(each: ComparedRun): string {
  if ("error" in each) return JSON.stringify([faultOf(each)]);
  const { report, warnings, isOver, isFinal } = each.diff;
  return JSON.stringify([each.isCompatible, isOver, isFinal, shapeOf(report), warnings]);
}

/** What is wrong, whatever the run is called. */
function faultOf({ error, name }: { readonly error: CliError; readonly name: string }): string {
  return error.message.replaceAll(new RegExp(word(name), "gu"), "…");
}

function groupLines(group: readonly ComparedRun[], manners: DiffManners, told: Map<string, string>): string[] {
  const { styles, width } = manners;
  const [first] = group;
  if (first === undefined) return [];
  const names = group.map((each) => escapeLine("diff" in each ? each.diff.name : each.name));
  const isOne = names.length === 1;
  const title = isOne ? names[0] : `${names.length.toLocaleString("en-US")} runs`;
  const more = names.length > NAMED ? ` and ${(names.length - NAMED).toLocaleString("en-US")} more` : "";
  const named = isOne ? [] : wrap(`${names.slice(0, NAMED).join(", ")}${more}`, width, "    ");
  if ("error" in first) {
    const fault = escapeLine(isOne ? first.error.message : faultOf(first));
    return [...wrap(`${styles.red("✗")} ${title}  ${fault}`, width), ...named.map((line) => styles.dim(line))];
  }
  const diffs = group.flatMap((each) => ("diff" in each ? [each.diff] : []));
  const mark = first.isCompatible ? styles.green("✓") : styles.red("✗");
  const over = first.diff.report.differences.length > 0 ? overText(first.diff) : "";
  return [
    ...wrap(`${mark} ${title}  ${tallyOf(diffs)}${over}`, width),
    ...named.map((line) => styles.dim(line)),
    ...differenceLines(diffs, manners, told),
  ];
}

/** Why differences of runs that are over need not be mended. */
function overText({ isFinal, isOver }: ReplayDiff): string {
  if (isFinal === true) return "  (finished: will not resume)";
  return isOver ? "  (failed: goes on with wf retry only)" : "";
}

/** `1 difference each`, where that is so. */
function tallyOf(diffs: readonly ReplayDiff[]): string {
  const [each = "", ...others] = new Set(diffs.map((diff) => tally([diff])));
  if (others.length > 0) return tally(diffs);
  return diffs.length > 1 && each !== "no differences" ? `${each} each` : each;
}
