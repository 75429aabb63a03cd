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
  readonly color?: boolean;
  readonly durability?: string;
  readonly envFile?: string;
  readonly env?: boolean;
  readonly events?: boolean;
  readonly field?: readonly string[];
  readonly id?: string;
  readonly input?: string;
  readonly limit?: string;
  readonly module?: string;
  readonly resume?: boolean;
  readonly status?: readonly string[];
  readonly text?: string;
  readonly wait?: boolean;
  readonly workflow?: string;
}

/** What a command is given besides its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** The working directory. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Reports an error when the process is about to end and no promise will be heard any more. */
  readonly reportNow: (error: CliError) => void;
}

/** What a command has to say. */
export interface CommandResult {
  readonly exitCode: number;
  /** For `--json`. */
  readonly document: () => Readonly<Record<string, unknown>>;
  /** For people, on standard output, with a line feed at its end; empty: nothing. */
  readonly text: () => string;
}

/** @throws CliError, or an error of the engine or the store */
export type Command = (
  context: CommandContext,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>;
