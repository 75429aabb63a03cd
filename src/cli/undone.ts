/** What a rollback has undone in a run, and the fork that begins before it. Pure. */
import { locationOf, type Place } from "../engine/history/entries.ts";
import type { History } from "../engine/history/history.ts";
import { formatLocation } from "../engine/history/location.ts";
import { escapeLine, shellQuote } from "./escape.ts";
import { findPlace } from "./find-place.ts";

/** The steps whose effects are gone, or will be when the rollback is over; in the order in which they began. */
export function undoneSteps(history: History): Place[] {
  const isRollingBack = history.run.state === "rolling_back";
  if (!history.rolledBack && !isRollingBack) return [];
  const found: Place[] = [];
  const look = (place: Place): void => {
    const { entry } = place;
    if (
      entry?.kind === "step" &&
      (entry.rolledBack || (isRollingBack && entry.rollback && entry.status === "completed"))
    )
      found.push(place);
    for (const child of place.children?.values() ?? []) look(child);
  };
  look(history.root);
  return found.toSorted((a, b) => a.firstSeq - b.firstSeq);
}

/** The fork of a run that was rolled back: from the earliest step that was undone; in doubt from what failed. */
export function forkOfUndone(run: string, history: History): string {
  const [first] = undoneSteps(history);
  const [cause] = history.run.causes;
  const place = first ?? (cause === undefined ? undefined : history.find(cause));
  return `wf fork ${run} --from ${place === undefined ? "<step>" : typedPlace(history, place)}`;
}

/** A place as it is typed: by its name where that is clear, else spelt out. */
function typedPlace(history: History, place: Place): string {
  const location = locationOf(place);
  const name = formatLocation(location);
  return shellQuote(escapeLine(findPlace(history, name) === place ? name : JSON.stringify(location)));
}
