/**
 * A pass: one execution of the workflow function over the history, up to its end, its wait, or its being closed. Owns
 * the parts that the primitives use; what its end means for the run is decided in `run.ts` and `outcome.ts`.
 *
 * Invariants:
 * 1. It ends once, with one {@link PassEnd}; after that nothing of it is recorded and none of its primitives settles.
 * 2. It ends only when no commit and no compaction is in flight and the inbox is at rest.
 */
import type {
  RollbackContext,
  RunWorkflowOptions,
  WorkflowContext,
  WorkflowError,
  WorkflowErrorEvent,
} from "../api.ts";
import type { Clock } from "../clock.ts";
import { createContext } from "../context.ts";
import type { EngineDriver } from "../driver.ts";
import { Fibers } from "../execution/fibers.ts";
import { Gate } from "../execution/gate.ts";
import type { FailureOrigin, Undoable } from "../execution/origins.ts";
import type { Recorder } from "../execution/recorder.ts";
import type { PassServices } from "../execution/pass-services.ts";
import { Scope } from "../execution/scope.ts";
import { Waits } from "../execution/waits.ts";
import type { Place } from "../history/entries.ts";
import type { History, WaitingFor } from "../history/history.ts";
import { liveEvents } from "../history/live.ts";
import { formatLocation, type Location } from "../history/location.ts";
import { workflowErrorOf } from "../primitives/workflow-error.ts";
import { copyValue, recordError } from "../values.ts";
import { Grace } from "./grace.ts";

