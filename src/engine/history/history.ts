/**
 * The history as a tree of places, and the run's own record: the fold over its events. The engine, `inspect`,
 * `replay-diff` and the tests all read this one. Which event does what to an entry is in `fold-entry.ts`.
 *
 * Invariants:
 * 1. It is a function of the events alone: the same events give the same tree, however they were batched.
 * 2. Applying an event costs its depth in the tree, never the length of the history.
 * 3. `waits` holds exactly the places whose entry is a sleep, a backoff or a queue wait that has not ended.
 */
import { HistoryFormatError } from "../errors.ts";
import type { ErrorRecord } from "../failure.ts";
import { emptyPlace, type Place } from "./entries.ts";
import {
  type EntryEvent,
  EVENT_TYPES,
  type EventOf,
  HISTORY_FORMAT,
  type HistoryEvent,
  type RunEvent,
} from "./events.ts";
import { recoverEntries } from "./fold-branches.ts";
import { applyToEntry } from "./fold-entry.ts";
import type { Location } from "./location.ts";

/** States of a run, as on Rivet. */
export type RunState = "pending" | "running" | "sleeping" | "failed" | "completed" | "cancelled" | "rolling_back";

/** What a waiting run waits for. */
export interface WaitingFor {
  /** Message names; absent: it waits for no message, or for any (`anyMessage`). */
  messages?: readonly string[];
  anyMessage?: true;
  /** The earliest time at which it can go on, ms since 1970. */
  until?: number;
}

/** The run as a whole. */
export interface RunRecord {
  state: RunState;
  created: EventOf<"run.created"> | undefined;
  /** The last time a process took it up. */
  started: EventOf<"run.started"> | undefined;
  waiting: WaitingFor | undefined;
  /** The last thing that happened was a pause. */
  paused: boolean;
  output: unknown;
  error: ErrorRecord | undefined;
  /** The entries whose failure failed the run. */
  causes: readonly Location[];
  endedAt: number | undefined;
}

/** The fold of a run's events. */
export class History {
  readonly root: Place = emptyPlace("", undefined, 0);
  readonly run: RunRecord = {
    state: "pending",
    created: undefined,
    started: undefined,
    waiting: undefined,
    paused: false,
    output: undefined,
    error: undefined,
    causes: [],
    endedAt: undefined,
  };
  /** Places that wait for a time or a message. */
  readonly waits: Set<Place> = new Set<Place>();
  /** Ids of received messages that may still come again. */
  readonly received: Set<string> = new Set<string>();
  /** `seq` and `at` of the newest event. */
  lastSeq = 0;
  lastAt = 0;
  /** Events applied, and how many of them describe nothing that is still alive (about; compaction counts exactly). */
  total = 0;
  dead = 0;
  /** Some step was rolled back since the run began to roll back. */
  rolledBack = false;

  /** Takes the next event in. @throws HistoryFormatError when it is none, or cannot come here */
  apply(event: HistoryEvent): void {
    this.lastSeq = event.seq;
    if (event.at > this.lastAt) this.lastAt = event.at;
    this.total++;
    try {
      if ("loc" in event) this.#applyToPlace(event);
      else this.#applyToRun(event);
    } catch (error) {
      throw error instanceof HistoryFormatError ? error : malformed(event, error);
    }
  }

  /** The place at a location; undefined where nothing is recorded. */
  find(location: Location): Place | undefined {
    let place: Place | undefined = this.root;
    for (const segment of location) {
      place = place.children?.get(segment);
      if (place === undefined) return undefined;
    }
    return place;
  }

  /** The driver has dropped the dead events. @param live events that are left */
  compacted(live: number): void {
    this.total = live;
    this.dead = 0;
  }

  #applyToPlace(event: EntryEvent): void {
    const location: unknown = event.loc;
    if (!Array.isArray(location)) throw new TypeError("its location is no list");
    let place = this.root;
    for (const segment of event.loc) {
      place.children ??= new Map();
      let child = place.children.get(segment);
      if (child === undefined) {
        child = emptyPlace(segment, place, event.seq);
        place.children.set(segment, child);
      }
      place.lastSeq = event.seq;
      place = child;
    }
    place.lastSeq = event.seq;
    applyToEntry(this, place, event);
    if (this.run.state === "sleeping") this.#resumed();
  }

  /** An entry moved on: whatever the run was waiting for, it is not waiting any more. */
  #resumed(): void {
    this.run.state = "running";
    this.run.waiting = undefined;
  }

  #applyToRun(event: RunEvent): void {
    const run = this.run;
    if (event.type !== "run.seen") run.paused = event.type === "run.paused";
    switch (event.type) {
      case "run.created":
        if (event.format > HISTORY_FORMAT) throw newerHistory(`format ${event.format}`);
        run.created = event;
        return;
      case "run.started":
        run.started = event;
        if (run.state === "pending" || run.state === "sleeping") this.#resumed();
        this.dead++;
        return;
      case "run.waiting":
        run.state = "sleeping";
        run.waiting = waitingOf(event);
        this.dead++;
        return;
      case "run.paused":
        this.dead++;
        return;
      case "run.completed":
        run.output = event.output;
        return this.#end("completed", event.at);
      case "run.failed":
        run.error = event.error;
        run.causes = event.causes;
        return this.#end("failed", event.at);
      case "run.rolling_back":
        run.state = "rolling_back";
        run.error = event.error;
        run.causes = event.causes;
        run.waiting = undefined;
        return;
      case "run.cancelled":
        return this.#end("cancelled", event.at);
      case "run.recovered":
        recoverEntries((location) => this.find(location), run.causes);
        run.state = "running";
        run.error = undefined;
        run.causes = [];
        run.endedAt = undefined;
        return;
      case "run.seen":
        for (const message of event.messages) this.received.add(message.id);
        return;
      default:
        throw unknownEvent(event);
    }
  }

  #end(state: RunState, at: number): void {
    this.run.state = state;
    this.run.endedAt = at;
    this.run.waiting = undefined;
    this.waits.clear();
  }
}

function waitingOf(event: EventOf<"run.waiting">): WaitingFor {
  return {
    ...(event.messages !== undefined && { messages: event.messages }),
    ...(event.anyMessage !== undefined && { anyMessage: event.anyMessage }),
    ...(event.until !== undefined && { until: event.until }),
  };
}

/** The fold over a whole history. */
export function foldHistory(events: Iterable<HistoryEvent>): History {
  const history = new History();
  for (const event of events) history.apply(event);
  return history;
}

/** Refuses an event that this version does not know. */
function unknownEvent(event: { type: string }): HistoryFormatError {
  return EVENT_TYPES.has(event.type)
    ? new HistoryFormatError(`event "${event.type}" stands where it cannot be`)
    : newerHistory(`event "${event.type}"`);
}

function newerHistory(what: string): HistoryFormatError {
  return new HistoryFormatError(`this history was written by a newer wf (${what}); update dotworkflows to read it`);
}

/** Says which event lacks what its type has. */
function malformed({ seq, type }: HistoryEvent, cause: unknown): HistoryFormatError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HistoryFormatError(`event ${seq} ("${type}") of this history is malformed: ${why}`, { cause });
}
