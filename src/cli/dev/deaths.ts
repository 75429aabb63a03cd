/** How often the process of a run died in one step. */

/** Deaths in one step after which a run is set aside. */
const MOST = 5;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** What comes of a death. */
export interface DeathVerdict {
  readonly count: number;
  readonly isSetAside: boolean;
  /** Time before the run is tried again, ms. */
  readonly pause: number;
}

/** The deaths of one supervisor's runs. */
export class Deaths {
  readonly #byRun = new Map<string, { step: string; count: number }>();

  /** The process of a run died while `step` was under way. */
  died(run: string, step: string): DeathVerdict {
    const before = this.#byRun.get(run);
    const count = before?.step === step ? before.count + 1 : 1;
    this.#byRun.set(run, { step, count });
    return { count, isSetAside: count >= MOST, pause: Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (count - 1)) };
  }

  /** The process ended as it should. */
  ended(run: string): void {
    this.#byRun.delete(run);
  }
}
