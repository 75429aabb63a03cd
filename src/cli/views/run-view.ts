/**
 * What is shown while a process stays with a run: the port that the host speaks to, and the words that both kinds of
 * view share. `plain-view.ts` writes lines, `live-view.ts` keeps a region of the terminal up to date.
 */
import type { StepErrorEvent } from "../../engine/api.ts";
import { isBranches, type Place } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import type { History } from "../../engine/history/history.ts";
import { formatLocation, type Location } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import type { Key } from "../keys.ts";
import type { Timeline } from "./timeline.ts";

/** The run that is watched. */
export interface WatchedRun {
  readonly run: string;
  /** The module, as the user would type it. */
  readonly module: string;
  /** Kept up to date by the host. */
  readonly history: History;
  /** As well. */
  readonly timeline: Timeline;
  /** How to leave, where that is not the usual way. */
  readonly leaving?: string;
  /** Nobody stays with it while it waits: what moves it on is said at the end, once. */
  readonly leavesWaiting?: boolean;
  /** Another process has it: nobody reports here what an attempt failed with. */
  readonly isFollowed?: boolean;
  /** A supervisor shows it, which says by itself which run it is. */
  readonly isSupervised?: boolean;
  /** Sleeps and backoffs that somebody ended by hand, and that nobody has gone on from yet. */
  readonly woken?: readonly Location[];
  /** Names of the messages that lie in its inbox. */
  readonly arrived?: readonly string[];
  /** As in `RunFacts`. */
  readonly bodyOf?: (message: string) => string;
}

/** What the host tells of a run. */
export interface RunView {
  /** A person watches it on a terminal. */
  readonly isLive: boolean;
  begin(watched: WatchedRun): void;
  /** What takes long before the run begins; undefined: it is done. */
  busy(words: string | undefined): void;
  /** These keys act from now on, and no others: what they do is shown when this returns. */
  keys(keys: ReadonlySet<Key>): void;
  /** An event is on record, and the history has it. */
  recorded(event: HistoryEvent): void;
  attemptFailed(step: StepErrorEvent): void;
  /** The user asked for a pause; a running step may go on for so long, in ms. */
  pausing(grace: number): void;
  /** A line of ours. */
  say(line: string): void;
  /** Text of the user's code, as it is. */
  print(text: string): void;
  /** Somebody is asked something: nothing is drawn until `resume`. */
  suspend(): void;
  resume(): void;
  /** The last words of a run that is left waiting: what for, unless each wait has its line already, and what to type. */
  waits(line: string, next: readonly string[]): void;
  /** The last line, and below it commands to type. Nothing is shown after them. */
  end(line: string, next?: readonly string[]): void;
}

/** A step is running at or below a place. */
export function hasRunningStep({ entry, children }: Place): boolean {
  if (entry?.kind === "step" && entry.status === "running") return true;
  for (const child of children?.values() ?? []) if (hasRunningStep(child)) return true;
  return false;
}

/** The name of an entry, for a line of its own. */
export function nameAt(location: Location): string {
  return escapeLine(formatLocation(location));
}

/** The place whose line an event finishes: its entry came to an end, for good. */
export function finishedBy(event: HistoryEvent, history: History): { place: Place; location: Location } | undefined {
  if (!("loc" in event)) return undefined;
  switch (event.type) {
    case "step.completed":
    case "step.interrupted":
    case "step.rolled_back":
    case "step.rollback_failed":
    case "sleep.ended":
    case "loop.completed":
    case "queue.received":
    case "queue.timed_out":
    case "race.won":
      return placeAt(event.loc, history);
    case "step.failed":
      return event.retryAt === undefined ? placeAt(event.loc, history) : undefined;
    case "branch.completed":
    case "branch.failed": {
      const owner = placeAt(event.loc.slice(0, -1), history);
      const entry = owner?.place.entry;
      return isBranches(entry) && entry.status !== "running" && entry.kind === "join" ? owner : undefined;
    }
    default:
      return undefined;
  }
}

function placeAt(location: Location, history: History): { place: Place; location: Location } | undefined {
  const place = history.find(location);
  return place === undefined ? undefined : { place, location };
}
