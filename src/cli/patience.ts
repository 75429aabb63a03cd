/**
 * How long a comparison waits for what the workflow code waits for outside of steps: as a resume would, as long as
 * something happens.
 *
 * Invariants:
 * 1. It ends at once where nothing is left in the process that could happen.
 * 2. It keeps no process alive.
 */
import type { ForeignWait, Look } from "../engine/replay/examination.ts";

/** Longest time in which the code asks for nothing, ms. */
const LONGEST = 5_000;
const LOOK_EVERY = 100;

/** The patience with the looks of one comparison, one after the other. */
export class Patience {
  readonly #waitsFor: () => ForeignWait | undefined;
  readonly #timer: NodeJS.Timeout;
  #look: Look | undefined;
  /** What was asked so far, and since when no more, ms of the process. */
  #asked = 0;
  #since = 0;
  /** How much an earlier look had asked when it was given up: the same code comes no further. */
  #givenUpAt = Number.POSITIVE_INFINITY;

  /** @param waitsFor what the code waits for now, if that is known */
  constructor(waitsFor: () => ForeignWait | undefined) {
    this.#waitsFor = waitsFor;
    this.#timer = setInterval(() => this.#check(), LOOK_EVERY).unref();
    process.on("beforeExit", this.#onDry);
  }

  /** Another look begins. */
  begin(look: Look): void {
    this.#look = look;
    this.#asked = 0;
    this.#since = performance.now();
  }

  /** The comparison is over. */
  end(): void {
    clearInterval(this.#timer);
    process.off("beforeExit", this.#onDry);
  }

  #check(): void {
    const asked = this.#look?.asked() ?? 0;
    const now = performance.now();
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#since = now;
    } else if (asked >= this.#givenUpAt || now - this.#since > LONGEST) this.#giveUp();
  }

  #giveUp(): void {
    this.#givenUpAt = this.#look?.asked() ?? 0;
    this.#look?.stop(this.#waitsFor());
  }

  /** The process would end here, since nothing is left to do: the code waits for what never comes. */
  readonly #onDry = (): void => {
    this.#giveUp();
    setImmediate(() => undefined);
  };
}
