/**
 * How a person leaves a run that this process stays with: a signal interrupts, the key `q` asks.
 *
 * Invariant: the first wish is obeyed once, whichever it is; only a signal after it ends the process at once.
 */

/** Signals that pause a run. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is listened to until `stop`. */
export interface Leaving {
  /** Resolves with a signal that comes after the first wish. */
  readonly second: Promise<void>;
  /** Somebody wants to leave. */
  isWanted(): boolean;
  /** The first signal; undefined when there was none, though `q` may have been pressed. */
  signal(): NodeJS.Signals | undefined;
  /** The key was pressed. */
  ask(): void;
  stop(): void;
}

/** @param begin called once, with the signal or without one */
export function watchLeaving(begin: (signal: NodeJS.Signals | undefined) => void): Leaving {
  let isWanted = false;
  let first: NodeJS.Signals | undefined;
  let resolveSecond: () => void = () => undefined;
  const second = new Promise<void>((resolve) => {
    resolveSecond = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    first ??= signal;
    if (isWanted) return resolveSecond();
    isWanted = true;
    begin(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    second,
    isWanted: () => isWanted,
    signal: () => first,
    ask: () => {
      if (isWanted) return;
      isWanted = true;
      begin(undefined);
    },
    stop: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
