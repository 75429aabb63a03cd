/**
 * How long a comparison waits for what the workflow code waits for outside of steps: as a resume would, as long as
 * something happens.
 *
 * Invariants:
 * 1. It ends at once where nothing is left in the process that could happen.
 * 2. It keeps no process alive.
 * 3. Of comparisons that are made together, one waits the whole time at a place where something does not come; the
 *    others are given a moment there.
 */
import type { ForeignWait, Look } from "../engine/replay/examination.ts";

/** Longest time in which the code asks for nothing, ms. */
const LONGEST = 5_000;
/** The same where another comparison has waited in vain, ms. */
const A_MOMENT = 500;
const LOOK_EVERY = 50;

/** The patience with the looks of one comparison, one after the other. */
export class Patience {
  readonly #waitsFor: () => ForeignWait | undefined;
  /** Where comparisons of the same code have waited in vain. */
  readonly #vain: Set<string>;
  readonly #timer: NodeJS.Timeout;
  #look: Look | undefined;
  /** What was asked so far, and since when no more, ms of the process. */
  #asked = 0;
  #since = 0;
  /** How much an earlier look had asked when it was given up: the same code comes no further. */
  #givenUpAt = Number.POSITIVE_INFINITY;

  /** Since it last asked for something, this comparison has been found to wait where another one waited in vain. */
  #isVain: boolean | undefined;

  /**
   * @param waitsFor what the code waits for now, if that is known
   * @param vain where comparisons of the same code have waited in vain; it is added to
   */
  constructor(waitsFor: () => ForeignWait | undefined, vain: Set<string>) {
    this.#waitsFor = waitsFor;
    this.#vain = vain;
    this.#timer = setInterval(() => this.#check(), LOOK_EVERY).unref();
    process.on("beforeExit", this.#onDry);
  }

  /** Another look begins. */
  begin(look: Look): void {
    this.#look = look;
    this.#asked = 0;
    this.#since = performance.now();
    this.#isVain = undefined;
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
      this.#isVain = undefined;
    } else if (asked >= this.#givenUpAt || now - this.#since > LONGEST) this.#giveUp();
    else if (now - this.#since > A_MOMENT) {
      this.#isVain ??= this.#vain.has(this.#place());
      if (this.#isVain) this.#giveUp();
    }
  }

  /** Where the code waits, by the place of the request or by the call before it: the same in each run. */
  #place(): string {
    const site = this.#waitsFor()?.site;
    return site === undefined ? (this.#look?.standsAfter() ?? "") : `${site.file}:${site.line}:${site.column}`;
  }

  #giveUp(): void {
    this.#vain.add(this.#place());
    this.#givenUpAt = this.#look?.asked() ?? 0;
    this.#look?.stop(this.#waitsFor());
  }

  /** The process would end here, since nothing is left to do: the code waits for what never comes. */
  readonly #onDry = (): void => {
    this.#giveUp();
    setImmediate(() => undefined);
  };
}
