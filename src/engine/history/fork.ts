/**
 * A fork: a new run with the history that another one had before some entry, which then runs anew. Pure; who stores it
 * is the caller's business.
 *
 * Invariants:
 * 1. What is kept is a prefix of the source's events, so it is a history like any other: `seq` and `at` stay.
 * 2. The new run has a seed, and so random numbers and idempotency keys, of its own, and says where it comes from.
 * 3. It cuts no commit in two: only the win of a race is a commit of several events, and what begins inside of one is
 *    a branch that was cancelled before it recorded anything, where nothing can be forked.
 * 4. Which process had the source, and when it waited or paused, is no business of the fork's; where the code went is.
 */
import { RunStateError } from "../errors.ts";
import type { EventOf, HistoryEvent } from "./events.ts";
import { foldHistory } from "./history.ts";
import { formatLocation, type Location } from "./location.ts";

/** What the fork is to be. */
export interface ForkOptions {
  /** Id of the source. */
  readonly run: string;
  /** 32 hex digits. */
  readonly seed: string;
  /** When it is made, ms since 1970. */
  readonly now: number;
  /** Records this as the step's result, instead of letting it run anew. */
  readonly output?: { readonly value: unknown };
}

/** The history of the new run. @throws RunStateError when nothing is recorded there, or no output can be set */
export function forkHistory(events: readonly HistoryEvent[], location: Location, options: ForkOptions): HistoryEvent[] {
  const source = foldHistory(events);
  const place = source.find(location);
  const [created] = events;
  const first = events.find((event) => event.seq === place?.firstSeq);
  if (place === undefined || location.length === 0 || created?.type !== "run.created")
    throw new RunStateError(`nothing is recorded at ${formatLocation(location)}`);
  if (first?.type === "branch.cancelled")
    throw new RunStateError(`nothing is recorded at ${formatLocation(location)} but that it was cancelled`);
  const kept = events.filter((event) => event.seq < place.firstSeq && event.type !== "run.created" && !isMood(event));
  const last = kept.at(-1) ?? created;
  const origin = { run: options.run, seq: last.seq, at: options.now };
  const module = source.run.started?.module ?? created.module;
  const begun = { ...created, ...(module !== undefined && { module }), seed: options.seed, origin };
  const forked: HistoryEvent[] = [begun, ...kept];
  if (options.output === undefined) return [...forked, pausedAfter(forked, options.now)];
  if (first?.type !== "step.started")
    throw new RunStateError(`${formatLocation(location)} is no step: only a step's output can be set`);
  const { seq, at } = first;
  forked.push(
    { ...first, attempt: 1 },
    { type: "step.completed", loc: location, seq: seq + 1, at, attempt: 1, output: options.output.value },
  );
  return [...forked, pausedAfter(forked, options.now)];
}

/** Nobody takes it up by chance: whoever made it says when it goes on. */
function pausedAfter(events: readonly HistoryEvent[], now: number): EventOf<"run.paused"> {
  const { seq, at } = events.at(-1) ?? { seq: 0, at: now };
  return { type: "run.paused", seq: seq + 1, at: Math.max(at, now), by: "fork" };
}

function isMood({ type }: HistoryEvent): boolean {
  return type === "run.started" || type === "run.waiting" || type === "run.paused";
}
