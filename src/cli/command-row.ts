/** What a row of the table of commands is, and the flags that several rows share. The table is in `program.ts`. */
import type { Command } from "./command.ts";

/** A flag: how it is spelt, and what it does; the value of a repeatable one is a list, a hidden one is not in the help. */
export type Flag = readonly [flags: string, description: string, manner?: "repeatable" | "hidden"];

/** A row of the table. */
export interface CommandRow {
  /** Name and arguments. */
  readonly usage: string;
  readonly alias?: string;
  readonly summary: string;
  readonly options: readonly Flag[];
  /** What works as typed, and what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** Prints no document: `--json` is refused, and not in its help. */
  readonly hasNoDocument?: boolean;
  /** Takes arguments that are no business of a person's. */
  readonly hasInnerArguments?: boolean;
  readonly load: () => Promise<Command>;
}

export const DURABILITY: Flag = ["--durability <mode>", "sync survives power loss (default), os a killed process"];
export const FIELD: Flag = [
  "-f, --field <key=value>",
  "builds an object without quoting; 3, true, null, {…} and […] are JSON, all else is text (also 1.10); repeatable",
  "repeatable",
];
/**
 * `--env-file` does the same as `--env`. It is hidden because Node reads that flag, too, even behind the script's name:
 * where the file is missing, Node ends with exit code 9 before any of our code runs.
 */
export const ENV: readonly Flag[] = [
  ["--env <file>", "loads this file instead of the nearest .env"],
  ["--no-env", "loads no .env"],
  ["--env-file <file>", "the same as --env", "hidden"],
];
export const MODULE: Flag = ["--module <file>", "where the run's module is now: FILE[#export]"];
export const NO_KEYS: Flag = [
  "--no-keys",
  "listens to no keys while the run waits (s sends, k skips a sleep, q pauses: exit 3)",
];
export const NO_WAIT: Flag = [
  "--no-wait",
  "goes as far as possible, and exits 3 where the run waits: for a message, a time or a retry",
];
/** The flags that every command has, beside `--help`. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  ["--json", "standard output is exactly one JSON document"],
  ["--dir <folder>", "the store itself (default: WF_DIR, else the nearest .workflows)"],
  ["--color", "colour even where it is no terminal"],
  ["--no-color", "no colour"],
];
