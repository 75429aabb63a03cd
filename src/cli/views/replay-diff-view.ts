/**
 * A comparison as people read it, in the manner of `git diff`: what stayed the same is folded, each difference stands
 * with its place in the source and the lines that mend it. Pure.
 */
import { formatLocation, type Location } from "../../engine/history/location.ts";
import type { ReplayEntry, ReplayReport, Site } from "../../engine/replay/report.ts";
import { escapeLine, shellQuote } from "../escape.ts";
import type { ProbeWarning } from "../probe.ts";
import { placesForValues } from "../replay-assume.ts";
import type { Styles } from "../terminal.ts";
import { count } from "./format.ts";
import { foldComputed } from "./replay-diff-computed.ts";
import { type FoldedRow, foldRounds } from "./replay-diff-folds.ts";
import { locationText, remarks } from "./replay-diff-remarks.ts";
import { fit, pad, textWidth } from "./text-width.ts";
import { wrap } from "./wrap.ts";

/** What is shown of one run. */
export interface ReplayDiff {
  /** The run, or the file that was exported of it. */
  readonly name: string;
  /** What it was recorded with and compared against. */
  readonly against: string;
  readonly report: ReplayReport;
  readonly warnings: readonly ProbeWarning[];
  /** Differences do not count: the run is over, and was not asked for by name. */
  readonly isOver: boolean;
  /** Notes count (`--strict`). */
  readonly isStrict?: boolean;
  /** It completed or was cancelled: nothing resumes it. */
  readonly isFinal?: boolean;
  /** Says of what was not walked through that `--deep` does. */
  readonly offersDeep: boolean;
}

/** Where it is shown. */
export interface DiffManners {
  readonly styles: Styles;
  readonly width: number;
  /** A file as the user would type it. */
  readonly shortPath: (file: string) => string;
}

/** More equal entries than this in a row are folded, but for those at either end. */
const FOLD_FROM = 8;
const KEPT = 2;
/** Indentation of what is said about a difference. */
const BAR = "    ";

/** The whole comparison of one run, without its last line. */
export function diffView(diff: ReplayDiff, manners: DiffManners): string[] {
  const { styles } = manners;
  const head = `${styles.bold("replay-diff")}  ${styles.cyan(escapeLine(diff.name))}`;
  const lines = [...entryLines(diff, manners), ...warningLines(diff.warnings, manners)];
  return [
    ...besideOrBelow(head, diff.against, manners),
    ...finalLines(diff, manners),
    "",
    ...lines,
    ...foldedLines(diff, styles),
    ...unreachedLines(diff, manners),
  ];
}

/** Two texts in one line where they fit, else the second, dim as it is, in lines of its own. */
function besideOrBelow(text: string, more: string, { styles, width }: DiffManners): string[] {
  if (textWidth(text) + textWidth(more) + 2 <= width) return [`${text}  ${styles.dim(more)}`];
  return [...wrap(text, width), ...wrap(more, width, BAR).map((line) => styles.dim(line))];
}

/** Of a run that nothing resumes: what its differences are worth. */
function finalLines({ isFinal, report }: ReplayDiff, { styles, width }: DiffManners): string[] {
  if (isFinal !== true || report.compatible) return [];
  const line = "finished: will not resume; it was asked for, so what differs counts";
  return wrap(line, width, BAR).map((each) => styles.dim(each));
}

/** How to see what stands behind an entry that is not recorded. */
function unreachedLines({ report }: ReplayDiff, { styles, width }: DiffManners): string[] {
  const [first] = placesForValues(report);
  if (first === undefined || !report.entries.some(({ verdict }) => verdict === "unreached")) return [];
  const line = `  to see behind it: --assume ${shellQuote(`${first}=…`)}  (the value it would give, as JSON)`;
  return wrap(line, width).map((each) => styles.dim(each));
}

/** What was left out of the comparison, and how to have it. */
function foldedLines({ report, offersDeep }: ReplayDiff, styles: Styles): string[] {
  const folded = report.entries.filter(({ folded, level }) => folded?.walked === false && level === "ok");
  if (!offersDeep || folded.length === 0) return [];
  const hasLoops = folded.some(({ folded }) => folded?.iterations !== undefined);
  const what = hasLoops ? "finished loops" : "finished branches";
  return [styles.dim(`  ${what} not walked; --deep does`)];
}

/**
 * Only what differs; what several runs have in common is one row.
 * @param told what was said of runs before these, and of which: it is not said again
 */
