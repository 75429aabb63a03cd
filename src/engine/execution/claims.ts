/**
 * Which messages of the inbox are spoken for, from the moment somebody takes one until the inbox has let go of it.
 *
 * Invariants:
 * 1. A message is claimed in the tick in which it is chosen, and once: whoever looks later does not see it.
 * 2. A message that the history has already is never handed out again; the inbox is told to let go of it.
 * 3. The inbox lets go of messages in the order in which they were received, and only of what is on record.
 * 4. A message stays known until every look that may still show it is over: a look may answer later than it looked.
 */
import { type EngineDriver, isRequest, type Message } from "../driver.ts";
import type { History } from "../history/history.ts";

/** What the claims are made of. */
export interface ClaimsParts {
  readonly driver: EngineDriver;
  readonly history: History;
  readonly onError: (error: unknown) => void;
}

/** The claims of one pass. */
export class Claims {
  readonly #parts: ClaimsParts;
  readonly #ids: Set<string> = new Set<string>();
  /** Those under way. */
  readonly #looks: Set<Promise<readonly Message[]>> = new Set<Promise<readonly Message[]>>();
  #removals: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** Shows `choose` up to `count` messages that nobody has, and claims those it takes. @returns how many it took */
  async take(
    names: readonly string[] | undefined,
    count: number,
    choose: (message: Message) => boolean,
  ): Promise<number> {
    const { driver, history } = this.#parts;
    let again: string[];
    while (!this.#isClosed) {
      const look = driver.inbox.peek(names, count + this.#ids.size);
      this.#looks.add(look);
      try {
        const free = (await look).filter(({ id, name }) => !this.#ids.has(id) && !isRequest(name));
        again = free.filter(({ id }) => history.received.has(id)).map(({ id }) => id);
        if (again.length === 0) return this.#isClosed ? 0 : this.#claim(free, choose);
      } finally {
        this.#looks.delete(look);
      }
      await driver.inbox.remove(again);
    }
    return 0;
  }

  #claim(messages: readonly Message[], choose: (message: Message) => boolean): number {
    let taken = 0;
    for (const message of messages) {
      if (!choose(message)) continue;
      this.#ids.add(message.id);
      taken++;
    }
    return taken;
  }

  /** These were not recorded after all: somebody else may have them. */
  free(messages: readonly Message[]): void {
    for (const message of messages) this.#ids.delete(message.id);
  }

  /** These are on record: the inbox may let go of them. */
  received(messages: readonly Message[]): void {
    this.#removals = this.#letGo(this.#removals, messages);
  }

  async #letGo(before: Promise<void>, messages: readonly Message[]): Promise<void> {
    await before;
    const { driver, onError } = this.#parts;
    try {
      await driver.inbox.remove(messages.map(({ id }) => id));
    } catch (error) {
      return onError(error);
    }
    if (this.#looks.size === 0) this.#forget(messages);
    else void Promise.allSettled(this.#looks).then(() => this.#forget(messages));
  }

  /** Nobody can come upon these any more, save those that the sender may send again. */
  #forget(messages: readonly Message[]): void {
    this.free(messages);
    for (const { id, explicitId } of messages) if (explicitId !== true) this.#parts.history.received.delete(id);
  }

  /** Nothing is handed out any more; resolves when the inbox is at rest. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#removals;
  }
}
