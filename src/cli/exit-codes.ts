/** What the process's exit code says. Stable: scripts depend on it. */

/** Exit codes by meaning. */
export const EXIT = {
  /** The run completed, or the command did what was asked. */
  done: 0,
  /**
   * The workflow failed or was cancelled, or what was asked cannot be done in the run's state. With `--json` the first
   * is a `wf.run/1` whose `state` is `failed` or `cancelled`; the other is a `wf.error/1`, and `error.code` says what is
   * in the way, such as `run_state`, `finished`, `rolled_back` or `not_answered`. Of `replay-diff`: a run could not be compared to the end.
   */
  failed: 1,
  /** Usage, or bad input. */
  usage: 2,
  /** Paused (also by the key `q`) or waiting: not finished. */
  waiting: 3,
  /** No such run, module or export; also where the working directory was deleted. */
  notFound: 4,
  /** The code and the recorded history contradict each other. */
  diverged: 5,
  /** Another process owns the run. */
  owned: 6,
  /** A history cannot be read. */
  corrupt: 7,
  /** The disk said no, also to what goes to standard output. */
  disk: 8,
  /** Interrupted by Ctrl-C; also what SIGHUP and SIGTERM lead to, by their own numbers. */
  interrupted: 130,
} as const;

/** The exit code after a signal: 128 and its number, as shells have it. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  switch (signal) {
    case "SIGHUP":
      return 129;
    case "SIGTERM":
      return 143;
    default:
      return EXIT.interrupted;
  }
}
