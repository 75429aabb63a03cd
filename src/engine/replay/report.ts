/** What a comparison of a recorded history with the code says: plain data, for the terminal, `--json` and tests. */
import type { Location } from "../history/location.ts";

/** What stands at one location; see the page on changing code. */
export type Verdict =
  | "same"
  | "next"
  | "inserted"
  | "missing"
  | "kind"
  | "renamed?"
  | "rescoped?"
  | "duplicate"
  | "not awaited"
  | "changed"
  | "moved"
  | "branches"
  | "input"
  | "message"
  | "threw"
  | "result"
  | "unreached";

/** `difference`: the run would be refused. `note`: worth knowing, harmless by itself. */
export type Level = "ok" | "note" | "difference";

/** A place in the user's source. */
export interface Site {
  file: string;
  line: number;
  column: number;
}

/** One way to mend a difference: lines to paste, and where. */
export interface Fix {
  /** What it does, in one line. */
  title: string;
  /**
   * `rename`: use `code` in place of the name at the site. `before` / `after`: paste `code` before / after the statement
   * at the site. `wrap`: put the statement at the site where `code` has `…`. `advice`: nothing to paste.
   */
  action: "rename" | "before" | "after" | "wrap" | "advice";
  code: string;
}

/** One side of a comparison. */
export interface Side {
  location: Location;
  kind: string;
  /** Parameters, for `changed`, `branches` and `result`. */
  value?: unknown;
}

/** What stands at one location. */
export interface ReplayEntry {
  verdict: Verdict;
  level: Level;
  location: Location;
  recorded?: Side;
  asked?: Side;
  /** Where the code asks for it. */
  site?: Site;
  /** One sentence more, for people. */
  detail?: string;
  /** The entries inside that were not looked at one by one. */
  folded?: { iterations?: number; entries: number };
  fixes?: Fix[];
}

/** The whole comparison. */
export interface ReplayReport {
  /** Whether the run would go on with this code (for a finished run: whether the code does what was recorded). */
  compatible: boolean;
  /** In the order of the code, what is missing at its recorded place. */
  entries: ReplayEntry[];
  /** The entries that are not `ok`. */
  differences: ReplayEntry[];
  /** Always 0: bodies never run here. */
  stepsExecuted: 0;
}

const NOTES: readonly Verdict[] = ["changed", "moved", "input", "message", "unreached"];

/** How much a verdict weighs. */
export function levelOf(verdict: Verdict): Level {
  if (verdict === "same" || verdict === "next") return "ok";
  return NOTES.includes(verdict) ? "note" : "difference";
}
