/**
 * `wf inspect` for people: header, tree of entries, and what moves the run on. Pure.
 *
 * Invariant: the number of lines is bounded whatever the history holds: long scopes are folded in the middle, loops to
 * their last iterations.
 */
import { isBranches, type Place } from "../../engine/history/entries.ts";
import { formatLocation } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { entryText, errorLine, styledSymbol } from "./entry-text.ts";
import { count, formatAge, formatDuration, formatTime } from "./format.ts";
import { createdAt, describeState, isFinished, nextCommands, type RunFacts, shownState } from "./run-facts.ts";
import { fit, pad, textWidth } from "./text-width.ts";

/** How it is shown. */
export interface InspectOptions {
  readonly now: number;
  readonly styles: Styles;
  readonly width: number;
}

/** Entries of one scope that are shown: the first and the last. */
const FIRST = 10;
const LAST = 40;
/** Iterations of a loop that are shown: the last. */
const ITERATIONS = 3;
const LONGEST_NAME = 32;

/** The whole view, with a line feed at its end. */
export function inspectView(facts: RunFacts, options: InspectOptions): string {
  const { styles } = options;
  const lines = [...header(facts, options), ""];
  const tree = treeLines(facts.history.root, { ...options, isOwned: facts.isOwned, indent: "  " });
  lines.push(...(tree.length > 0 ? tree : [styles.dim("  nothing recorded yet")]));
  const { error } = facts.history.run;
  if (error !== undefined && shownState(facts) === "failed")
    lines.push("", `  ${styles.red("error")}  ${errorLine(error)}`);
  const next = nextCommands(facts);
  if (next.length > 0) lines.push("", ...next.map((command) => `  ${styles.cyan(command)}`));
  return `${lines.join("\n")}\n`;
}

function header(facts: RunFacts, { now, styles, width }: InspectOptions): string[] {
  const { run } = facts.history;
  const workflow = escapeLine(run.created?.workflow ?? "?");
  const module = escapeLine(run.started?.module ?? run.created?.module ?? "");
  const started = createdAt(facts.history);
  const state = shownState(facts);
  const parts = [colorState(state, describeState(facts, now), styles)];
  if (started !== undefined) {
    parts.push(`started ${formatTime(started, now)} (${formatAge(started, now)})`);
    if (isFinished(state) && run.endedAt !== undefined) parts.push(`took ${formatDuration(run.endedAt - started)}`);
  }
  return [
    fit(`${styles.bold(facts.run)}  ${workflow}${module === "" ? "" : styles.dim(`  ${module}`)}`, width),
    fit(parts.join(styles.dim(" · ")), width),
  ];
}

/** A state's words in its colour. */
export function colorState(state: string, text: string, styles: Styles): string {
  switch (state) {
    case "completed":
      return styles.green(text);
    case "failed":
    case "cancelled":
      return styles.red(text);
    case "running":
    case "pending":
      return styles.cyan(text);
    default:
      return styles.yellow(text);
  }
}

interface TreeOptions extends InspectOptions {
  readonly isOwned: boolean;
  readonly indent: string;
}

function treeLines(place: Place, options: TreeOptions): string[] {
  const children = [...(place.children?.values() ?? [])];
  const { entry } = place;
  const isLoop = entry?.kind === "loop";
  const first = isLoop ? 0 : FIRST;
  const last = isLoop ? ITERATIONS : LAST;
  const hidden = Math.max(0, children.length - first - last);
  const shown = hidden > 0 ? [...children.slice(0, first), ...children.slice(-last)] : children;
  const nameWidth = Math.min(LONGEST_NAME, Math.max(8, ...shown.map((child) => textWidth(nameOf(child)))));
  const lines = shown.flatMap((child) => [
    placeLine(child, options, nameWidth),
    ...treeLines(child, { ...options, indent: `${options.indent}  ` }),
  ]);
  if (hidden === 0) return lines;
  const what = isLoop
    ? `${count(hidden, "earlier iteration")}`
    : `${count(hidden, "more entry").replace(/entrys$/, "entries")}`;
  const folded = `${options.indent}${options.styles.dim(`… ${what}`)}`;
  const at = isLoop ? 0 : linesOf(shown.slice(0, first), options);
  return [...lines.slice(0, at), folded, ...lines.slice(at)];
}

function linesOf(places: readonly Place[], options: TreeOptions): number {
  return places.reduce((sum, place) => sum + 1 + treeLines(place, options).length, 0);
}

function placeLine(place: Place, options: TreeOptions, nameWidth: number): string {
  const { styles, width, indent, now, isOwned } = options;
  const name = pad(fit(nameOf(place), nameWidth), nameWidth);
  if (place.entry === undefined) return fit(`${indent}${scopeSymbol(place, styles)} ${name.trimEnd()}`, width);
  const text = entryText(place.entry, { now, isOwned, valueLimit: 60 });
  const more = text.more === undefined ? "" : styles.dim(`  ${text.more}`);
  return fit(`${indent}${styledSymbol(text, styles)} ${name}  ${text.detail}${more}`, width);
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
