/**
 * The driver port: what stores one run's history and messages for the engine. One driver is one run. The contract
 * suite in `dotworkflows/testing` holds every implementation to the words below.
 */
import type { HistoryEvent } from "./history/events.ts";

/** A message on its way to a run, or a request to the run's owner (see {@link REQUESTS}). */
export interface Message {
  /** Unique in the run. The same id added twice is one message. */
  readonly id: string;
  readonly name: string;
  readonly body: unknown;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
  /** The sender chose the id, so the same message may come again later. */
  readonly explicitId?: true;
}

/** Names that are no messages but requests to the owner of the run. A workflow never receives them. */
export const REQUESTS = { cancel: "wf:cancel", wake: "wf:wake" } as const;

/** Whether a message is a request to the owner. */
export function isRequest(name: string): boolean {
  return name.startsWith("wf:");
}

/** Messages sent to the run and not yet received by it. */
export interface Inbox {
  /**
   * Durable when it resolves; of a run that has no history yet, with its first commit. An id that is already waiting
   * here is left as it is.
   */
  add(message: Message): Promise<void>;
  /**
   * The first `count` messages with one of these names, in the order of `sentAt`, those of one millisecond in the order
   * in which they were added, without taking them out.
   * `names` undefined: any message that is not a request. Requests are returned only when named.
   */
  peek(names: readonly string[] | undefined, count: number): Promise<Message[]>;
  /** Takes messages out, after the history has them. Unknown ids are ignored. */
  remove(ids: readonly string[]): Promise<void>;
  /** Leaves the response to a completable message for its sender. Saying it again changes nothing. */
  respond(id: string, response: unknown): Promise<void>;
  /**
   * Resolves when a message or request has arrived since the wait before this one resolved: each arrival wakes once,
   * and one between two waits is not lost. Resolves at once when `signal` fires. One wait at a time.
   */
  wait(signal: AbortSignal): Promise<void>;
}

/** What the engine needs of a store, for one run. */
export interface EngineDriver {
  /**
   * The whole history, in order, to be gone through once. Called once, before anything is written (and again by `check`
   * passes).
   */
  load(): Promise<Iterable<HistoryEvent>>;
  /**
   * Adds events without waiting for the disk: they survive the process, and are durable with the next commit. Throws
   * when it cannot write them: a step's body runs only once its beginning is taken.
   */
  append(events: readonly HistoryEvent[]): void;
  /** Adds events, all or none; durable when it resolves. Everything appended or committed before is durable too. */
  commit(events: readonly HistoryEvent[]): Promise<void>;
  /**
   * Rewrites the history as what `live` keeps of it (a pure function), crash-safely. Calls to `append` and `commit`
   * made meanwhile come after it. The engine asks as soon, and as often, as half of the events are dead; whether that
   * is worth the work is the driver's to say, which knows how many bytes they are. Resolves with whether it did.
   */
  compact?(live: (events: readonly HistoryEvent[]) => HistoryEvent[]): Promise<boolean>;
  readonly inbox: Inbox;
  /** The run is waiting and wants to be taken up again at this time (ms since 1970). */
  setAlarm(at: number): Promise<void>;
  clearAlarm(): Promise<void>;
  /** Milliseconds; in yield mode shorter waits are waited for in place. */
  readonly workerPollInterval: number;
}
