/**
 * `wf list` for people: a table. Pure.
 *
 * Invariant: where the terminal is narrow, what a run waits for is cut first, then its id, then its workflow's name; its
 * state and its times are always shown.
 */
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { formatAge } from "./format.ts";
import { colorState } from "./inspect-view.ts";
import { fit, pad, textWidth } from "./text-width.ts";

/** One run in the table. */
export interface ListRow {
  readonly run: string;
  readonly workflow: string;
  /** As in `ShownState`; `corrupt` when its history cannot be read. */
  readonly state: string;
  /** When it was created, ms since 1970. */
  readonly at: number | undefined;
  /** When something last happened in it, ms since 1970; undefined: not shown. */
  readonly updatedAt?: number;
  /** What it waits for, or why it failed. */
  readonly why: string;
}

const LONGEST_RUN = 64;
const LONGEST_WORKFLOW = 24;
const SHORTEST_RUN = 12;
const SHORTEST_WORKFLOW = 8;
/** What a run waits for is left out where it would be shorter. */
const SHORTEST_WHY = 8;
const BETWEEN = "  ";

/** The table, with a line feed at its end. */
export function listView(rows: readonly ListRow[], options: { now: number; styles: Styles; width: number }): string {
  const { now, styles, width } = options;
  const age = (at: number | undefined): string => (at === undefined ? "" : formatAge(at, now));
  const hasUpdates = rows.some(({ updatedAt }) => updatedAt !== undefined);
  const body = rows.map(({ run, workflow, state, at, updatedAt, why }) => [
    escapeLine(run),
    escapeLine(workflow),
    colorState(state, state.replace("_", " "), styles),
    age(at),
    ...(hasUpdates ? [age(updatedAt)] : []),
    escapeLine(why),
  ]);
  const head = ["RUN", "WORKFLOW", "STATE", "STARTED", ...(hasUpdates ? ["UPDATED"] : []), ""];
  const widths = widthsOf([head, ...body], width);
  const left = width - widths.reduce((sum, each) => sum + each + BETWEEN.length, 0);
  const line = (texts: readonly string[]): string => {
    const shown = left < SHORTEST_WHY ? texts.slice(0, -1) : texts;
    const cells = shown.map((text, index) => {
      const cell = widths[index];
      return cell === undefined ? text : pad(fit(text, cell), cell);
    });
    return fit(cells.join(BETWEEN).trimEnd(), width);
  };
  return `${[styles.dim(line(head)), ...body.map(line)].join("\n")}\n`;
}

/** Cells of each column but the last, which has what is left. */
function widthsOf(table: readonly (readonly string[])[], width: number): number[] {
  const columns = (table[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...table.map((row) => textWidth(row[index] ?? ""))),
  );
  const shorten = (index: number, longest: number, shortest: number): void => {
    const all = widths.reduce((sum, each) => sum + each, 0) + BETWEEN.length * (columns - 1);
    const own = widths[index] ?? 0;
    widths[index] = Math.min(own, longest, Math.max(shortest, own - Math.max(0, all - width)));
  };
  shorten(0, LONGEST_RUN, SHORTEST_RUN);
  shorten(1, LONGEST_WORKFLOW, SHORTEST_WORKFLOW);
  return widths;
}