/** How a pass ended. */
export type PassEnd =
  | { readonly kind: "returned"; readonly output: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  /** Nothing can go on before a time comes or a message arrives. */
  | { readonly kind: "waiting" }
  /** The code contradicts the history, or the disk failed. */
  | { readonly kind: "fault"; readonly error: unknown }
  /** It was told to stop, and did. */
  | { readonly kind: "drained" }
  | { readonly kind: "cancelled" }
  /** A rollback pass has found what can be undone. */
  | { readonly kind: "found"; readonly undoables: readonly Undoable[] };

/** What a pass is made of. */
export interface PassParts {
  readonly workflowId: string;
  readonly history: History;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly driver: EngineDriver;
  readonly options: RunWorkflowOptions;
  readonly onRequest: (name: string, body: unknown) => Promise<void>;
}

/** The driver is asked for a compaction when at least so many events describe nothing alive, and half of them all. */
const COMPACT_AT = 100;

/** How long what runs may go on after an eviction, a rollback handler also after a cancel, unless the options say, ms. */
export const DEFAULT_GRACE = 5_000;

/** So many finished iterations that cannot be pruned are worth a warning. */
const PINNED_WARNING = 1_000;

/** One execution. */
export class Pass implements PassServices<Scope> {
  readonly workflowId: string;
  readonly history: History;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly driver: EngineDriver;
  readonly options: RunWorkflowOptions;
  readonly gate: Gate;
  readonly waits: Waits;
  readonly origins: WeakMap<object, FailureOrigin> = new WeakMap<object, FailureOrigin>();
  readonly undoables: Undoable[] | undefined;
  readonly revisits: ((place: Place) => boolean) | undefined;
  /** How it ended. */
  readonly ended: Promise<PassEnd>;
  /** How long what runs may go on once the pass was told to stop; in a rollback pass the handlers, too. */
  readonly grace: Grace;
  readonly #fibers: Fibers;
  #resolve: (end: PassEnd) => void = () => undefined;
  #closed = false;
  /** The compaction in flight; it never rejects. */
  #compacting: Promise<void> | undefined;
  #warned = false;
  #waitingFor: WaitingFor = {};

  /** @param purpose `rollback`: replay only, to find what can be undone */
  constructor(parts: PassParts, purpose: "forward" | "rollback") {
    this.workflowId = parts.workflowId;
    this.history = parts.history;
    this.recorder = parts.recorder;
    this.clock = parts.clock;
    this.driver = parts.driver;
    this.options = parts.options;
    this.undoables = purpose === "rollback" ? [] : undefined;
    this.revisits = purpose === "rollback" ? (place) => place.pins > 0 : undefined;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.grace = new Grace(parts.clock);
    void this.grace.over.then(() => this.close({ kind: "drained" }));
    this.#fibers = new Fibers(() => this.#onIdle());
    const { children, sent } = parts.history.root;
    const isFresh = children === undefined && sent === undefined;
    this.gate = new Gate(purpose === "rollback" ? "sealed" : isFresh ? "open" : "closed");
    this.waits = new Waits({
      ...parts,
      fibers: this.#fibers,
      onError: (error) => this.fault(error),
    });
    if (this.options.check === true) this.recorder.onCommitted = () => this.drain(undefined);
  }

  /** Runs the workflow function. */
  start(run: (ctx: WorkflowContext, input: never) => Promise<unknown>, input: unknown): void {
    const root = new Scope(this, this.#fibers.root, undefined, []);
    if (this.gate.isOpen) this.#goLive();
    this.#execute(root, () => run(createContext(root), copyValue(input) as never)).catch((error) => this.fault(error));
  }

  /**
   * Tells the workflow to stop: parked fibers end at once, running ones at their next primitive.
   * @param grace how long to wait for running ones, ms; undefined: as long as they take, and without firing signals
   */
  drain(grace: number | undefined): void {
    if (this.#closed) return this.#stopUndoing(grace);
    this.#fibers.draining = true;
    if (grace !== undefined) {
      this.#fibers.root.abort();
      this.grace.limit(grace);
    }
    this.#fibers.root.endParked();
    this.#fibers.recheck();
  }

  /** Ends the pass (invariants 1 and 2); a rollback pass that has ended is told to stop undoing. */
  close(end: PassEnd): void {
    const isCancelled = end.kind === "cancelled";
    if (this.#closed) return this.#stopUndoing(isCancelled ? (this.options.evictGrace ?? DEFAULT_GRACE) : undefined);
    this.#closed = true;
    if (end.kind !== "returned" && end.kind !== "threw" && end.kind !== "found") this.#fibers.root.abort();
    if (end.kind !== "found") {
      this.#fibers.root.to("ended");
      this.grace.close();
    }
    void Promise.all([this.waits.close(), this.recorder.whenQuiet(), this.#compacting]).then(() => this.#resolve(end));
  }

  /** @param grace how long the running handler may still take, ms; undefined: as long as it takes */
  #stopUndoing(grace: number | undefined): void {
    this.#fibers.root.abort();
    if (grace !== undefined) this.grace.limit(grace);
  }

  fault(error: unknown): void {
    this.close({ kind: "fault", error });
  }

  report(event: WorkflowErrorEvent): void {
    const { onError } = this.options;
    if (onError === undefined) return;
    void Promise.resolve(event)
      .then(onError)
      .catch(() => undefined);
  }

  /** An error as `onError` is told of it. */
  describe(error: unknown): WorkflowError {
    return workflowErrorOf(recordError(error));
  }

  /** What the parked fibers wait for. */
  waitingFor(): WaitingFor {
    return this.#waitingFor;
  }

  /** What rollback handlers are given. */
  rollbackContext(): RollbackContext {
    const { root } = this.#fibers;
    return {
      workflowId: this.workflowId,
      get abortSignal() {
        return root.signal;
      },
      isEvicted: () => root.aborted,
    };
  }

  contextOf(scope: Scope): WorkflowContext {
    return createContext(scope);
  }

  seedFor(location: Location, what: string): string {
    return JSON.stringify([this.history.run.created?.seed, location, what]);
  }

  pruned(loop: Location, pinned: number): void {
    const { history, driver } = this;
    if (pinned >= PINNED_WARNING && !this.#warned) {
      this.#warned = true;
      const where = formatLocation(loop);
      this.options.logger?.warn(`loop "${where}" keeps ${pinned} finished iterations, since rollback needs them`);
    }
    if (driver.compact === undefined || this.#compacting !== undefined) return;
    if (history.dead < COMPACT_AT || history.dead < history.total / 2) return;
    this.#compacting = this.#compact(driver.compact.bind(driver));
  }

  async #compact(compact: NonNullable<EngineDriver["compact"]>): Promise<void> {
    let live = 0;
    try {
      const isDone: unknown = await compact((events) => {
        const kept = liveEvents(events);
        live = kept.length;
        return kept;
      });
      // A driver in plain JavaScript may say nothing.
      if (isDone !== false) this.history.compacted(live);
    } catch (error) {
      this.fault(error);
    } finally {
      this.#compacting = undefined;
    }
  }

  async #execute(root: Scope, run: () => Promise<unknown>): Promise<void> {
    let end: PassEnd;
    try {
      end = { kind: "returned", output: copyValue(await run(), "the workflow's output") };
    } catch (error) {
      end = { kind: "threw", error };
    }
    if (this.undoables !== undefined) {
      root.fiber.to("parked");
      return;
    }
    if (!root.end(end.kind === "threw" ? { error: end.error } : undefined)) return;
    if (!this.gate.isOpen) await root.gate(undefined, "the end of the workflow");
    this.close(end);
  }

  #onIdle(): void {
    if (this.#closed) return;
    if (this.#fibers.draining) return this.close({ kind: "drained" });
    if (this.undoables !== undefined) return this.close({ kind: "found", undoables: this.undoables });
    if (!this.gate.isOpen && !this.#waitsAhead()) return;
    if (this.options.mode === "live") return;
    const { earliest } = this.waits;
    const short = earliest !== undefined && earliest - this.clock.now() <= this.driver.workerPollInterval;
    if (short) return;
    this.#waitingFor = this.waits.waitingFor();
    this.close({ kind: "waiting" });
  }

  /** Tries to open the gate. True: it stays closed, since what `removed` licensed has to wait. */
  #waitsAhead(): boolean {
    const divergence = this.gate.tryOpen();
    if (divergence !== undefined) {
      this.fault(divergence);
      return false;
    }
    if (!this.gate.isOpen && this.waits.enabled) return true;
    if (this.gate.isOpen) {
      this.#goLive();
      this.gate.letThrough();
    } else {
      this.waits.enable();
    }
    this.#fibers.recheck();
    return false;
  }

  #goLive(): void {
    try {
      this.recorder.release();
    } catch (error) {
      this.fault(error);
    }
    this.waits.enable();
  }
}
