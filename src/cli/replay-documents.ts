/** The JSON documents of `wf replay-diff`. The others are in `documents.ts`; `docs/json.md` is made of both. */
import type { Location } from "../engine/history/location.ts";

/** A place in the user's source. */
export interface SiteFields {
  file: string;
  /** From 1 on, as the column. */
  line: number;
  column: number;
}

/** One change to the source, for a program to carry out. */
export interface EditFields {
  /** `rename`: put `code` in the place of the name in the call at the site. `before`: paste `code` before the statement in which the site stands. `wrap`: put `code` in the place of the call at the site, and that call where it has `…`. */
  action: "rename" | "before" | "wrap";
  /** As it is pasted: with the name that the context has there. */
  code: string;
  site: SiteFields;
}

/** One way to mend a difference. */
export interface FixFields {
  /** What it does, in one line. */
  title: string;
  /** The lines to paste, as people read them; empty for advice that no line can carry out. */
  code: string;
  /** The same for programs, all of them together; empty for advice. */
  edits: EditFields[];
  /** With it, something that recorded runs have done already is done again. */
  runsAgain: boolean;
}

/** One side of a comparison: what is recorded, or what the code asks for. */
export interface SideFields {
  location: Location;
  kind: string;
  /** Parameters, of `changed`, `branches` and `result`. */
  value?: unknown;
}

/** What stands at one location. */
export interface ComparedFields {
  /** `same`, `next`, `inserted`, `missing`, `kind`, `renamed?`, `rescoped?`, `duplicate`, `not awaited`, `changed`, `moved`, `branches`, `input`, `message`, `threw`, `result`, `unreached` or `not compared`: see the page on changing code. */
  verdict: string;
  /** `difference`: a resume would be refused, or nobody knows (`not compared`). `note`: worth knowing, harmless by itself. */
  level: "ok" | "note" | "difference";
  location: Location;
  recorded?: SideFields;
  asked?: SideFields;
  /** Where the code asks for it. */
  site?: SiteFields;
  /** One sentence more, for people. */
  detail?: string;
  /** What is inside and was not looked at one by one: how many entries; of a loop, how many iterations did something. */
  folded?: { iterations?: number; entries: number };
  /** A resume would go on; a rollback would be refused here. */
  onRollbackOnly?: true;
  /** The ways to mend it, the best first. */
  fix?: FixFields[];
}

/** A call of the clock, of chance, of the network or of the environment outside of steps. */
export interface WarningFields {
  /** Such as `Date.now`. */
  call: string;
  /** What to use in its place. */
  instead: string;
  site: SiteFields;
}

/** The comparison of one of several runs, or of a run whose resume was refused. */
export interface ComparisonFields {
  /** The run, or the file that was given. */
  run: string;
  compatible: boolean;
  stepsExecuted?: number;
  /** A hash of the code that it was last executed with. */
  recordedCode?: string;
  /** A hash of the code that it was compared with: the same hash, the same code. */
  code?: string;
  differences?: ComparedFields[];
  entries?: ComparedFields[];
  warnings?: readonly WarningFields[];
  /** It could not be compared: then only this, `run` and `compatible: false` are there. */
  error?: { code: string; message: string };
}

/** `wf replay-diff`. Of one run: its comparison; of several, or with `--all`: theirs in `runs`. */
export interface ReplayDiffDocument {
  schema: "wf.replay-diff/1";
  /** The exit code is 0. */
  ok: boolean;
  /** All would go on with the code as it is. */
  compatible: boolean;
  /** Always 0: no step is executed. */
  stepsExecuted?: number;
  /** Of one: a hash of the code that it was last executed with. */
  recordedCode?: string;
  /** Of one: a hash of the code that it was compared with: the same hash, the same code. */
  code?: string;
  /** Of several: the comparison of each. */
  runs?: ComparisonFields[];
  /** Of one: the run, or the file that was given. */
  run?: string;
  /** Of one: the entries whose `level` is `note` or `difference`. */
  differences?: ComparedFields[];
  /** Of one: each entry. */
  entries?: ComparedFields[];
  /** Of one: what the code asks outside of steps. */
  warnings?: readonly WarningFields[];
}
