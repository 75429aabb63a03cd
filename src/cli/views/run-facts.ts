/**
 * What a history says about a run as a whole, in the words that people and scripts are given. Pure.
 *
 * Invariants:
 * 1. `interrupted` is a run that its history calls running, but nobody owns; `paused` is one whose last event is a
 *    pause. Neither is a state of the engine.
 * 2. A run that was woken, and that nobody has taken up since, is `pending`: nothing in it was cut off.
 * 3. A run that somebody owns, and in which nothing runs but something waits, is `sleeping`, though no event says so.
 */
import type { Place } from "../../engine/history/entries.ts";
import type { History, RunState } from "../../engine/history/history.ts";
import type { Owner } from "../../fs-driver/index.ts";
import type { Location } from "../../engine/history/location.ts";
import { formatTime, formatTimeLeft } from "./format.ts";
import { escapeJson, escapeLine, shellQuote } from "../escape.ts";
import { isAfterDeaths } from "../pause-reasons.ts";
import { forkOfUndone } from "../undone.ts";
import { hasRunningStep } from "./run-view.ts";

/** A run's state as it is shown. */
export type ShownState = RunState | "paused" | "interrupted";

/** What a run waits for. */
export interface WaitingFor {
  /** Message names; `[]`: any message. */
  messages?: string[];
  /** The earliest time at which it can go on, ms since 1970. */
  until?: number;
}

/** A run as it is shown: its history, and whether a process has it. */
export interface RunFacts {
  readonly run: string;
  readonly history: History;
  readonly isOwned: boolean;
  /** The process that has it, where that is known. */
  readonly owner?: Owner | undefined;
  /** The last thing on record is that its sleep or backoff was ended by hand. */
  readonly isWoken?: boolean;
  /** Why it was cancelled, where that was said. */
  readonly cancelReason?: string;
  /** The last thing on record is that it was paused: by whom or what. */
  readonly pausedBy?: string | undefined;
  /** The messages that were sent and are not received yet. */
  readonly inbox?: readonly WaitingMessage[];
  /** A body that the code takes, as JSON. Only where the code is at hand: the record has the messages' names alone. */
  readonly bodyOf?: ((message: string) => string) | undefined;
}

/** A message that was sent and is not received yet. */
export interface WaitingMessage {
  readonly id: string;
  readonly name: string;
  readonly body: unknown;
  /** ms since 1970. */
  readonly sentAt: number;
}

/** Who has a run. `paused`: nobody, and that was meant; `left`: nobody, since its process ended; `over`: nobody ever will. */
export type Standing = "owned" | "paused" | "left" | "over";

/** Who has the run. */
export function standingOf({ history, isOwned, pausedBy }: RunFacts): Standing {
  if (isFinished(history.run.state)) return "over";
  if (isOwned) return "owned";
  return history.run.paused && !isAfterDeaths(pausedBy) ? "paused" : "left";
}

/** The state that people are told. */
export function shownState({ history, isOwned, isWoken }: RunFacts): ShownState {
  const { state, paused } = history.run;
  if (isFinished(state)) return state;
  if (!isOwned && isWoken === true && state !== "rolling_back") return "pending";
  if (!isOwned && paused) return "paused";
  if (state === "sleeping" || state === "rolling_back") return state;
  if (!isOwned) return "interrupted";
  return history.waits.size > 0 && !hasRunningStep(history.root) ? "sleeping" : state;
}

/** Whether nothing can happen to the run any more (but a retry or a fork). */
export function isFinished(state: ShownState): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}

/** A `wf dev` takes such a run up when something moves it on: it leaves alone only what was paused. */
export function isTakenUp(facts: RunFacts): boolean {
  return shownState(facts) !== "paused";
}

/** No message reaches the run any more; one that failed may be retried, unless it was rolled back. */
export function isDeaf({ run: { state }, rolledBack }: History): boolean {
  return state === "completed" || state === "cancelled" || (state === "failed" && rolledBack);
}

/** What an unfinished run waits for; undefined when it waits for nothing. */
export function waitingFor(history: History): WaitingFor | undefined {
  if (history.waits.size === 0) return undefined;
  const names = new Set<string>();
  let isAny = false;
  let until = Number.POSITIVE_INFINITY;
  for (const { entry } of history.waits) {
    if (entry?.kind === "message") {
      isAny ||= entry.names === undefined;
      for (const name of entry.names ?? []) names.add(name);
    }
    const due = entry?.kind === "step" ? entry.retryAt : entry?.kind === "loop" ? undefined : dueOf(entry);
    if (due !== undefined && due < until) until = due;
  }
  const result: WaitingFor = {};
  if (isAny) result.messages = [];
  else if (names.size > 0) result.messages = [...names];
  if (until !== Number.POSITIVE_INFINITY) result.until = until;
  return result;
}

function dueOf(entry: Place["entry"]): number | undefined {
  return entry?.kind === "sleep" || entry?.kind === "message" ? entry.until : undefined;
}

