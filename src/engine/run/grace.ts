/** How long what was told to stop may go on: the shortest of the graces that it was given. */
import type { Clock } from "../clock.ts";

/** Longest delay that a timer takes, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A grace; without limit at first. */
export class Grace {
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  readonly #clock: Clock;
  #resolve: () => void = () => undefined;
  /** When it is over, ms since 1970. */
  #until = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** At most so long from now, ms. */
  limit(ms: number): void {
    const until = this.#clock.now() + ms;
    if (until >= this.#until) return;
    this.#cancel?.();
    this.#until = until;
    this.#cancel = this.#clock.after(Math.min(ms, LONGEST_TIMER), this.#resolve);
  }

  /** Nobody waits for it any more: it has no timer, and gets none. */
  close(): void {
    this.#cancel?.();
    this.#until = -Infinity;
  }
}