export function differenceLines(
  diffs: readonly ReplayDiff[],
  manners: DiffManners,
  told?: Map<string, string>,
): string[] {
  const shown = diffs.flatMap(({ report: { differences }, isOver }) =>
    isOver ? differences.map((entry): ReplayEntry => ({ ...entry, level: "note" })) : differences,
  );
  const among = diffs.flatMap(({ report }) => report.entries);
  const folded = foldRounds(shown, diffs.length > 1 ? { among, from: 1 } : { among });
  const rows = new Rows(foldComputed(folded), {
    ...manners,
    runs: diffs.length,
    isFinal: diffs[0]?.isFinal === true,
    ...(told !== undefined && { told, name: diffs[0]?.name ?? "" }),
  });
  return [...rows.all.flatMap((row) => rows.of(row)), ...warningLines(diffs[0]?.warnings ?? [], manners)];
}

function entryLines({ report: { entries }, isFinal = false }: ReplayDiff, manners: DiffManners): string[] {
  return shownLines(
    entries.filter((entry, at) => !isToldOf(entry, entries[at + 1])),
    { ...manners, runs: 1, isFinal },
  );
}

/** What stands at a place says the next line, and more. */
function isToldOf({ verdict, location }: ReplayEntry, next: ReplayEntry | undefined): boolean {
  if (verdict !== "same" || next === undefined || next.level === "ok") return false;
  return formatLocation(next.location) === formatLocation(location);
}

function shownLines(entries: readonly ReplayEntry[], manners: RowManners): string[] {
  const lines: string[] = [];
  const rows = new Rows(foldComputed(foldRounds(entries)), manners);
  const { all } = rows;
  for (let at = 0; at < all.length;) {
    let end = at;
    while (end < all.length && all[end]?.entry.verdict === "same") end++;
    if (end - at >= FOLD_FROM) {
      const folded = all.slice(at + KEPT, end - KEPT).reduce((sum, { times }) => sum + times, 0);
      for (const row of all.slice(at, at + KEPT)) lines.push(...rows.of(row));
      lines.push(manners.styles.dim(`  ⋮ ${count(folded, "entry").replace("entrys", "entries")} the same`));
      for (const row of all.slice(end - KEPT, end)) lines.push(...rows.of(row));
      at = end;
    } else {
      const row = all[at++];
      if (row !== undefined) lines.push(...rows.of(row));
    }
  }
  return lines;
}

/** How rows are shown. */
interface RowManners extends DiffManners {
  /** So many runs are shown at once. */
  readonly runs: number;
  /** Nothing resumes them. */
  readonly isFinal: boolean;
  /** What was said below rows of other runs, and of which. */
  readonly told?: Map<string, string>;
  /** The run, or the first of several. */
  readonly name?: string;
}

/** Rows as lines, in columns that fit them all. */
class Rows {
  readonly all: readonly FoldedRow[];
  readonly #manners: RowManners;
  readonly #nameWidth: number;
  #renamed: ReplayEntry | undefined;

  constructor(all: readonly FoldedRow[], manners: RowManners) {
    this.all = all;
    this.#manners = manners;
    let longest = 12;
    for (const { entry, spell } of all) {
      if (entry.level !== "ok" || all.length < 100) longest = Math.max(longest, textWidth(spell(nameOf(entry))));
    }
    this.#nameWidth = Math.min(longest, 44, Number.isFinite(manners.width) ? Math.max(16, manners.width - 44) : 44);
  }

