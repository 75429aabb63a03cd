/**
 * The clock port: all that the engine knows of time. The wall clock decides deadlines (a suspended laptop wakes
 * right); timers only say when to look at it again.
 */

/** Time, as the engine sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls `callback` once, after about `delay` milliseconds (at most 2³¹ − 1).
   * @returns a function that takes the timer back
   */
  after(delay: number, callback: () => void): () => void;
  /** Resolves once all that is ready to run has run, timers and input included. */
  nextTurn(): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  after(delay, callback) {
    const timer: Timer = { delay, callback, handle: undefined };
    fresh.add(timer);
    if (!isArming) setTimeout(armAll, 0);
    isArming = true;
    return () => {
      if (!fresh.delete(timer)) clearTimeout(timer.handle);
    };
  },
  nextTurn: () => new Promise((resolve) => void setImmediate(resolve)),
};

interface Timer {
  readonly delay: number;
  readonly callback: () => void;
  handle: ReturnType<typeof setTimeout> | undefined;
}

/** Timers of this turn of the event loop: most guard a step that is over before the turn is, and need never be armed. */
const fresh = new Set<Timer>();
let isArming = false;

function armAll(): void {
  for (const timer of fresh) timer.handle = setTimeout(timer.callback, timer.delay);
  fresh.clear();
  isArming = false;
}
