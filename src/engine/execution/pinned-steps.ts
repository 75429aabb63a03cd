/** The steps that a rollback would have to undo: completed, recorded with a handler, and not rolled back yet. */
import type { Place } from "../history/entries.ts";

/** Those at and below a place, in recorded order. It goes only where there are some. */
export function* pinnedSteps(place: Place): Generator<Place> {
  if (place.pins === 0) return;
  if (place.entry?.kind === "step") yield place;
  for (const child of place.children?.values() ?? []) yield* pinnedSteps(child);
}