  of({ entry, spell, ...row }: FoldedRow): string[] {
    const { styles, width, shortPath, runs } = this.#manners;
    const lines: string[] = [];
    if (entry.level === "ok" && this.#renamed !== undefined) {
      lines.push(styles.dim("  (if so:)"));
      this.#renamed = undefined;
    }
    if (entry.verdict === "renamed?" || entry.verdict === "rescoped?") this.#renamed = entry;
    const name = pad(tint(entry, styles)(spell(nameOf(entry))), this.#nameWidth);
    const left = `${marks(entry, styles)} ${name}  ${pad(kindOf(entry), 8)}`;
    const words = [wordOf(entry, styles), row.times > runs ? styles.dim(timesText(row)) : ""];
    const text = `${left}  ${words.filter((word) => word !== "").join(", ")}`;
    const site = entry.site === undefined ? "" : siteText(entry.site, shortPath);
    if (site === "") lines.push(fit(text.trimEnd(), width));
    else if (textWidth(text) + textWidth(site) + 2 <= width) {
      const gap = Number.isFinite(width) ? width - textWidth(text) - textWidth(site) : 2;
      lines.push(text + " ".repeat(gap) + styles.dim(site));
    } else lines.push(fit(text, width), styles.dim(`${BAR}│ at ${site}`));
    if (entry.level !== "ok") lines.push(...barred(this.#remarksOn({ entry, spell, ...row }), styles));
    return lines;
  }

  /** What is said below a row, or where it was said already. */
  #remarksOn({ entry, spell }: FoldedRow): string[] {
    const { styles, width, isFinal, told, name = "" } = this.#manners;
    const said = remarks(entry, { styles, room: width - BAR.length - 2, spell, isFinal });
    if (told === undefined || said.length < 2) return said;
    const key = [spell(nameOf(entry)), entry.verdict, entry.level, JSON.stringify(entry.site), ...said].join("\n");
    const before = told.get(key);
    if (before !== undefined) return wrap(`as in ${escapeLine(before)}`, width - BAR.length - 2);
    told.set(key, name);
    return said;
  }
}

function timesText({ times, outOf }: Pick<FoldedRow, "times" | "outOf">): string {
  const all = `${times.toLocaleString("en-US")}`;
  return outOf === undefined ? `${all} times` : `${all} of ${outOf.toLocaleString("en-US")}`;
}

function marks({ verdict, level }: ReplayEntry, styles: Styles): string {
  if (verdict === "same") return `  ${styles.green("✓")}`;
  if (verdict === "next") return `  ${styles.cyan("▸")}`;
  if (level === "note") return `${styles.dim("·")} ${styles.yellow("!")}`;
  if (verdict === "inserted") return `${styles.green("+")} ${styles.red("✗")}`;
  if (verdict === "missing") return `${styles.red("-")} ${styles.red("✗")}`;
  return `${styles.yellow("~")} ${styles.red("✗")}`;
}

function tint({ verdict, level }: ReplayEntry, styles: Styles): (text: string) => string {
  if (level === "ok" || level === "note") return (text) => text;
  if (verdict === "inserted") return (text) => styles.green(text);
  if (verdict === "missing") return (text) => styles.red(text);
  return (text) => styles.yellow(text);
}

function nameOf({ location, recorded, verdict, asked, folded }: ReplayEntry): string {
  const name = locationText(location);
  if (verdict === "renamed?" || verdict === "rescoped?" || verdict === "duplicate") {
    const from = recorded?.location;
    if (from !== undefined) return `${locationText(from)} → ${verdict === "rescoped?" ? name : lastOf(location)}`;
  }
  const iterations = folded?.iterations;
  if (asked?.kind !== "loop" || iterations === undefined) return name;
  return `${name}[0..${iterations - 1}]`;
}

function lastOf(location: Location): string {
  const last = location.at(-1);
  return escapeLine(formatLocation(last === undefined ? [] : [last]));
}

function kindOf({ asked, recorded }: ReplayEntry): string {
  const kind = asked?.kind ?? recorded?.kind ?? "";
  return (kind === "scope" || kind === "run" ? "" : kind).replaceAll("_", " ");
}

function wordOf({ verdict, level, folded, recorded, asked }: ReplayEntry, styles: Styles): string {
  if (verdict === "next") return styles.dim("next");
  if (verdict === "same") {
    if (folded === undefined) return "";
    const loop = folded.iterations === undefined ? "" : `${count(folded.iterations, "iteration")}`;
    return styles.dim(loop === "" ? `${folded.entries.toLocaleString("en-US")} inside` : loop);
  }
  if (verdict === "moved") return "asked for in another order";
  const word = verdict === "kind" ? `was a ${recorded?.kind ?? "?"}, now a ${asked?.kind ?? "?"}` : verdict;
  return level === "note" ? word : styles.bold(word);
}

function barred(lines: readonly string[], styles: Styles): string[] {
  return lines.map((line, at) => `${BAR}${styles.dim(at === lines.length - 1 ? "└" : "│")} ${line}`);
}

function warningLines(warnings: readonly ProbeWarning[], manners: DiffManners): string[] {
  const { styles, shortPath } = manners;
  return warnings.flatMap((warning) =>
    besideOrBelow(`${styles.dim("·")} ${warningText(warning, styles)}`, siteText(warning.site, shortPath), manners),
  );
}

/** `! Math.random outside of a step: use ctx.random()` */
export function warningText({ call, instead }: ProbeWarning, styles: Styles): string {
  return `${styles.yellow("!")} ${call} outside of a step: use ${instead}`;
}

/** `order.ts:3:17` */
export function siteText({ file, line, column }: Site, shortPath: (file: string) => string): string {
  return escapeLine(`${shortPath(file)}:${line}:${column}`);
}
