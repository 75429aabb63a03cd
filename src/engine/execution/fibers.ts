/**
 * Who is running and who is parked. A fiber is a scope that runs on its own: the root, and each unfinished branch of a
 * join or race. Owns the one count that says whether the run waits, and the signals that tell a fiber to stop.
 * What a parked fiber waits for is its neighbours' business (gate, waits, branches).
 *
 * Invariants:
 * 1. `running` counts the fibers whose user code or step body executes or whose commit is in flight, plus the holds
 *    that the engine itself takes. The run is waiting exactly when it is 0.
 * 2. `Fiber.to` is the only door between states. An ended fiber never runs again.
 * 3. What happens to a fiber's signal or end happens to all fibers below it.
 */

/** `parked`: at the gate or in a wait. `joining`: waiting for its own branches. */
type FiberState = "running" | "parked" | "joining" | "ended";

/** A promise that stays pending: what a closed or parked primitive gives to user code. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** All fibers of one pass. */
export class Fibers {
  #running = 0;
  #checking = false;
  readonly #onIdle: () => void;
  /** Running fibers end at their next primitive, parked ones have ended: the pass is being evicted. */
  draining = false;
  readonly root: Fiber;

  /** @param onIdle called whenever nothing runs any more; not before the current turn's user code has had its say */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
    this.root = new Fiber(this, undefined);
  }

  /** Whether nothing runs. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /** Counts the engine's own work as running until the returned function is called. */
  hold(): () => void {
    this.count(1);
    let held = true;
    return () => {
      if (held) this.count(-1);
      held = false;
    };
  }

  /** For {@link Fiber} only. */
  count(by: 1 | -1): void {
    this.#running += by;
    this.recheck();
  }

  /** Looks again whether nothing runs, though the count has not changed. */
  recheck(): void {
    if (this.#running > 0 || this.#checking) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      if (this.#running === 0) this.#onIdle();
    });
  }
}

/** One fiber. */
export class Fiber {
  #state: FiberState = "running";
  #controller: AbortController | undefined;
  #aborted = false;
  readonly #fibers: Fibers;
  readonly #parent: Fiber | undefined;
  /** Most fibers have nothing below them and nobody to tell: the sets are made when they are needed. */
  #below: Set<Fiber> | undefined;
  #stoppers: Set<() => void> | undefined;
  #enders: Set<() => void> | undefined;
  #onceMoved: (() => void) | undefined;
  /** The outermost fiber that waits for a race of which this one is a part; undefined: no race. */
  readonly race: Fiber | undefined;

  constructor(fibers: Fibers, parent: Fiber | undefined, races = false) {
    this.#fibers = fibers;
    this.#parent = parent;
    this.race = parent?.race ?? (races ? parent : undefined);
    this.#aborted = parent?.aborted ?? false;
    fibers.count(1);
  }

  get state(): FiberState {
    return this.#state;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get draining(): boolean {
    return this.#fibers.draining;
  }

  /** Fires when this fiber is told to stop. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** A fiber of its own below this one; it runs at once. @param races against its siblings */
  branch(races = false): Fiber {
    const fiber = new Fiber(this.#fibers, this, races);
    this.#below ??= new Set();
    this.#below.add(fiber);
    return fiber;
  }

  /** A fiber of its own below the root: it outlives this one. */
  detached(): Fiber {
    return this.#fibers.root.branch();
  }

  /** The one door between states. Ending a fiber ends all below it. */
  to(state: FiberState): void {
    if (this.#state === "ended" || this.#state === state) return;
    const wasRunning = this.#state === "running";
    this.#state = state;
    this.moved();
    if (state === "ended") {
      for (const fiber of this.#below ?? []) fiber.to("ended");
      this.#below = undefined;
      this.#parent?.forget(this);
      for (const end of this.#enders ?? []) end();
      this.#enders = undefined;
    }
    if (wasRunning) this.#fibers.count(-1);
    else if (state === "running") this.#fibers.count(1);
  }

  /** Calls `then` once this fiber has come to its next primitive, its next wait or its end. */
  onceMoved(then: () => void): void {
    this.#onceMoved = then;
  }

  /** It has come to a primitive. */
  moved(): void {
    const then = this.#onceMoved;
    this.#onceMoved = undefined;
    then?.();
  }

  forget(fiber: Fiber): void {
    if (!this.ended) this.#below?.delete(fiber);
  }

  /** Fires the signal here and below. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort();
    for (const stop of this.#stoppers ?? []) stop();
    this.#stoppers = undefined;
    for (const fiber of this.#below ?? []) fiber.abort();
  }

  /** Calls `stop` when the signal fires. @returns takes it back */
  onAbort(stop: () => void): () => void {
    this.#stoppers ??= new Set();
    this.#stoppers.add(stop);
    return () => this.#stoppers?.delete(stop);
  }

  /** Calls `end` when this fiber ends, at once when it has. @returns takes it back */
  onEnd(end: () => void): () => void {
    if (this.ended) end();
    this.#enders ??= new Set();
    this.#enders.add(end);
    return () => this.#enders?.delete(end);
  }

  /** Ends every parked fiber here and below; running ones will end at their next primitive. */
  endParked(): void {
    for (const fiber of this.#below ?? []) fiber.endParked();
    if (this.#state === "parked" || (this.#state === "joining" && !this.#below?.size)) this.to("ended");
  }
}
