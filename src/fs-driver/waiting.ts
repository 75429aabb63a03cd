/**
 * Messages that wait, in the order in which they are received: a ledger by name. Pure memory; where messages come from
 * is `inbox.ts`.
 *
 * Invariant: the first message of a name is found in constant time, however many wait, and taking it out is constant too.
 */
import { isRequest, type Message } from "../engine/driver.ts";
import { compareMessages, type MessagePlace } from "./message-file.ts";

/** A message that waits, and its file. */
export interface WaitingMessage {
  readonly place: MessagePlace;
  readonly file: string;
  /** Undefined: it is large, and stays on disk until it is asked for. */
  readonly message: Message | undefined;
}

/** All messages that wait in one inbox. */
export class WaitingMessages {
  readonly #byId = new Map<string, WaitingMessage>();
  readonly #byName = new Map<string, NameQueue>();

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  add(waiting: WaitingMessage): void {
    const { id, name } = waiting.place;
    if (this.#byId.has(id)) return;
    this.#byId.set(id, waiting);
    let queue = this.#byName.get(name);
    if (queue === undefined) this.#byName.set(name, (queue = new NameQueue()));
    queue.add(waiting);
  }

  /** Takes a message out. @returns its file */
  delete(id: string): string | undefined {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) return undefined;
    const { name } = waiting.place;
    this.#byId.delete(id);
    const queue = this.#byName.get(name);
    queue?.delete(waiting);
    if (queue?.size === 0) this.#byName.delete(name);
    return waiting.file;
  }

  /** The first `count` messages with one of these names; undefined: any that is no request. */
  first(names: readonly string[] | undefined, count: number): WaitingMessage[] {
    const [name, ...more] = names ?? [];
    if (name !== undefined && more.length === 0) return this.#byName.get(name)?.first(count) ?? [];
    return merge(this.#queues(names), count);
  }

  #queues(names: readonly string[] | undefined): NameQueue[] {
    const chosen = names ?? [...this.#byName.keys()].filter((name) => !isRequest(name));
    return [...new Set(chosen)].flatMap((name) => this.#byName.get(name) ?? []);
  }
}

function merge(queues: readonly NameQueue[], count: number): WaitingMessage[] {
  const heads = queues.flatMap((queue) => queue.first(count));
  return heads.sort((a, b) => compareMessages(a.place, b.place)).slice(0, count);
}

/** Sorted; taken from the front without moving the rest. */
class NameQueue {
  #items: WaitingMessage[] = [];
  #start = 0;

  get size(): number {
    return this.#items.length - this.#start;
  }

  add(waiting: WaitingMessage): void {
    this.#items.splice(this.#find(waiting.place), 0, waiting);
  }

  delete(waiting: WaitingMessage): void {
    const index = this.#find(waiting.place);
    if (index !== this.#start) {
      this.#items.splice(index, 1);
      return;
    }
    this.#start++;
    if (this.#start < 1024 && this.#start < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  first(count: number): WaitingMessage[] {
    return this.#items.slice(this.#start, this.#start + count);
  }

  /** Index of the first item that does not come before `message`. */
  #find(place: MessagePlace): number {
    let low = this.#start;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle];
      if (item !== undefined && compareMessages(item.place, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
