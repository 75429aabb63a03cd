/**
 * The entries of a run as a waterfall: a line each, with a bar on one time axis. Pure.
 *
 * Invariant: the number of lines is bounded whatever the history holds: loops are folded to their last iterations, long
 * scopes in the middle, and what is left is cut.
 */
import { isBranches, iterationsOf, type Place } from "../../engine/history/entries.ts";
import { formatLocation } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { type Axis, axisOf, bar, CUT, type Span } from "./bar.ts";
import { entryText } from "./entry-text.ts";
import { type EntryText, inTone, styledSymbol, wordsOf } from "./entry-words.ts";
import { count, formatDuration } from "./format.ts";
import type { Standing } from "./run-facts.ts";
import { spansOf } from "./spans.ts";
import { fit, pad, textWidth } from "./text-width.ts";
import type { Gap, Timeline } from "./timeline.ts";

/** How it is drawn. */
export interface WaterfallOptions {
  readonly now: number;
  readonly standing: Standing;
  readonly styles: Styles;
  /** Cells; infinite: nothing is cut. */
  readonly width: number;
  /** Times of the axis' ends, ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly timeline: Timeline;
  /** Times without a process; the last may still last. */
  readonly gaps: readonly Gap[];
  readonly attempts: ReadonlyMap<string, readonly Span[]>;
}

/** Entries of one scope that are shown: the first and the last. */
const FIRST = 10;
const LAST = 40;
/** Iterations of a loop that are shown: the last. */
const ITERATIONS = 3;
const MOST_LINES = 300;
const LONGEST_NAME = 34;
/** A name is cut to no less than this. */
const SHORTEST_NAME = 4;
const INDENT = "  ";
/** A terminal's width where there is none. */
const USUAL_WIDTH = 100;

interface Line {
  readonly depth: number;
  /** Undefined: a remark about what is left out. */
  readonly place: Place | undefined;
  readonly name: string;
}

/** The lines, without line feeds. */
export function waterfall(root: Place, options: WaterfallOptions): string[] {
  const all = collect(root, 1, []);
  const lines = all.slice(0, MOST_LINES);
  const isWide = options.width === Number.POSITIVE_INFINITY;
  const width = isWide ? USUAL_WIDTH : options.width;
  const longest = Math.max(8, ...lines.map((line) => INDENT.length * line.depth + 2 + textWidth(line.name)));
  const names = Math.min(longest, Math.max(14, Math.min(LONGEST_NAME, Math.floor(width * 0.34))));
  const { from, to, gaps } = options;
  const axis = axisOf({ from, to, gaps, width: Math.max(10, Math.min(40, Math.floor(width * 0.28))) });
  const drawn = lines.map((line) => fit(drawLine(line, names, axis, options).trimEnd(), options.width));
  if (all.length > MOST_LINES)
    drawn.push(options.styles.dim(`${INDENT}… ${count(all.length - MOST_LINES, "more line")}`));
  return lines.length === 0 ? [] : [axisLine(names, axis, options.styles), ...drawn];
}

/** `0` at the beginning of the axis, and its length at the end. */
function axisLine(names: number, axis: Axis, styles: Styles): string {
  const length = formatDuration(axis.length);
  const between = bar([], axis).slice(1, axis.width - length.length - 1);
  return `${" ".repeat(names + 2)}${styles.dim(`0${between} ${length}`)}`;
}

function collect(place: Place, depth: number, lines: Line[]): Line[] {
  const children = [...(place.children?.values() ?? [])];
  const loop = place.entry?.kind === "loop" ? place.entry : undefined;
  const isLoop = loop !== undefined;
  const first = isLoop ? 0 : FIRST;
  const last = isLoop ? ITERATIONS : LAST;
  const hidden = Math.max(0, children.length - first - last);
  const left = loop === undefined ? hidden : Math.max(0, iterationsOf(place, loop) - (children.length - hidden));
  for (const [index, child] of children.entries()) {
    if (lines.length > MOST_LINES * 2) break;
    if (index === first && left > 0) lines.push({ depth, place: undefined, name: remark(left, isLoop) });
    if (index >= first && index < first + hidden) continue;
    lines.push({ depth, place: child, name: nameOf(child) });
    collect(child, depth + 1, lines);
  }
  return lines;
}

function remark(left: number, isLoop: boolean): string {
  return isLoop ? `… ${count(left, "earlier iteration")}` : `… ${left.toLocaleString("en-US")} more entries`;
}

function drawLine(line: Line, names: number, axis: Axis, options: WaterfallOptions): string {
  const { styles, now, standing, timeline } = options;
  const { place } = line;
  // All bars begin in one column: where names have less room than the depth takes, the depth gives way.
  const shortest = Math.min(SHORTEST_NAME, textWidth(line.name));
  const indent = " ".repeat(Math.max(0, Math.min(INDENT.length * line.depth, names - 2 - shortest)));
  if (place === undefined) return `${indent}${styles.dim(line.name)}`;
  const text = place.entry === undefined ? undefined : entryText(place, { now, standing, timeline, valueLimit: 60 });
  const symbol = text === undefined ? scopeSymbol(place, styles) : styledSymbol(text, styles);
  const room = names - indent.length - 2;
  const name = pad(fit(line.name, room), room);
  const drawn = bar(spansOf(place, options.to, options.attempts), axis);
  const detail = text === undefined ? "" : `  ${wordsOf(text)}`;
  const more = text?.more === undefined ? "" : styles.dim(`  ${text.more}`);
  return `${indent}${symbol} ${name}  ${paint(drawn, text, styles)}${detail}${more}`;
}

/** The bar in the entry's colour, its cuts in none. */
function paint(drawn: string, text: EntryText | undefined, styles: Styles): string {
  return drawn
    .split(CUT)
    .map((part) => inTone(part, text?.tone ?? "quiet", styles))
    .join(styles.dim(CUT));
}

/** An iteration, a branch or a try block has no entry of its own. */
function scopeSymbol(place: Place, styles: Styles): string {
  const owner = place.parent?.entry;
  if (!isBranches(owner)) return styles.dim("·");
  switch (owner.branches.get(String(place.segment))?.status) {
    case "completed":
      return styles.green("✓");
    case "failed":
      return styles.red("✗");
    case "cancelled":
      return styles.dim("–");
    case "running":
    case undefined:
      return styles.dim("·");
  }
}

function nameOf(place: Place): string {
  return escapeLine(formatLocation([place.segment]));
}
