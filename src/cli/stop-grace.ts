/** How long a run that was told to stop may go on. */
import type { History } from "../engine/history/history.ts";
import { isSupervised } from "./supervised.ts";
import { hasRunningStep } from "./views/run-view.ts";

/** After the first signal, ms. */
export const GRACE = 5_000;
/** The longest that a timer takes, ms. */
const UNLIMITED = 2 ** 31 - 1;

/**
 * Milliseconds from now. Under a supervisor a running step may take as long as its own timeout lets it: nobody waits
 * for a prompt there. What the code waits for outside of steps has no timeout.
 */
export function graceOf(history: History): number {
  return isSupervised() && hasRunningStep(history.root) ? UNLIMITED : GRACE;
}
