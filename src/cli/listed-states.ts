/** The states that runs are listed by. */
import type { ShownState } from "./views/run-facts.ts";

/** `corrupt`: its history cannot be read. */
export type ListedState = ShownState | "corrupt";

/** All of them, in the order of a run's life. */
export const LISTED_STATES: readonly ListedState[] = [
  "pending",
  "running",
  "sleeping",
  "paused",
  "interrupted",
  "rolling_back",
  "failed",
  "completed",
  "cancelled",
  "corrupt",
];
