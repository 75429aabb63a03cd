/**
 * What `wf list` and `wf dev` know of a run without reading it whole: the store's own summary, and with it what waits
 * and what runs at this moment. The store keeps it up to date as events go by, and caches it.
 *
 * Invariants:
 * 1. It costs the events that came, never the history; what is open is changed in place, for the keeper has the only copy.
 * 2. A cache that somebody else's fold has made is not gone on from.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { isWithin, type Location } from "../engine/history/location.ts";
import { foldRunEvents, isOver, type RunSummary, type SummaryFold } from "../fs-driver/index.ts";
import type { OpenWait, ShownState, WaitingFor } from "./views/run-facts.ts";

interface Carry {
  readonly wf: 1;
  readonly waits: Map<string, OpenWait>;
  /** Steps that have begun and not ended. */
  readonly running: Map<string, Location>;
  module?: string;
  /** The first line of what the run failed with. */
  error?: string;
  endedAt?: number;
  /** The last event ended a sleep or a backoff by hand. */
  isWoken?: boolean;
  /** The last event was a pause: by whom or what. Absent in caches of versions that did not keep it. */
  pausedBy?: string;
}

/** The fold that the command line's stores use. */
export const foldSummary: SummaryFold = (events, from) => {
  const carry: unknown = from === undefined ? { wf: 1, waits: new Map(), running: new Map() } : from.carry;
  if (!isCarry(carry)) return undefined;
  const base = foldRunEvents(events, from);
  if (base === undefined) return undefined;
  let { createdAt } = base;
  for (const event of events) {
    if (event.type === "run.created") createdAt = event.origin?.at ?? event.at;
    applyEvent(carry, event);
  }
  return { ...base, createdAt, carry };
};

function isCarry(value: unknown): value is Carry {
  return typeof value === "object" && value !== null && (value as Partial<Carry>).wf === 1;
}

/** Whether an event ended a sleep or a backoff by hand. */
export function isWake(event: HistoryEvent): boolean {
  return event.type === "step.woken" || (event.type === "sleep.ended" && event.how === "woken");
}

function applyEvent(carry: Carry, event: HistoryEvent): void {
  carry.isWoken = isWake(event);
  if (event.type !== "run.seen") delete carry.pausedBy;
  if (event.type === "run.paused" && event.by !== undefined) carry.pausedBy = event.by;
  if ("loc" in event) {
    applyEntryEvent(carry, event.loc, event);
    return;
  }
  if (event.type === "run.created" || event.type === "run.started") {
    if (event.module !== undefined) carry.module = event.module;
    return;
  }
  if (event.type === "run.failed") carry.error = event.error.message.split("\n", 1)[0] ?? "";
  if (event.type === "run.completed" || event.type === "run.failed" || event.type === "run.cancelled") {
    carry.endedAt = event.at;
    carry.waits.clear();
    carry.running.clear();
  } else if (event.type === "run.recovered") {
    delete carry.error;
    delete carry.endedAt;
  }
}

function applyEntryEvent(carry: Carry, location: Location, event: HistoryEvent): void {
  const { waits, running } = carry;
  switch (event.type) {
    case "step.started":
      waits.delete(keyOf(location));
      running.set(keyOf(location), location);
      return;
    case "step.failed":
      running.delete(keyOf(location));
      if (event.retryAt !== undefined) waits.set(keyOf(location), { kind: "retry", location, until: event.retryAt });
      return;
    case "step.completed":
    case "step.interrupted":
      running.delete(keyOf(location));
      waits.delete(keyOf(location));
      return;
    case "step.woken":
      waits.set(keyOf(location), { kind: "retry", location, until: event.at });
      return;
    case "sleep.started":
      waits.set(keyOf(location), { kind: "sleep", location, until: event.until });
      return;
    case "queue.waiting": {
      const { names, until } = event;
      const limits = { ...(names !== undefined && { names }), ...(until !== undefined && { until }) };
      waits.set(keyOf(location), { kind: "message", location, ...limits });
      return;
    }
    case "sleep.ended":
    case "queue.received":
    case "queue.timed_out":
      waits.delete(keyOf(location));
      return;
    case "branch.cancelled":
      for (const [key, wait] of waits) if (isWithin(wait.location, location)) waits.delete(key);
      for (const [key, loc] of running) if (isWithin(loc, location)) running.delete(key);
      return;
    default:
  }
}

function keyOf(location: Location): string {
  return JSON.stringify(location);
}

/** What is open in a run, by its summary. */
export function openParts({ carry }: RunSummary): Readonly<Carry> {
  return isCarry(carry) ? carry : { wf: 1, waits: new Map(), running: new Map() };
}

/** The state that people are told, by a summary: as `shownState` does by a history. */
export function shownStateOf(summary: RunSummary, isOwned: boolean): ShownState {
  const state = summary.state as ShownState;
  if (isOver(state)) return state;
  const { waits, running, isWoken } = openParts(summary);
  if (!isOwned && isWoken === true && state !== "rolling_back") return "pending";
  if (!isOwned && summary.paused === true) return "paused";
  if (state === "sleeping" || state === "rolling_back") return state;
  if (!isOwned) return "interrupted";
  return waits.size > 0 && running.size === 0 ? "sleeping" : state;
}

/** What a run waits for, by its summary; undefined when it waits for nothing. */
export function waitingForOf(summary: RunSummary): WaitingFor | undefined {
  const { waits } = openParts(summary);
  if (waits.size === 0) return undefined;
  const names = new Set<string>();
  let isAny = false;
  let until = Number.POSITIVE_INFINITY;
  for (const wait of waits.values()) {
    if (wait.kind === "message") {
      isAny ||= wait.names === undefined;
      for (const name of wait.names ?? []) names.add(name);
    }
    until = Math.min(until, wait.until ?? until);
  }
  const messages = isAny ? [] : [...names];
  return {
    ...((isAny || messages.length > 0) && { messages }),
    ...(until !== Number.POSITIVE_INFINITY && { until }),
  };
}
