/** `wf list` for people: a table. Pure. */
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
  /** What it waits for, or why it failed. */
  readonly why: string;
}

/** The table, with a line feed at its end. */
export function listView(rows: readonly ListRow[], options: { now: number; styles: Styles; width: number }): string {
  const { now, styles, width } = options;
  const cells = rows.map((row) => ({
    ...row,
    run: escapeLine(row.run),
    workflow: escapeLine(row.workflow),
    age: row.at === undefined ? "" : formatAge(row.at, now),
    why: escapeLine(row.why),
  }));
  const column = (title: string, texts: string[], limit: number): number =>
    Math.min(limit, Math.max(textWidth(title), ...texts.map(textWidth)));
  const run = column(
    "RUN",
    cells.map((cell) => cell.run),
    64,
  );
  const workflow = column(
    "WORKFLOW",
    cells.map((cell) => cell.workflow),
    24,
  );
  const state = column(
    "STATE",
    cells.map((cell) => cell.state),
    12,
  );
  const age = column(
    "STARTED",
    cells.map((cell) => cell.age),
    12,
  );
  const line = (texts: readonly [string, string, string, string, string]): string => {
    const widths = [run, workflow, state, age];
    return fit(
      texts
        .map((text, index) => pad(index === 4 ? text : fit(text, widths[index] ?? 0), widths[index] ?? 0))
        .join("  "),
      width,
    ).trimEnd();
  };
  const head = styles.dim(line(["RUN", "WORKFLOW", "STATE", "STARTED", ""]));
  const body = cells.map((cell) =>
    line([cell.run, cell.workflow, colorState(cell.state, cell.state.replace("_", " "), styles), cell.age, cell.why]),
  );
  return `${[head, ...body].join("\n")}\n`;
}
