// A row of the torture table: what it is called with, and what it answers.

import type { Bug } from "./life.ts";

export interface RowOptions {
  /** The whole figure; else a sample that takes a few seconds. */
  readonly isFull: boolean;
  readonly seed: number;
  /** Only this case, as a violation named it. */
  readonly only?: string;
  /** A bug that was planted, which the row should find; once is enough. */
  readonly bug?: Bug;
}

export interface Violation {
  /** Which case it was: with it and the seed, it happens again. */
  readonly case: string;
  readonly what: string;
}

export interface RowResult {
  /** What was done, in numbers. */
  readonly figure: string;
  readonly violations: readonly Violation[];
  /** Parts that this machine does not allow, and why. */
  readonly skipped?: readonly string[];
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly run: (options: RowOptions) => Promise<RowResult>;
}

/** The line that makes a violation happen again. */
export function repeatLine(row: Row, violation: Violation, options: RowOptions & { readonly plant?: string }): string {
  const { seed, isFull, plant } = options;
  const words = [row.id, `--seed ${seed}`];
  if (violation.case !== "") words.push(`--case '${violation.case}'`);
  if (plant !== undefined) words.push(`--plant '${plant}'`);
  if (!isFull) words.push("--short");
  return `npm run torture -- ${words.join(" ")}`;
}

/** A row that has found so much needs no more. */
const ENOUGH = 5;

/** Keeps count of cases and violations. */
export class Tally {
  readonly violations: Violation[] = [];
  cases = 0;
  readonly #only: string | undefined;
  readonly #enough: number;

  constructor(options: RowOptions) {
    this.#only = options.only;
    this.#enough = options.bug === undefined ? ENOUGH : 1;
  }

  /** Whether this case is to be done. */
  wants(name: string): boolean {
    return this.#only === undefined || this.#only === name;
  }

  get isEnough(): boolean {
    return this.violations.length >= this.#enough;
  }

  /** One case, done. */
  note(name: string, wrong: readonly string[]): void {
    this.cases++;
    const [first] = wrong;
    if (first !== undefined)
      this.violations.push({ case: name, what: wrong.length > 1 ? `${first} (and ${wrong.length - 1} more)` : first });
  }

  /** One case, done and judged; what it throws is a violation too. */
  async check(name: string, run: () => Promise<readonly string[]> | readonly string[]): Promise<void> {
    if (!this.wants(name) || this.isEnough) return;
    try {
      this.note(name, await run());
    } catch (error) {
      this.note(name, [error instanceof Error ? `threw ${error.stack ?? error.message}` : `threw ${String(error)}`]);
    }
  }
}

/** A thousand as "1,000". */
export function count(amount: number): string {
  return amount.toLocaleString("en-US");
}
