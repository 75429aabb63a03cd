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
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  after(delay, callback) {
    const timer = setTimeout(callback, delay);
    return () => {
      clearTimeout(timer);
    };
  },
};
