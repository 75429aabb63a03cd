/** The steps that a rollback would have to undo: completed, recorded with a handler, and not rolled back yet. */
import type { Place } from "../history/entries.ts";
import type { History } from "../history/history.ts";

/** Those at and below a place, in recorded order. It goes only where there are some. */
export function* pinnedSteps(place: Place): Generator<Place> {
  if (place.pins === 0) return;
  if (place.entry?.kind === "step") yield place;
  for (const child of place.children?.values() ?? []) yield* pinnedSteps(child);
}

/** `due`: the run is rolling back. `possible`: it may still fail. */
export type Rollback = "due" | "possible" | "none";

/** Whether a run will need its handlers. */
export function rollbackOf({ run }: History): Rollback {
  if (run.state === "rolling_back") return "due";
  return run.state === "completed" || run.state === "failed" || run.state === "cancelled" ? "none" : "possible";
}
