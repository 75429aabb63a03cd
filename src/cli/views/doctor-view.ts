/** `wf doctor` for people. Pure. */
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { count, formatBytes, formatDuration } from "./format.ts";
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
  /** `unreadable`: the disk does not give it. */
  readonly state: "good" | "corrupt" | "unreadable";
  /** It was corrupt, and is not any more. */
  readonly isMended: boolean;
  readonly events: number;
  /** Length of its history. */
  readonly bytes: number;
  readonly repair?: Readonly<Record<string, unknown>>;
  /** What there is to say, for people. */
  readonly lines: readonly string[];
}

interface DoctorManners {
  readonly styles: Styles;
  readonly width: number;
  /** One run was named, so it is shown even when there is nothing to say. */
  readonly wasAsked: boolean;
  /** How long the looking took, ms. */
  readonly took: number;
}

/** The findings, with a line feed at their end. */
export function doctorView(place: StoreCheck, runs: readonly CheckedRun[], manners: DoctorManners): string {
  const { styles, width, wasAsked, took } = manners;
  const said = (text: string): string[] => wrap(escapeLine(text), width, "    ");
  const lines = [
    `wf     ${escapeLine(place.wf)}`,
    `node   ${place.node}  ${place.platform}`,
    `store  ${escapeLine(place.store)}${place.isThere ? "" : "  (not there yet)"}`,
    ...place.warnings.flatMap((text) => wrap(`${styles.yellow("!")} ${escapeLine(text)}`, width)),
    "",
  ];
  for (const run of runs) {
    const isBad = isStillBad(run);
    if (!wasAsked && !isBad && run.lines.length === 0) continue;
    const mark = isBad ? styles.red("✗") : styles.green("✓");
    const state = run.isMended ? "mended" : run.state;
    const events = run.state === "unreadable" ? "" : `, ${count(run.events, "event")}`;
    lines.push(`${mark} ${escapeLine(run.run)}  ${state}${events}`);
    lines.push(...run.lines.flatMap(said));
  }
  const cost = runs.length === 0 ? "" : `  (${sizes(runs)}, ${formatDuration(took)})`;
  lines.push(...wrap(`${tally(runs)}${cost}`, width));
  return `${lines.join("\n")}\n`;
}

function isStillBad({ state, isMended }: CheckedRun): boolean {
  return state !== "good" && !isMended;
}

/** `9 runs checked: 7 good, 1 corrupt, 1 unreadable`, `9 runs checked, all good`. */
function tally(runs: readonly CheckedRun[]): string {
  const bad = runs.filter(isStillBad);
  const all = `${count(runs.length, "run")} checked`;
  if (bad.length === 0) return runs.length === 0 ? all : `${all}, all good`;
  const parts = (["corrupt", "unreadable"] as const).flatMap((state) => {
    const amount = bad.filter((run) => run.state === state).length;
    return amount === 0 ? [] : [`${amount.toLocaleString("en-US")} ${state}`];
  });
  return `${all}: ${[`${(runs.length - bad.length).toLocaleString("en-US")} good`, ...parts].join(", ")}`;
}

/** How much was read. */
function sizes(runs: readonly CheckedRun[]): string {
  const sum = (of: (run: CheckedRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const events = sum((run) => run.events);
  return `${count(events, "event")}, ${formatBytes(sum(({ bytes }) => bytes))}`;
}
