/** A heap of deadlines: the earliest at the top, any of them removable. */

/** Something that is due at a time, ms since 1970. `slot` belongs to the heap. */
export interface Deadline {
  readonly until: number;
  /** Breaks ties: what was parked first is due first. */
  readonly order: number;
  slot: number;
}

/** Adding and removing cost the logarithm of its size. */
export class Deadlines<D extends Deadline> {
  readonly #heap: D[] = [];

  /** The earliest one. */
  get first(): D | undefined {
    return this.#heap[0];
  }

  add(deadline: D): void {
    this.#heap.push(deadline);
    this.#up(deadline, this.#heap.length - 1);
  }

  delete(deadline: D): void {
    const slot = deadline.slot;
    if (this.#heap[slot] !== deadline) return;
    const last = this.#heap.pop();
    deadline.slot = -1;
    if (last === undefined || last === deadline) return;
    this.#up(last, slot);
    this.#down(last, last.slot);
  }

  #up(deadline: D, from: number): void {
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !before(deadline, parent)) break;
      this.#put(parent, slot);
      slot = above;
    }
    this.#put(deadline, slot);
  }

  #down(deadline: D, from: number): void {
    let slot = from;
    for (;;) {
      const left = this.#heap[2 * slot + 1];
      const right = this.#heap[2 * slot + 2];
      const least = left !== undefined && right !== undefined && before(right, left) ? right : left;
      if (least === undefined || !before(least, deadline)) break;
      const below = least.slot;
      this.#put(least, slot);
      slot = below;
    }
    this.#put(deadline, slot);
  }

  #put(deadline: D, slot: number): void {
    this.#heap[slot] = deadline;
    deadline.slot = slot;
  }
}

function before(a: Deadline, b: Deadline): boolean {
  return a.until < b.until || (a.until === b.until && a.order < b.order);
}
