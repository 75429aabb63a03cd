/**
 * What a command is: a function from arguments to a result. Commands return, they never print or exit; `program.ts`
 * has the table of them, `main.ts` prints and exits.
 */
import type { CliError } from "./cli-error.ts";
import type { Terminal } from "./terminal.ts";

/** All options of all commands: a name means the same everywhere. */
export interface CommandOptions {
  readonly json?: boolean;
  readonly dir?: string;
  readonly assume?: readonly string[];
  readonly all?: boolean;
  readonly deep?: boolean;
  readonly probe?: boolean;
  readonly strict?: boolean;
  readonly at?: string;
  readonly check?: boolean;
  readonly color?: boolean;
  readonly crashAfter?: string;
  readonly crashBefore?: string;
  readonly damaged?: boolean;
  readonly durability?: string;
  readonly dryRun?: boolean;
  readonly envFile?: string;
  /** `--env FILE`; false with `--no-env`. */
  readonly env?: string | boolean;
  readonly events?: boolean;
  readonly follow?: boolean;
  readonly force?: boolean;
  readonly from?: string;
  readonly field?: readonly string[];
  readonly head?: string;
  readonly id?: string;
  readonly input?: string;
  readonly jobs?: string;
  readonly keep?: string;
  readonly keys?: boolean;
  readonly limit?: string;
  readonly module?: string;
  readonly olderThan?: string;
  readonly output?: string;
  readonly reason?: string;
  readonly repair?: boolean;
  readonly redact?: readonly string[];
  readonly resume?: boolean;
  readonly setOutput?: string;
  readonly since?: string;
  readonly sort?: string;
  readonly status?: readonly string[];
  readonly step?: string;
  readonly tail?: string;
  readonly template?: string;
  readonly text?: string;
  readonly to?: string;
  readonly wait?: boolean;
  readonly watch?: boolean;
  readonly workflow?: string;
  readonly yes?: boolean;
}

/** A row of the table, for whoever completes what is typed. */
export interface Verb {
  readonly name: string;
  readonly alias?: string | undefined;
  /** Names of its arguments; the last ends in `...` where it may be repeated. */
  readonly args: readonly string[];
  readonly flags: readonly {
    readonly name: string;
    /** `-f` of `--field`. */
    readonly short: string | undefined;
    readonly takesValue: boolean;
    readonly isHidden: boolean;
  }[];
}

/** What a command is given besides its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** The working directory. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** All commands. */
  readonly verbs: () => readonly Verb[];
  /** Reports an error when the process is about to end and no promise will be heard any more. */
  readonly reportNow: (error: CliError) => void;
}

/** What a command has to say. */
export interface CommandResult {
  readonly exitCode: number;
  /** For `--json`. */
  readonly document: () => Readonly<Record<string, unknown>>;
  /** Standard output has it already: nothing is to be added to it. */
  readonly isStreamed?: boolean;
  /** For people, on standard output, with a line feed at its end; empty: nothing. */
  readonly text: () => string;
}

/** @throws CliError, or an error of the engine or the store */
export type Command = (
  context: CommandContext,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>;
