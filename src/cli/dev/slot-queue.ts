/** Tells of runs that could go on, but find no free slot: never without a word, and not on every look. */
import { count, formatDuration } from "../views/format.ts";

/** How long runs wait for a slot before that is told, and then between two tellings, ms. */
const PATIENCE = 5_000;
const AGAIN = 60_000;
/** Most runs that are named. */
const MOST = 5;

/** What a look has found. */
export interface Slots {
  /** Runs that could go on and have no slot; not above 0: none. */
  readonly waiting: number;
  readonly jobs: number;
  readonly now: number;
  /** The runs that have a slot, and since when, ms since 1970. */
  readonly taken: ReadonlyMap<string, number>;
}

/** The queue for the slots of one supervisor. */
export class SlotQueue {
  readonly #tell: (line: string) => void;
  #since: number | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  saw({ waiting, jobs, now, taken }: Slots): void {
    if (waiting <= 0) {
      this.#since = undefined;
      return;
    }
    this.#since ??= now;
    if (now - this.#since < PATIENCE || now - this.#toldAt < AGAIN) return;
    this.#toldAt = now;
    const oldest = [...taken].toSorted(([, a], [, b]) => a - b);
    const shown = oldest.slice(0, MOST).map(([run, at]) => `${run} for ${formatDuration(now - at)}`);
    const more = oldest.length > MOST ? ` and ${oldest.length - MOST} more` : "";
    const slots = jobs === 1 ? "the one slot is" : `all ${jobs} slots are`;
    this.#tell(`${count(waiting, "run")} could go on, but ${slots} taken: ${shown.join(", ")}${more}`);
    this.#tell(`wf dev --jobs ${jobs * 2}  runs more at once; wf cancel ends one that hangs`);
  }
}
