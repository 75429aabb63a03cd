/** Reads a run for a command that only looks at it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { History } from "../engine/history/history.ts";
import { isWake } from "./summary-fold.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import type { RunReading, Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { goodBefore } from "./views/format.ts";
import type { RunFacts, WaitingMessage } from "./views/run-facts.ts";
import { foldWithTimeline, type Timeline } from "./views/timeline.ts";

/** A run as it was read. */
export interface ReadRun {
  readonly facts: RunFacts;
  readonly events: readonly HistoryEvent[];
  readonly owner: RunReading["owner"];
  readonly timeline: Timeline;
}

/** @throws CliError when the history is corrupt */
export function readRun(store: Store, run: string): ReadRun {
  const { events, owner } = readGood(store, run);
  const last = events.at(-1);
  const isWoken = owner === undefined && last !== undefined && isWake(last);
  const history = new History();
  const timeline = foldWithTimeline(history, events);
  const facts = { run, history, isOwned: owner !== undefined, owner, isWoken, ...lastFacts(events) };
  return { facts, events, owner, timeline };
}

/** Why the run was cancelled or paused, by the last of its events. */
export function lastFacts(events: readonly HistoryEvent[]): Pick<RunFacts, "cancelReason" | "pausedBy"> {
  const last = events.findLast(({ type }) => type !== "run.seen");
  return {
    ...(last?.type === "run.cancelled" && last.reason !== undefined && { cancelReason: last.reason }),
    pausedBy: last?.type === "run.paused" ? last.by : undefined,
  };
}

/** The messages that were sent and are not received yet, in the order in which they will be. */
export function inboxOf(store: Store, { run, history }: RunFacts): WaitingMessage[] {
  if (!hasMessages(store, run)) return [];
  return store
    .examine(run)
    .messages.filter(({ id, name }) => !history.received.has(id) && !name.startsWith("wf:"))
    .map(({ id, name, body, sentAt }) => ({ id, name, body, sentAt }));
}

/** Something lies in the run's inbox: a message that was sent, seldom one whose removal was cut off. Reads no history. */
function hasMessages(store: Store, run: string): boolean {
  try {
    return readdirSync(join(store.dir, run, "inbox")).some((file) => file.endsWith(".cbor"));
  } catch {
    return false; // there is no inbox yet
  }
}

/** Its inbox holds a message of one of these names; `[]`: of any. Reads the run only where something lies there. */
export function hasMessageFor(store: Store, run: string, names: readonly string[]): boolean {
  if (!hasMessages(store, run)) return false;
  try {
    return store.examine(run).messages.some(({ name }) => names.length === 0 || names.includes(name));
  } catch {
    return false; // wf doctor tells of it
  }
}

/** A run's events, not yet folded. @throws CliError when the history is corrupt */
export function readGood(store: Store, run: string): RunReading {
  const reading = store.read(run);
  const { events, tail, file } = reading;
  if (tail.state === "corrupt")
    throw new CliError(`the history of ${run} is corrupt: ${tail.reason}`, {
      code: "corrupt",
      exitCode: EXIT.corrupt,
      where: `${file}, byte ${tail.offset}, record ${tail.record}; ${goodBefore(events.length)}`,
      hint: `wf doctor ${run} --repair  keeps a copy and says what is lost`,
      document: { run },
    });
  return reading;
}
