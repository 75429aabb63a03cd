/** What went wrong, as it is told to people and to scripts: what, where, and what to do next. */

/** Facts of a {@link CliError}. */
export interface CliErrorFacts {
  /** Stable, machine-readable. */
  readonly code: string;
  readonly exitCode: number;
  /** The user's file with line and column, or another place. */
  readonly where?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** A stack in the user's files, shown below. */
  readonly stack?: string | undefined;
  /** More fields of the JSON document, such as the run. */
  readonly document?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** An error that ends a command. Its message is one line. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly facts: CliErrorFacts;
  constructor(message: string, facts: CliErrorFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.facts = facts;
  }
}
