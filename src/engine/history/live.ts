/**
 * Which events are still alive: a pure function of a history, for compaction. What it leaves out describes pruned loop
 * iterations, cancelled race branches and bygone moods of the run; what rollback or deduplication needs stays.
 *
 * Invariant: the fold of what it keeps equals the fold of everything, but for what was dropped.
 */
import { hashValue } from "../value-hash.ts";
import { isBranches, type Place } from "./entries.ts";
import type { EntryEvent, EventOf, HistoryEvent } from "./events.ts";
import { foldHistory, type History } from "./history.ts";

/** The events that are alive, with their `seq`s. */
export function liveEvents(events: readonly HistoryEvent[]): HistoryEvent[] {
  const history = foldHistory(events);
  const last = lastOfEach(events);
  const dropped: HistoryEvent[] = [];
  const kept = events.filter((event) => {
    const alive = "loc" in event ? isAlive(history, event) : last.get(event.type) === event.seq || !isMood(event);
    if (!alive) dropped.push(event);
    return alive;
  });
  const seen = seenMessages(dropped);
  return seen === undefined ? kept : insert(kept, seen);
}

/** Events of which only the last one says anything. */
function isMood(event: HistoryEvent): boolean {
  return (
    event.type === "run.started" ||
    event.type === "run.waiting" ||
    event.type === "run.paused" ||
    event.type === "run.seen"
  );
}

function lastOfEach(events: readonly HistoryEvent[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const event of events) if (event.type !== "run.seen") last.set(event.type, event.seq);
  return last;
}

function isAlive(history: History, event: EntryEvent): boolean {
  let place: Place = history.root;
  for (const [depth, segment] of event.loc.entries()) {
    const next = place.children?.get(segment);
    if (next === undefined) return false;
    const isItself = depth === event.loc.length - 1;
    if (!isItself || !event.type.startsWith("branch.")) {
      const branch = isBranches(place.entry) ? place.entry.branches.get(String(segment)) : undefined;
      if (branch?.status === "cancelled" && next.pins === 0) return false;
    }
    place = next;
  }
  if (place.entry?.kind !== "loop") return true;
  if (event.type === "loop.advanced") return place.entry.begun.has(event.iteration);
  if (event.type === "loop.pruned") return place.entry.prunedBefore === event.before;
  return true;
}

/** Dropped messages that may be sent again, under the `seq` of the last dropped event that told of them. */
function seenMessages(dropped: readonly HistoryEvent[]): EventOf<"run.seen"> | undefined {
  const messages: { id: string; hash: string }[] = [];
  let told: HistoryEvent | undefined;
  for (const event of dropped) {
    if (event.type === "run.seen") messages.push(...event.messages);
    else if (event.type === "queue.received") {
      for (const { id, body, explicitId } of event.messages) {
        if (explicitId === true) messages.push({ id, hash: hashValue(body) });
      }
    } else continue;
    told = event;
  }
  if (told === undefined || messages.length === 0) return undefined;
  return { type: "run.seen", seq: told.seq, at: told.at, messages };
}

function insert(events: HistoryEvent[], event: HistoryEvent): HistoryEvent[] {
  const index = events.findIndex((other) => other.seq > event.seq);
  return index < 0 ? [...events, event] : [...events.slice(0, index), event, ...events.slice(index)];
}