/** The state and its reason in a few words: `waiting for "approve"`, `sleeping until 14:03:00`, `failed`. */
export function describeState(facts: RunFacts, now: number): string {
  const state = shownState(facts);
  const waiting = describeWaits(facts.history, now);
  if (state === "sleeping") return waiting === "" ? "waiting" : waiting;
  const name = specialState(facts, state) ?? state.replace("_", " ");
  return isFinished(state) || waiting === "" ? name : `${name}, ${waiting}`;
}

function specialState({ history, isWoken }: RunFacts, state: ShownState): string | undefined {
  if (state === "pending" && isWoken === true) return WOKEN;
  const isFork = history.run.created?.origin !== undefined && history.run.started === undefined;
  return state === "paused" && isFork ? "paused: a fork that has not begun yet" : undefined;
}

/** What is said of a run that was woken and that nobody has taken up since. */
export const WOKEN = "woken, and not taken up yet";

/** What a run waits for in a few words; empty when it waits for nothing. */
export function describeWaits({ waits }: History, now: number): string {
  return joinWaits(
    [...waits].slice(0, MOST_WAITS).map((place) => describeWait(place, now)),
    waits.size,
  );
}

/** The first of so many waits in one sentence: `waiting for "a", "b" and 1 more`. */
export function joinWaits(words: readonly string[], amount: number): string {
  const [first = ""] = words;
  const isSame = words.every((each) => each.startsWith(WAITING));
  const list = isSame ? [first, ...words.slice(1).map((each) => each.slice(WAITING.length))] : words;
  if (amount > words.length) return `${list.join(", ")} and ${amount - words.length} more`;
  return list.join(isSame ? " and " : ", ");
}

const WAITING = "waiting for ";
/** Of what may be many, so many are named. */
export const MOST_WAITS = 2;

/** What one place waits for. */
export function describeWait(place: Place, now: number): string {
  const { entry } = place;
  const location = [place.segment];
  switch (entry?.kind) {
    case "message": {
      const { names, until } = entry;
      const limits = { ...(names !== undefined && { names }), ...(until !== undefined && { until }) };
      return describeOpenWait({ kind: "message", location, ...limits }, now);
    }
    case "sleep":
      return describeOpenWait({ kind: "sleep", location, until: entry.until }, now);
    case "step":
      return describeOpenWait({ kind: "retry", location, until: entry.retryAt ?? now }, now);
    default:
      return "waiting";
  }
}

/** Something that waits, at its location. */
export interface OpenWait {
  readonly kind: "message" | "sleep" | "retry";
  readonly location: Location;
  /** Message names; absent: any. */
  readonly names?: readonly string[];
  readonly until?: number;
}

/** A wait in words. */
export function describeOpenWait({ kind, location, names, until }: OpenWait, now: number): string {
  switch (kind) {
    case "message":
      return `waiting for ${messageNames(names)}${until === undefined ? "" : ` until ${formatTime(until, now)}`}`;
    case "sleep":
      return until !== undefined && until <= now
        ? `its sleep ended at ${formatTime(until, now)}`
        : `sleeping until ${formatTime(until ?? now, now)}`;
    case "retry": {
      const left = (until ?? now) - now;
      const name = quote(String(location.at(-1)));
      return left > 0 ? `retrying ${name} in ${formatTimeLeft(left)}` : `a retry of ${name} is due`;
    }
  }
}

/** `"approve" or "reject"`, `any message`. */
export function messageNames(names: readonly string[] | undefined): string {
  return names === undefined || names.length === 0 ? "any message" : names.map(quote).join(" or ");
}

function quote(name: string): string {
  return `"${escapeLine(name)}"`;
}

/** Commands that move an unfinished run on, the most useful first. */
export function nextCommands(facts: RunFacts): string[] {
  const state = shownState(facts);
  const { run, isOwned, history } = facts;
  if (state === "failed") return [history.rolledBack ? forkOfUndone(run, history) : `wf retry ${run}`];
  if (isFinished(state)) return [];
  if (!isOwned && hasArrived(facts)) return [`wf resume ${run}`];
  const waiting = waitingFor(history);
  const names = waiting?.messages?.length === 0 ? ["<message>"] : (waiting?.messages ?? []);
  const sends = names.slice(0, 3).map((name) => {
    const message = name === "<message>" ? name : shellQuote(escapeLine(name));
    const body = shellQuote(escapeJson(facts.bodyOf?.(name) ?? "{}"));
    return `wf send ${run} ${message} ${body}${isOwned ? "" : " --resume"}`;
  });
  const isHeldUp = state !== "sleeping" || waiting?.until !== undefined;
  return isOwned || (!isHeldUp && sends.length > 0) ? sends : [...sends, `wf resume ${run}`];
}

/** A message that is waited for lies in the inbox. */
function hasArrived({ history, inbox = [] }: RunFacts): boolean {
  const names = waitingFor(history)?.messages;
  return names !== undefined && inbox.some(({ name }) => names.length === 0 || names.includes(name));
}

/** When the run was created (forked, imported), ms since 1970; undefined for a history without its first event. */
export function createdAt(history: History): number | undefined {
  const { created } = history.run;
  return created?.origin?.at ?? created?.at;
}
