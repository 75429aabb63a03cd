/**
 * The names that the code has asked for in one scope, held against the children that are recorded there.
 *
 * Invariants:
 * 1. A name is given its recorded child once.
 * 2. Code that asks in the recorded order is answered by walking along the children, without looking any name up or
 *    noting it: they are kept in the order of `firstSeq`. `#others` has the names that were asked for otherwise.
 */
import type { Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";

/** What may be asked for by name: an entry, or a try block, which has no event of its own. */
export type Asked = EntryKind | "try";

/** The names asked for in one scope. */
export class AskedNames {
  readonly #children: Place["children"];
  readonly #inOrder: Iterator<Place> | undefined;
  #next: Place | undefined;
  /** `firstSeq` of the last child that was asked for in its order. */
  #passed = -1;
  #others: Set<string> | undefined;
  /** Recorded children that the code has not asked for; who gives one out counts it. */
  unasked: number;

  /** @param children what is recorded in the scope; undefined: nothing yet */
  constructor(children: Place["children"]) {
    this.#children = children;
    this.#inOrder = children?.values();
    this.unasked = children?.size ?? 0;
    this.#goOn();
  }

  /**
   * Notes that a name is asked for, and gives what is recorded for it. `again`: it was asked for before.
   * @throws TypeError when it is none, as JavaScript may give it
   */
  ask(name: string): Place | undefined | "again" {
    const next = this.#next;
    if (next !== undefined && next.segment === name) {
      this.#passed = next.firstSeq;
      this.#goOn();
      return next;
    }
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`a name must be a string that is not empty, not ${JSON.stringify(name) ?? typeof name}`);
    }
    const child = this.#children?.get(name);
    if (this.#isAsked(name, child)) return "again";
    this.#others ??= new Set();
    this.#others.add(name);
    return child;
  }

  has(name: string): boolean {
    return this.#isAsked(name, this.#children?.get(name));
  }

  #isAsked(name: string, child: Place | undefined): boolean {
    return (child !== undefined && child.firstSeq <= this.#passed) || this.#others?.has(name) === true;
  }

  #goOn(): void {
    do this.#next = this.#inOrder?.next().value as Place | undefined;
    while (this.#next !== undefined && this.#others?.has(String(this.#next.segment)) === true);
  }
}

/** Whether a place may answer this: scopes have places of entries and, for try blocks, places that only hold others. */
export function matches(asked: Asked, place: Place): boolean {
  if (asked === "try") return place.entry === undefined;
  return place.entry?.kind === asked || (place.entry === undefined && place.children === undefined);
}
