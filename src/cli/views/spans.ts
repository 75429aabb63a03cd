/** When the places of a run ran and waited, for the bars of `wf inspect`. Pure. */
import { isBranches, locationOf, type Place } from "../../engine/history/entries.ts";
import type { EventOf, HistoryEvent } from "../../engine/history/events.ts";
import type { Span } from "./bar.ts";
import type { Gap } from "./timeline.ts";

/** The spans of a place. `attempts`: those of steps that were tried several times, by `JSON.stringify(location)`. */
export function spansOf(place: Place, end: number, attempts: ReadonlyMap<string, readonly Span[]>): readonly Span[] {
  const { entry } = place;
  if (entry === undefined) return scopeSpans(place, end);
  const from = entry.startedAt;
  if (entry.kind === "step" && (entry.attempts > 1 || entry.status === "backoff")) {
    const tried = attempts.get(JSON.stringify(locationOf(place)));
    const over = entry.endedAt ?? end;
    if (tried !== undefined) return tried.map((span) => (span.to > over ? { ...span, to: over } : span));
  }
  const kind = entry.kind === "sleep" || entry.kind === "message" ? "wait" : "run";
  const isOpen = entry.endedAt === undefined && entry.status !== "interrupted";
  return [{ from, to: entry.endedAt ?? (isOpen ? end : from), kind }];
}

/** An iteration lasts until the next one begins, a branch until it ends. */
function scopeSpans(place: Place, end: number): readonly Span[] {
  const owner = place.parent?.entry;
  if (owner?.kind === "loop" && typeof place.segment === "number") {
    const from = owner.begun.get(place.segment)?.at;
    const to = owner.begun.get(place.segment + 1)?.at ?? owner.endedAt ?? end;
    return from === undefined ? [] : [{ from, to, kind: "run" }];
  }
  if (!isBranches(owner)) return [];
  const branch = owner.branches.get(String(place.segment));
  return [{ from: owner.startedAt, to: branch?.endedAt ?? owner.endedAt ?? end, kind: "run" }];
}

/**
 * The attempts of steps that were tried several times, and the waits between them. One that was cut off ends where the
 * gap after it begins; after one that failed for good nothing waits.
 */
export function attemptSpans(events: readonly HistoryEvent[], end: number, gaps: readonly Gap[]): Map<string, Span[]> {
  const begun = new Map<string, number>();
  const waiting = new Map<string, number>();
  const spans = new Map<string, Span[]>();
  const again = locationsTriedAgain(events);
  if (again.size === 0) return spans;
  for (const event of events) {
    if (!("loc" in event) || !event.type.startsWith("step.")) continue;
    const key = JSON.stringify(event.loc);
    if (!again.has(key)) continue;
    const list = spans.get(key) ?? [];
    spans.set(key, list);
    const from = begun.get(key);
    if (event.type === "step.started") {
      const since = waiting.get(key) ?? from;
      if (since !== undefined) list.push({ from: since, to: event.at, kind: "wait" });
      if (from !== undefined) list.push({ from, to: nextGap(gaps, from), kind: "run" });
      waiting.delete(key);
      begun.set(key, event.at);
    } else if (event.type !== "step.woken" && from !== undefined) {
      list.push({ from, to: event.at, kind: "run" });
      begun.delete(key);
      if (waitsAfter(event)) waiting.set(key, event.at);
    }
  }
  for (const [key, from] of waiting) spans.get(key)?.push({ from, to: end, kind: "wait" });
  for (const [key, from] of begun) spans.get(key)?.push({ from, to: end, kind: "run" });
  return spans;
}

/** Where a process ended that had the run at this time. */
function nextGap(gaps: readonly Gap[], at: number): number {
  return gaps.find((gap) => gap.from >= at)?.from ?? at;
}

/** The step waits for its next attempt. */
function waitsAfter(event: HistoryEvent): boolean {
  return event.type === "step.interrupted" || (event.type === "step.failed" && event.retryAt !== undefined);
}

function isAgain(event: HistoryEvent): event is EventOf<"step.started" | "step.failed"> {
  if (event.type === "step.failed") return event.retryAt !== undefined;
  return event.type === "step.started" && event.attempt > 1;
}

function locationsTriedAgain(events: readonly HistoryEvent[]): Set<string> {
  const again = new Set<string>();
  for (const event of events) if (isAgain(event)) again.add(JSON.stringify(event.loc));
  return again;
}
