// The world outside the run, with the books of what was promised: what the oracle knows. Every fact is kept with the
// number of the operation that had been done by then, so that the world as it was at any crash can be had again.
//
// Invariants:
// 1. A fact is noted in the tick in which a person or program outside could first have known it.
// 2. `violations` are sentences; one is enough to condemn the store.

import { inspect, isDeepStrictEqual } from "node:util";

interface Fact {
  /** Lives before this one. */
  readonly life: number;
  readonly operation: number;
  readonly kind: "acknowledged" | "sent" | "received";
  readonly key: string;
  readonly value: unknown;
}

export class World {
  readonly facts: Fact[];
  readonly violations: string[] = [];
  readonly #known = new Map<string, unknown>();
  /** Which place received a message. */
  readonly #takers = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  /** How often each step's body ran in this life. */
  readonly #runs = new Map<string, number>();
  /** How many operations the disk has seen. */
  operations: () => number = () => 0;
  /** A round of the workflow's loop is over. */
  onRound: (round: number) => void = () => undefined;
  /** What a dead process does is not done. */
  isDead: () => boolean = () => false;

  readonly #life: number;

  constructor(facts: readonly Fact[] = []) {
    this.facts = [...facts];
    this.#life = Math.max(-1, ...facts.map(({ life }) => life)) + 1;
    for (const { key, value } of facts) this.#learn(key, value);
  }

  /** The world as it was when so many operations of this life had been done. */
  at(operations: number): World {
    return new World(this.facts.filter(({ life, operation }) => life < this.#life || operation <= operations));
  }

  #learn(key: string, value: unknown): void {
    this.#known.set(key, value);
    if (key.startsWith("message ") && Array.isArray(value)) this.#takers.set(String(value[0]), key);
    if (key.startsWith("step ") && Array.isArray(value)) this.#keys.set(key.slice("step ".length), String(value[1]));
  }

  knows(key: string): boolean {
    return this.#known.has(key);
  }

  /** What people were told was set aside. */
  setAside(): string[] {
    return [...this.#known.keys()].flatMap((key) => (key.startsWith("aside ") ? [key.slice("aside ".length)] : []));
  }

  /** A step's body runs. */
  ran(at: string, idempotencyKey: string): void {
    if (this.isDead()) return;
    if (this.#known.has(`step ${at}`)) this.violations.push(`step ${at} ran again after it was acknowledged`);
    const before = this.#keys.get(at);
    if (before !== undefined && before !== idempotencyKey)
      this.violations.push(`step ${at} has another idempotency key`);
    this.#runs.set(at, (this.#runs.get(at) ?? 0) + 1);
  }

  /** The workflow went on past this with this value, or an outsider was told so. */
  acknowledged(key: string, value: unknown): void {
    if (key.startsWith("message ") && Array.isArray(value)) this.#once(String(value[0]), key);
    this.#note("acknowledged", key, value);
  }

  /** A sender was told that its message is there. */
  sent(id: string, key: string): void {
    this.#note("sent", key, id);
  }

  /** Messages that were drained at the end. */
  received(messages: readonly { id: string; body: unknown }[]): void {
    if (this.isDead()) return;
    this.#note("received", "notes", messages);
    const ids = messages.map(({ id }) => id);
    for (const fact of this.facts) {
      if (fact.kind !== "sent" || !fact.key.startsWith("note ")) continue;
      const count = ids.filter((id) => id === fact.value).length;
      if (count !== 1) this.violations.push(`message ${fact.key} was sent and received ${count} times`);
    }
    const bodies = messages.map(({ body }) => body as string);
    if (!isDeepStrictEqual(bodies, [...bodies].sort())) this.violations.push(`notes out of order: ${bodies.join()}`);
  }

  #once(id: string, key: string): void {
    const taker = this.#takers.get(id);
    if (taker !== undefined && taker !== key) this.violations.push(`message ${id} went to ${taker} and ${key}`);
    this.#takers.set(id, key);
  }

  #note(kind: Fact["kind"], key: string, value: unknown): void {
    if (this.isDead()) return;
    if (this.#known.has(key)) {
      const before = this.#known.get(key);
      if (!isDeepStrictEqual(before, value))
        this.violations.push(`${key} was ${short(before)} and became ${short(value)}`);
      return;
    }
    this.#learn(key, value);
    this.facts.push({ life: this.#life, operation: this.operations(), kind, key, value });
  }
}

function short(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: Infinity }).slice(0, 120);
}
