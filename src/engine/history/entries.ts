/**
 * What the events at one location add up to. Pure data: the fold writes it, everybody else reads it.
 */
import { HistoryFormatError } from "../errors.ts";
import type { ErrorRecord } from "../failure.ts";
import type { EntryKind, ReceivedMessage, StepFailureKind } from "./events.ts";
import { formatLocation, type Location, type Segment } from "./location.ts";

interface EntryTimes {
  /** When the entry's first event was recorded, ms since 1970. */
  readonly startedAt: number;
  /** When the entry came to its end; absent while it is open. */
  endedAt?: number;
}

/**
 * `running`: an attempt began and its end is not recorded. `interrupted`: it ended with a pause.
 * `backoff`: an attempt failed and another one is due at `retryAt`.
 */
export interface StepEntry extends EntryTimes {
  readonly kind: "step";
  status: "running" | "interrupted" | "backoff" | "completed" | "failed";
  /** Attempts begun, interrupted ones included. */
  attempts: number;
  /** Attempts that failed since the last recovery: these use up retries. */
  failures: number;
  output?: unknown;
  /** The last failure. */
  error?: ErrorRecord;
  failureKind?: StepFailureKind;
  retryAt?: number;
  /** The step declares a rollback handler. */
  rollback: boolean;
  /** `seq` of its completion: rollback goes through these backwards. */
  completedSeq?: number;
  rolledBack: boolean;
  rollbackError?: ErrorRecord;
}

/** A sleep. `woken`: ended before its time by `wake`. */
export interface SleepEntry extends EntryTimes {
  readonly kind: "sleep";
  status: "waiting" | "completed";
  until: number;
  how?: "elapsed" | "woken";
}

/** A queue wait. */
export interface MessageEntry extends EntryTimes {
  readonly kind: "message";
  status: "waiting" | "completed" | "timed_out";
  /** Message names it waits for; absent: any. */
  names?: readonly string[];
  until?: number;
  /** Most messages it takes. */
  count: number;
  messages: readonly ReceivedMessage[];
  /** The completable messages that were completed, by id, with the response and the `seq` and `at` of that event. */
  completed?: Map<string, { seq: number; at: number; response: unknown }>;
}

/** A loop. */
export interface LoopEntry extends EntryTimes {
  readonly kind: "loop";
  status: "running" | "completed";
  /** The iteration it is in, or was in at its end. */
  iteration: number;
  /** How the iterations still in the history began: when, and with which state. */
  readonly begun: Map<number, { readonly at: number; readonly state: unknown }>;
  /** Iterations before this one left the history, save those that rollback needs. */
  prunedBefore: number;
  output?: unknown;
}

/** A branch of a join or race. */
export interface Branch {
  readonly name: string;
  status: "running" | "completed" | "failed" | "cancelled";
  output?: unknown;
  error?: ErrorRecord;
  /** The entries whose failure made the branch fail. */
  causes?: readonly Location[];
  endedAt?: number;
}

/** A join or a race: one mechanism, two verdicts. */
export interface BranchesEntry extends EntryTimes {
  readonly kind: "join" | "race";
  status: "running" | "completed" | "failed";
  readonly branches: Map<string, Branch>;
  /** Branches still running. */
  open: number;
  /** Branches that failed. */
  failed: number;
  winner?: string;
}

/** A rollback checkpoint. */
export interface CheckpointEntry extends EntryTimes {
  readonly kind: "rollback_checkpoint";
  status: "completed";
}

/** A mark that an entry of this name and kind used to be here. */
export interface RemovedEntry extends EntryTimes {
  readonly kind: "removed";
  status: "completed";
  readonly originalKind: EntryKind;
  /** Something recorded stood here, unfinished. */
  readonly replaced: boolean;
}

/** The version of a code path that this run is bound to. */
export interface VersionEntry extends EntryTimes {
  readonly kind: "version_check";
  status: "completed";
  readonly version: number;
  readonly latest: number;
}

/** What the events at one location add up to. */
export type Entry =
  | StepEntry
  | SleepEntry
  | MessageEntry
  | LoopEntry
  | BranchesEntry
  | CheckpointEntry
  | RemovedEntry
  | VersionEntry;

/** A message the run sent to its own inbox. */
export interface SentMessage {
  readonly id: string;
  readonly hash: string;
  readonly seq: number;
  readonly at: number;
}

/**
 * One place of the run: an entry, a scope (the root, an iteration, a branch), or just a path (a try block, which has no
 * event of its own and exists through what lies in it).
 */
export interface Place {
  readonly segment: Segment;
  readonly parent: Place | undefined;
  entry: Entry | undefined;
  /** Undefined until there is one: most places are steps and have none. In the order they were first recorded. */
  children: Map<Segment, Place> | undefined;
  /** `seq` of the event that brought this place about. */
  readonly firstSeq: number;
  /** `seq` of the newest event at or below this place. */
  lastSeq: number;
  /** Completed steps with a rollback handler at or below it that are not rolled back yet. */
  pins: number;
  /** What was sent from this scope, by message name. */
  sent: Map<string, SentMessage[]> | undefined;
}

/** The place's path from the root. */
export function locationOf(place: Place): Location {
  const path: Segment[] = [];
  for (let at: Place = place; at.parent !== undefined; at = at.parent) path.push(at.segment);
  return path.reverse();
}

/** A new place without events. */
export function emptyPlace(segment: Segment, parent: Place | undefined, firstSeq: number): Place {
  return { segment, parent, entry: undefined, children: undefined, firstSeq, lastSeq: 0, pins: 0, sent: undefined };
}

/** The place's entry, which must be of this kind: an event that belongs to it says so. */
export function entryOf<E extends Entry>(place: Place, kind: E["kind"]): E {
  if (place.entry?.kind !== kind) throw misplaced(place, kind);
  return place.entry as E;
}

/** Refuses an event whose place does not hold what the event is about. */
export function misplaced(place: Place, what: string): HistoryFormatError {
  const location = formatLocation(locationOf(place)) || "the run";
  return new HistoryFormatError(`this history contradicts itself: "${what}" at ${location} has no entry to belong to`);
}

/** Iterations that recorded something: the last one of a completed loop often only finds that nothing is left. */
export function iterationsOf({ children }: Pick<Place, "children">, { iteration, status }: LoopEntry): number {
  return status === "completed" && children?.has(iteration) !== true ? iteration : iteration + 1;
}

/** Whether an entry is a join or a race. */
export function isBranches(entry: Entry | undefined): entry is BranchesEntry {
  return entry?.kind === "join" || entry?.kind === "race";
}
