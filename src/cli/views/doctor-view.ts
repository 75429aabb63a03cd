/** `wf doctor` for people. Pure. */
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { count } from "./format.ts";
import { wrap } from "./wrap.ts";

/** What was found around the runs. */
export interface StoreCheck {
  readonly node: string;
  readonly platform: string;
  /** The file that answers to `wf`. */
  readonly wf: string;
  readonly store: string;
  readonly isThere: boolean;
  readonly durability: string;
  readonly warnings: readonly string[];
}

/** What was found in a run. */
export interface CheckedRun {
  readonly run: string;
  readonly state: "good" | "corrupt";
  /** It was corrupt, and is not any more. */
  readonly isMended: boolean;
  readonly events: number;
  readonly repair?: Readonly<Record<string, unknown>>;
  /** What there is to say, for people. */
  readonly lines: readonly string[];
}

interface DoctorManners {
  readonly styles: Styles;
  readonly width: number;
  readonly isDryRun: boolean;
  /** One run was named, so it is shown even when there is nothing to say. */
  readonly wasAsked: boolean;
}

/** The findings, with a line feed at their end. */
export function doctorView(place: StoreCheck, runs: readonly CheckedRun[], manners: DoctorManners): string {
  const { styles, width, wasAsked } = manners;
  const said = (text: string): string[] => wrap(escapeLine(text), width, "    ");
  const lines = [
    `wf     ${escapeLine(place.wf)}`,
    `node   ${place.node}  ${place.platform}`,
    `store  ${escapeLine(place.store)}${place.isThere ? "" : "  (not there yet)"}`,
    ...place.warnings.flatMap((text) => wrap(`${styles.yellow("!")} ${escapeLine(text)}`, width)),
    "",
  ];
  for (const run of runs) {
    const isBad = run.state === "corrupt" && !run.isMended;
    if (!wasAsked && !isBad && run.lines.length === 0) continue;
    const mark = isBad ? styles.red("✗") : styles.green("✓");
    const state = run.isMended ? "mended" : run.state;
    lines.push(`${mark} ${escapeLine(run.run)}  ${state}, ${count(run.events, "event")}`);
    lines.push(...run.lines.flatMap(said));
  }
  const bad = runs.filter(({ state, isMended }) => state === "corrupt" && !isMended).length;
  lines.push(`${count(runs.length, "run")}, ${bad === 0 ? "all good" : `${bad} corrupt`}`);
  return `${lines.join("\n")}\n`;
}
