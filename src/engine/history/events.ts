/**
 * The events of a history: the only truth about a run. Names and fields are stable once released.
 *
 * Invariants:
 * 1. `seq` grows by at least one from event to event and stays with its event through compaction.
 * 2. `at` never goes back.
 * 3. An event type that this version does not know is refused; fields that it does not know are ignored.
 */
import type { ErrorRecord } from "../failure.ts";
import type { Location } from "./location.ts";

/** Version of the event format that this engine writes, and the newest that it reads. */
export const HISTORY_FORMAT = 1;

/** Kinds of entries, spelt as on Rivet; `message` is a queue wait. */
export type EntryKind =
  | "step"
  | "loop"
  | "sleep"
  | "message"
  | "join"
  | "race"
  | "removed"
  | "rollback_checkpoint"
  | "version_check";

/** Why a step's attempt failed. `error` is retried; the others end the step. */
export type StepFailureKind = "error" | "critical" | "timeout" | "exhausted" | "rollback";

/** A message as it was received. */
export interface ReceivedMessage {
  id: string;
  name: string;
  body: unknown;
  /** When it was sent, ms since 1970. */
  sentAt: number;
  /** The sender chose the id, so that the same message may be sent again and must be recognised. */
  explicitId?: true;
}

interface RunEvents {
  "run.created": {
    workflow: string;
    /** Where the workflow's module is, relative to the store's parent folder, with `#export`; absent when embedded. */
    module?: string;
    input: unknown;
    format: number;
    /** 32 hex digits from which the run's random numbers and idempotency keys are made. */
    seed: string;
    /** The run that this one was forked or imported from, up to which event, and when. */
    origin?: { run: string; seq: number; at?: number };
  };
  /** A process took the run up. */
  "run.started": {
    pid?: number;
    host?: string;
    /** A hash of the code. */
    code?: string;
    module?: string;
    durability?: string;
    /** Names of the messages that the workflow declares. */
    messages?: readonly string[];
  };
  /** Yield mode: nothing can go on before `until` or before one of `messages` (absent: any message) arrives. */
  "run.waiting": { until?: number; messages?: readonly string[]; anyMessage?: true };
  "run.paused": { by?: string };
  "run.completed": { output: unknown };
  "run.failed": { error: ErrorRecord; causes: readonly Location[] };
  "run.rolling_back": { error: ErrorRecord; causes: readonly Location[] };
  "run.recovered": Empty;
  "run.cancelled": { reason?: string };
  /** Written by compaction: messages whose `queue.received` is gone, but which may be sent again. */
  "run.seen": { messages: readonly { id: string; hash: string }[] };
}

interface EntryEvents {
  /** `rollback`: the step declares a rollback handler. */
  "step.started": { attempt: number; rollback?: true };
  /** The attempt ended with a pause: it used up no retry. */
  "step.interrupted": { attempt: number };
  "step.completed": { attempt: number; output: unknown };
  /** With `retryAt` it will be tried again then; without, the step has failed for good. */
  "step.failed": { attempt: number; error: ErrorRecord; kind: StepFailureKind; retryAt?: number };
  /** The backoff was ended by `wake`. */
  "step.woken": Empty;
  "step.rolled_back": Empty;
  "step.rollback_failed": { error: ErrorRecord };
  "sleep.started": { until: number };
  "sleep.ended": { how: "elapsed" | "woken" };
  "loop.started": { state: unknown };
  /** Iteration `iteration` begins, with this state; the one before it is finished. */
  "loop.advanced": { iteration: number; state: unknown };
  "loop.completed": { output: unknown };
  /** Iterations before `before` left the live history, save those that rollback needs. */
  "loop.pruned": { before: number };
  /** `names` absent: any message. */
  "queue.waiting": { names?: readonly string[]; until?: number; count?: number };
  "queue.received": { names?: readonly string[]; messages: readonly ReceivedMessage[] };
  /** `names` only of a wait that had no time to wait: nothing else is recorded of it. */
  "queue.timed_out": { names?: readonly string[] };
  /** A completable message was completed; `loc` is the receiving entry. */
  "queue.completed": { id: string; response?: unknown };
  /** A message was sent to the run's own inbox; `loc` is the sending scope. */
  "queue.sent": { id: string; name: string; hash: string };
  "join.started": { branches: readonly string[] };
  "race.started": { branches: readonly string[] };
  /** The branch events' `loc` ends in the branch's name. */
  "branch.completed": { output: unknown };
  "branch.failed": { error: ErrorRecord; causes: readonly Location[] };
  "branch.cancelled": Empty;
  "race.won": { winner: string };
  "checkpoint.set": Empty;
  /** `replaced`: something recorded stood here, unfinished, and is waited for no more. */
  "entry.removed": { kind: EntryKind; replaced?: true };
  "version.resolved": { version: number; latest: number };
}

/** No fields of its own. */
type Empty = Record<never, never>;

interface Stamp {
  seq: number;
  /** When it was recorded, ms since 1970. */
  at: number;
}

/** Names of the events that belong to the run as a whole. */
export type RunEventType = keyof RunEvents;
/** Names of the events that belong to an entry. */
export type EntryEventType = keyof EntryEvents;
/** An event of the run as a whole. */
export type RunEvent = { [T in RunEventType]: { type: T } & Stamp & RunEvents[T] }[RunEventType];
/** An event of one entry, at its location. */
export type EntryEvent = { [T in EntryEventType]: { type: T; loc: Location } & Stamp & EntryEvents[T] }[EntryEventType];
/** One fact in the history. */
export type HistoryEvent = RunEvent | EntryEvent;
/** The event with this name. */
export type EventOf<T extends HistoryEvent["type"]> = Extract<HistoryEvent, { type: T }>;

type Unstamped<E> = E extends unknown ? Omit<E, keyof Stamp> : never;
/**
 * An event before it is recorded: the recorder gives it its `seq`, and its `at` too, unless it says the time of
 * the recorder's clock in this very tick, from which something in it was reckoned.
 */
export type NewEvent = Unstamped<HistoryEvent> & { readonly at?: number };

/** Every event type that this version knows. */
export const EVENT_TYPES: ReadonlySet<string> = new Set<HistoryEvent["type"]>([
  "run.created",
  "run.started",
  "run.waiting",
  "run.paused",
  "run.completed",
  "run.failed",
  "run.rolling_back",
  "run.recovered",
  "run.cancelled",
  "run.seen",
  "step.started",
  "step.interrupted",
  "step.completed",
  "step.failed",
  "step.woken",
  "step.rolled_back",
  "step.rollback_failed",
  "sleep.started",
  "sleep.ended",
  "loop.started",
  "loop.advanced",
  "loop.completed",
  "loop.pruned",
  "queue.waiting",
  "queue.received",
  "queue.timed_out",
  "queue.completed",
  "queue.sent",
  "join.started",
  "race.started",
  "branch.completed",
  "branch.failed",
  "branch.cancelled",
  "race.won",
  "checkpoint.set",
  "entry.removed",
  "version.resolved",
]);
