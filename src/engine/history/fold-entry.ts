/**
 * What each event does to the entry at its place: the inner half of the fold.
 *
 * Invariants:
 * 1. An entry that ended takes no further event but those of rollback, completion of its messages, and recovery.
 * 2. What is dropped (pruned iterations) is dropped with everything below it, save places that hold a pin.
 */
import { HistoryFormatError } from "../errors.ts";
import { entryOf, type LoopEntry, type MessageEntry, type Place, type SleepEntry, type StepEntry } from "./entries.ts";
import type { EntryEvent, EventOf, ReceivedMessage } from "./events.ts";
import { applyToBranch, endWaits, newBranches, winRace } from "./fold-branches.ts";

/** What of the history the entry fold touches besides the place itself. */
export interface FoldTarget {
  readonly waits: Set<Place>;
  readonly received: Set<string>;
  dead: number;
  rolledBack: boolean;
}

/** Applies an event to the place it belongs to. */
export function applyToEntry(history: FoldTarget, place: Place, event: EntryEvent): void {
  switch (event.type) {
    case "step.started":
    case "step.interrupted":
    case "step.completed":
    case "step.failed":
    case "step.woken":
    case "step.rolled_back":
    case "step.rollback_failed":
      return applyToStep(history, place, event);
    case "sleep.started":
      place.entry = { kind: "sleep", status: "waiting", until: event.until, startedAt: event.at };
      history.waits.add(place);
      return;
    case "sleep.ended": {
      const sleep = entryOf<SleepEntry>(place, "sleep");
      sleep.status = "completed";
      sleep.how = event.how;
      sleep.endedAt = event.at;
      history.waits.delete(place);
      return;
    }
    case "loop.started":
    case "loop.advanced":
    case "loop.completed":
    case "loop.pruned":
      return applyToLoop(history, place, event);
    case "queue.waiting":
    case "queue.received":
    case "queue.timed_out":
    case "queue.completed":
      return applyToQueue(history, place, event);
    case "queue.sent": {
      place.sent ??= new Map();
      const sent = place.sent.get(event.name) ?? [];
      sent.push({ id: event.id, hash: event.hash, seq: event.seq, at: event.at });
      place.sent.set(event.name, sent);
      return;
    }
    case "join.started":
    case "race.started":
      place.entry = newBranches(event);
      return;
    case "branch.completed":
    case "branch.failed":
    case "branch.cancelled":
      return applyToBranch(history.waits, place, event);
    case "race.won":
      return winRace(place, event);
    case "checkpoint.set":
      place.entry = { kind: "rollback_checkpoint", status: "completed", startedAt: event.at, endedAt: event.at };
      return;
    case "entry.removed":
      endWaits(history.waits, place);
      place.entry = {
        kind: "removed",
        status: "completed",
        originalKind: event.kind,
        replaced: event.replaced === true,
        startedAt: event.at,
        endedAt: event.at,
      };
      return;
    case "version.resolved":
      place.entry = {
        kind: "version_check",
        status: "completed",
        version: event.version,
        latest: event.latest,
        startedAt: event.at,
        endedAt: event.at,
      };
      return;
    default: {
      const unknown: { type: string } = event;
      throw new HistoryFormatError(
        `this history was written by a newer wf (event "${unknown.type}"); update dotworkflows to read it`,
      );
    }
  }
}

type StepEvent = Extract<EntryEvent, { type: `step.${string}` }>;

function applyToStep(history: FoldTarget, place: Place, event: StepEvent): void {
  if (event.type === "step.started" && place.entry === undefined) place.entry = newStep(event);
  const step = entryOf<StepEntry>(place, "step");
  history.waits.delete(place);
  switch (event.type) {
    case "step.started":
      step.status = "running";
      step.attempts = event.attempt;
      step.rollback = event.rollback === true;
      if (step.retryAt !== undefined) delete step.retryAt;
      return;
    case "step.interrupted":
      step.status = "interrupted";
      return;
    case "step.completed":
      step.status = "completed";
      step.output = event.output;
      step.endedAt = event.at;
      step.completedSeq = event.seq;
      if (step.rollback) pin(place, 1);
      return;
    case "step.failed":
      step.error = event.error;
      step.failureKind = event.kind;
      if (event.retryAt === undefined) {
        step.status = "failed";
        step.endedAt = event.at;
      } else {
        step.status = "backoff";
        step.failures++;
        step.retryAt = event.retryAt;
        history.waits.add(place);
      }
      return;
    case "step.woken":
      step.retryAt = event.at;
      history.waits.add(place);
      return;
    case "step.rolled_back":
      if (step.rollback && !step.rolledBack) pin(place, -1);
      step.rolledBack = true;
      delete step.rollbackError;
      history.rolledBack = true;
      return;
    case "step.rollback_failed":
      step.rollbackError = event.error;
  }
}

