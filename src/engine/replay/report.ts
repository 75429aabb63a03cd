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
  | "unreached"
  | "not compared";

/**
 * `difference`: the run would be refused, on a resume or on a rollback; or nobody knows, since it could not be compared
 * to the end (`not compared`). `note`: worth knowing, harmless by itself.
 */
export type Level = "ok" | "note" | "difference";

/** A place in the user's source; line and column count from 1. */
export interface Site {
  file: string;
  line: number;
  column: number;
}

/** One change to the source. */
export interface Edit {
  /**
   * `rename`: put `code` in the place of the name in the call at the site. `before`: paste `code` before the statement
   * in which the site stands. `wrap`: put `code` in the place of the call at the site, and that call where it has `…`.
   */
  action: "rename" | "before" | "wrap";
  /** `ctx` in it stands for whatever the context is called at the site. */
  code: string;
  site: Site;
}

/** One way to mend a difference. */
export interface Fix {
  /** What it does, in one line. */
  title: string;
  /** The lines to paste, as people read them; empty for advice that no line can carry out. */
  code: string;
  /** The same for machines; empty for advice. */
  edits: Edit[];
  /** With it, something that recorded runs have done already is done again. */
  runsAgain: boolean;
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
  /** The entries inside; of a loop, how many iterations did something. `walked`: the code was led through all of them. */
  folded?: { iterations?: number; entries: number; walked: boolean };
  /** A resume goes on past this difference. A rollback, should the run fail, would be refused for it. */
  onRollbackOnly?: true;
  /** The ways to mend it, the best first. */
  fix?: Fix[];
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

/** Whether a resume would be refused, as far as the code could be followed. */
export function isRefused({ differences }: Pick<ReplayReport, "differences">): boolean {
  return differences.some(({ level, verdict }) => level === "difference" && verdict !== "not compared");
}

/** How much a verdict weighs. */
export function levelOf(verdict: Verdict): Level {
  if (verdict === "same" || verdict === "next") return "ok";
  return NOTES.includes(verdict) ? "note" : "difference";
}
