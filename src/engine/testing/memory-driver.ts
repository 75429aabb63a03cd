/**
 * A driver that keeps a run in memory: for tests, and as the smallest example of a driver. Running the same id again on
 * the same instance is a resume.
 */
import type { EngineDriver, Inbox, Message } from "../driver.ts";
import { isRequest } from "../driver.ts";
import type { HistoryEvent } from "../history/events.ts";
import { copyValue } from "../values.ts";

/** Keeps one run in memory. */
export class InMemoryDriver implements EngineDriver {
  /** The history, in order. */
  events: HistoryEvent[] = [];
  /** When the run wants to be taken up again, ms since 1970. */
  alarm: number | undefined;
  /** Responses of completed messages, by message id. */
  readonly responses: Map<string, unknown> = new Map<string, unknown>();
  /** Milliseconds. */
  workerPollInterval = 100;
  /** A shorter history is not rewritten, events. */
  compactFrom = 10_000;
  readonly inbox: MemoryInbox = new MemoryInbox(this.responses);

  load(): Promise<HistoryEvent[]> {
    return Promise.resolve([...this.events]);
  }

  append(events: readonly HistoryEvent[]): void {
    this.events.push(...events);
  }

  commit(events: readonly HistoryEvent[]): Promise<void> {
    this.events.push(...events);
    return Promise.resolve();
  }

  compact(live: (events: readonly HistoryEvent[]) => HistoryEvent[]): Promise<boolean> {
    const isWorthIt = this.events.length >= this.compactFrom;
    if (isWorthIt) this.events = live(this.events);
    return Promise.resolve(isWorthIt);
  }

  setAlarm(at: number): Promise<void> {
    this.alarm = at;
    return Promise.resolve();
  }

  clearAlarm(): Promise<void> {
    this.alarm = undefined;
    return Promise.resolve();
  }
}

/** The inbox of an {@link InMemoryDriver}. */
class MemoryInbox implements Inbox {
  /** In the order in which they were sent, once that is sorted. */
  #messages: Map<string, Message> = new Map<string, Message>();
  #isSorted = true;
  #lastSentAt = 0;
  readonly #responses: Map<string, unknown>;
  /** Wakes who waits. */
  #wake: (() => void) | undefined;
  /** Something arrived since the last wait resolved. */
  #hasNews = false;

  constructor(responses: Map<string, unknown>) {
    this.#responses = responses;
  }

  add(message: Message): Promise<void> {
    if (!this.#messages.has(message.id)) this.#messages.set(message.id, copyValue(message, "message"));
    if (message.sentAt < this.#lastSentAt) this.#isSorted = false;
    this.#lastSentAt = Math.max(message.sentAt, this.#lastSentAt);
    this.#hasNews = true;
    this.#wake?.();
    return Promise.resolve();
  }

  peek(names: readonly string[] | undefined, count: number): Promise<Message[]> {
    if (!this.#isSorted) this.#messages = new Map([...this.#messages].sort(([, a], [, b]) => a.sentAt - b.sentAt));
    this.#isSorted = true;
    const found: Message[] = [];
    for (const message of this.#messages.values()) {
      if (found.length >= count) break;
      if (names === undefined ? !isRequest(message.name) : names.includes(message.name)) found.push(message);
    }
    return Promise.resolve(found);
  }

  remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#messages.delete(id);
    return Promise.resolve();
  }

  respond(id: string, response: unknown): Promise<void> {
    this.#responses.set(id, response);
    return Promise.resolve();
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        this.#hasNews = false;
        resolve();
      };
      this.#wake = wake;
      if (this.#hasNews || signal.aborted) wake();
      else signal.addEventListener("abort", wake);
    });
  }
}
