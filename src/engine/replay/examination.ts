/**
 * Replay-only: one pass of the workflow function over a recorded history that compares and changes nothing. It gives
 * the primitives the same services as a real pass, but nothing opens its gate, and its driver forgets.
 *
 * Invariants:
 * 1. No body runs, nothing is written, no timer is set; what is added to the history is this pass's own scratch copy.
 * 2. It is over when nothing runs any more.
 */
import type { RunWorkflowOptions, WorkflowContext } from "../api.ts";
import type { Clock } from "../clock.ts";
import { createContext } from "../context.ts";
import type { EngineDriver } from "../driver.ts";
import { Fibers } from "../execution/fibers.ts";
import { Gate } from "../execution/gate.ts";
import type { FailureOrigin } from "../execution/origins.ts";
import type { PassServices } from "../execution/pass-services.ts";
import { Recorder } from "../execution/recorder.ts";
import type { Scope } from "../execution/scope.ts";
import { Waits } from "../execution/waits.ts";
import type { Place } from "../history/entries.ts";
import { foldHistory, type History } from "../history/history.ts";
import type { HistoryEvent } from "../history/events.ts";
import type { Location } from "../history/location.ts";
import { copyValue } from "../values.ts";
import { withCallSites } from "./call-sites.ts";
import type { Examination } from "./examination-services.ts";
import { ExaminedScope } from "./examined-scope.ts";
import type { ScopeLedger } from "./ledger.ts";

/** How the workflow function ended over the history; undefined: it did not, it stands at the frontier or a difference. */
export type End = { readonly output: unknown } | { readonly error: unknown } | undefined;

/** What was seen. */
export interface Seen {
  readonly history: History;
  readonly root: ScopeLedger;
  readonly end: End;
}

/** How to look. */
export interface ExamineOptions {
  /** Values to go on with past unrecorded entries, by formatted location. */
  readonly assume?: ReadonlyMap<string, { readonly value: unknown }> | undefined;
  /** Walk through finished loops and branches, too. */
  readonly deep?: boolean | undefined;
}

/** Runs the workflow function over the events, up to where they end. */
export function examine(
  run: (ctx: WorkflowContext, input: never) => Promise<unknown>,
  events: readonly HistoryEvent[],
  options: ExamineOptions,
): Promise<Seen> {
  return new Examiner(events, options).look(run);
}

class Examiner implements PassServices<Scope>, Examination {
  readonly workflowId = "replay-diff";
  readonly history: History;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly driver: EngineDriver = forgetfulDriver;
  readonly gate: Gate = new Gate(false);
  readonly waits: Waits;
  readonly options: RunWorkflowOptions = {};
  readonly origins: WeakMap<object, FailureOrigin> = new WeakMap<object, FailureOrigin>();
  readonly undoables: undefined = undefined;
  readonly revisits: ((place: Place) => boolean) | undefined;
  readonly assumed: ReadonlyMap<string, { readonly value: unknown }>;
  call: Error | undefined;
  readonly #recordedSeq: number;
  readonly #fibers: Fibers;
  #over: () => void = () => undefined;

  constructor(events: readonly HistoryEvent[], options: ExamineOptions) {
    const history = foldHistory(events);
    this.history = history;
    this.#recordedSeq = history.lastSeq;
    this.clock = { now: () => history.lastAt, after: () => () => undefined };
    this.recorder = new Recorder({ history, driver: this.driver, clock: this.clock, onEvent: undefined });
    this.#fibers = new Fibers(() => this.#over());
    this.waits = new Waits({
      clock: this.clock,
      driver: this.driver,
      history,
      fibers: this.#fibers,
      onRequest: () => Promise.resolve(),
      onError: () => undefined,
    });
    this.assumed = options.assume ?? new Map();
    this.revisits = options.deep === true ? (place) => this.isOriginal(place) : undefined;
  }

  async look(run: (ctx: WorkflowContext, input: never) => Promise<unknown>): Promise<Seen> {
    const root = new ExaminedScope(this, this, this.#fibers.root, undefined, []);
    const idle = new Promise<void>((resolve) => {
      this.#over = resolve;
    });
    let end: End;
    const execute = async (): Promise<void> => {
      try {
        end = { output: await run(this.contextOf(root), copyValue(this.history.run.created?.input) as never) };
      } catch (error) {
        end = { error };
      }
      root.end(end !== undefined && "error" in end ? { error: end.error } : undefined);
      root.fiber.to("parked");
    };
    void execute();
    await idle;
    this.#fibers.root.abort();
    this.#fibers.root.to("ended");
    return { history: this.history, root: root.ledger, end };
  }

  isOriginal(place: Place): boolean {
    return place.firstSeq <= this.#recordedSeq;
  }

  fault(): void {
    this.#over();
  }

  report(): void {
    // A comparison reports to nobody.
  }

  contextOf(scope: Scope): WorkflowContext {
    return withCallSites(createContext(scope), (call) => {
      this.call = call;
    });
  }

  seedFor(location: Location, what: string): string {
    return JSON.stringify([this.history.run.created?.seed, location, what]);
  }

  pruned(): void {
    // The scratch history is thrown away.
  }
}

const nothing = (): Promise<void> => Promise.resolve();

/** Takes everything and keeps nothing. */
const forgetfulDriver: EngineDriver = {
  load: () => Promise.resolve([]),
  append: () => undefined,
  commit: nothing,
  inbox: { add: nothing, peek: () => Promise.resolve([]), remove: nothing, respond: nothing, wait: nothing },
  setAlarm: nothing,
  clearAlarm: nothing,
  workerPollInterval: 0,
};
