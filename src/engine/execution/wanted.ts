/**
 * Which parked wait wants which message: an index by message name, in the order in which the waits were parked.
 *
 * Invariants:
 * 1. A wait is in the index exactly while it can take another message.
 * 2. No call goes through all waits; only a change in the set of names rebuilds the list of names.
 */
import type { Message } from "../driver.ts";
import type { Wait } from "./wait.ts";

/** The waits that take messages. */
export class Wanted {
  readonly #byName: Map<string, Set<Wait>> = new Map<string, Set<Wait>>();
  readonly #any: Set<Wait> = new Set<Wait>();
  readonly #indexed: Set<Wait> = new Set<Wait>();
  #names: readonly string[] | undefined;
  #missing = 0;

  /** How many messages could be taken now. */
  get missing(): number {
    return this.#missing;
  }

  /** All names wanted; undefined when some wait takes any. */
  get names(): readonly string[] | undefined {
    if (this.#any.size > 0) return undefined;
    this.#names ??= [...this.#byName.keys()];
    return this.#names;
  }

  add(wait: Wait): void {
    this.#missing += countOf(wait);
    this.#indexed.add(wait);
    if (wait.request.names === undefined) this.#any.add(wait);
    for (const name of wait.request.names ?? []) {
      const others = this.#byName.get(name);
      if (others !== undefined) {
        others.add(wait);
      } else {
        this.#byName.set(name, new Set([wait]));
        this.#names = undefined;
      }
    }
  }

  /** Forgets a wait; what it has taken stays with it. */
  delete(wait: Wait): void {
    if (!this.#indexed.delete(wait)) return;
    this.#missing -= countOf(wait) - wait.taken.length;
    this.#any.delete(wait);
    for (const name of wait.request.names ?? []) {
      const others = this.#byName.get(name);
      others?.delete(wait);
      if (others?.size === 0) {
        this.#byName.delete(name);
        this.#names = undefined;
      }
    }
  }

  /** Gives a message to the wait that was parked first among those that want it and were not due before it was sent. */
  give(message: Message): Wait | undefined {
    const named = firstOf(this.#byName.get(message.name), message);
    const any = firstOf(this.#any, message);
    const wait = named === undefined || (any !== undefined && any.order < named.order) ? any : named;
    if (wait === undefined) return undefined;
    wait.taken.push(message);
    this.#missing--;
    if (wait.taken.length === countOf(wait)) this.delete(wait);
    return wait;
  }
}

function firstOf(waits: Set<Wait> | undefined, message: Message): Wait | undefined {
  for (const wait of waits ?? []) if (message.sentAt <= wait.until) return wait;
  return undefined;
}

function countOf(wait: Wait): number {
  return wait.request.count ?? 0;
}