function newStep(event: EventOf<"step.started">): StepEntry {
  const rollback = event.rollback === true;
  return {
    kind: "step",
    status: "running",
    attempts: 0,
    failures: 0,
    rollback,
    rolledBack: false,
    startedAt: event.at,
  };
}

function pin(place: Place, by: 1 | -1): void {
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) at.pins += by;
}

type LoopEvent = Extract<EntryEvent, { type: `loop.${string}` }>;

function applyToLoop(history: FoldTarget, place: Place, event: LoopEvent): void {
  if (event.type === "loop.started") {
    place.entry = {
      kind: "loop",
      status: "running",
      iteration: 0,
      begun: new Map([[0, { at: event.at, state: event.state }]]),
      prunedBefore: 0,
      startedAt: event.at,
    };
    return;
  }
  const loop = entryOf<LoopEntry>(place, "loop");
  switch (event.type) {
    case "loop.advanced":
      loop.iteration = event.iteration;
      loop.begun.set(event.iteration, { at: event.at, state: event.state });
      return;
    case "loop.completed":
      loop.status = "completed";
      loop.output = event.output;
      loop.endedAt = event.at;
      return;
    case "loop.pruned":
      for (const iteration of finishedBefore(loop, event.before)) {
        const old = place.children?.get(iteration);
        if (old !== undefined && old.pins > 0) continue;
        if (loop.begun.delete(iteration)) history.dead += 1 + countEvents(old);
        place.children?.delete(iteration);
      }
      loop.prunedBefore = event.before;
      history.dead++;
  }
}

/** Iterations since the last pruning: counted up to this one, or picked from those that are there if these are fewer. */
function finishedBefore({ begun, prunedBefore }: LoopEntry, before: number): number[] {
  const length = before - prunedBefore;
  if (length <= begun.size) return Array.from({ length }, (_, index) => prunedBefore + index);
  return [...begun.keys()].filter((iteration) => iteration >= prunedBefore && iteration < before);
}

/** About how many events a place and what lies below it stand for. */
function countEvents(place: Place | undefined): number {
  if (place === undefined) return 0;
  let count = place.entry === undefined ? 0 : 2;
  for (const child of place.children?.values() ?? []) count += countEvents(child);
  return count;
}

type QueueEvent = EventOf<"queue.waiting" | "queue.received" | "queue.timed_out" | "queue.completed">;

function applyToQueue(history: FoldTarget, place: Place, event: QueueEvent): void {
  switch (event.type) {
    case "queue.waiting":
      place.entry = newMessageEntry(event, event.count ?? 1);
      if (event.until !== undefined) place.entry.until = event.until;
      history.waits.add(place);
      return;
    case "queue.received": {
      place.entry ??= newMessageEntry(event, event.messages.length);
      const wait = entryOf<MessageEntry>(place, "message");
      wait.status = "completed";
      wait.messages = event.messages;
      wait.endedAt = event.at;
      for (const message of event.messages) history.received.add(message.id);
      history.waits.delete(place);
      return;
    }
    case "queue.timed_out": {
      place.entry ??= newMessageEntry(event, 1);
      const wait = entryOf<MessageEntry>(place, "message");
      wait.status = "timed_out";
      wait.endedAt = event.at;
      history.waits.delete(place);
      return;
    }
    case "queue.completed": {
      const wait = entryOf<MessageEntry>(place, "message");
      wait.completed ??= new Map();
      wait.completed.set(event.id, { seq: event.seq, at: event.at, response: event.response });
    }
  }
}

function newMessageEntry(event: { at: number; names?: readonly string[] }, count: number): MessageEntry {
  const messages: ReceivedMessage[] = [];
  const names = event.names === undefined ? {} : { names: event.names };
  return { kind: "message", status: "waiting", count, messages, startedAt: event.at, ...names };
}
