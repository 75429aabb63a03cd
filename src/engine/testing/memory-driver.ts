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

  compact(live: (events: readonly HistoryEvent[]) => HistoryEvent[]): Promise<void> {
    this.events = live(this.events);
    return Promise.resolve();
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
  readonly #messages: Map<string, Message> = new Map<string, Message>();
  readonly #responses: Map<string, unknown>;
  readonly #watchers: Set<() => void> = new Set<() => void>();

  constructor(responses: Map<string, unknown>) {
    this.#responses = responses;
  }

  add(message: Message): Promise<void> {
    if (!this.#messages.has(message.id)) this.#messages.set(message.id, copyValue(message, "message"));
    for (const arrived of this.#watchers) arrived();
    return Promise.resolve();
  }

  peek(names: readonly string[] | undefined, count: number): Promise<Message[]> {
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

  wait(names: readonly string[] | undefined, signal: AbortSignal): Promise<void> {
    void names;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener("abort", done);
    });
  }
}
