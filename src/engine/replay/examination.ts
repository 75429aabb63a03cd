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
import { Fiber, Fibers } from "../execution/fibers.ts";
import { Gate } from "../execution/gate.ts";
import type { FailureOrigin, Undoable } from "../execution/origins.ts";
import { rollbackOf } from "../execution/pinned-steps.ts";
import type { PassServices } from "../execution/pass-services.ts";
import { Recorder } from "../execution/recorder.ts";
import type { Scope } from "../execution/scope.ts";
import { Waits } from "../execution/waits.ts";
import type { Place } from "../history/entries.ts";
import { foldHistory, type History } from "../history/history.ts";
import type { HistoryEvent } from "../history/events.ts";
import type { Location } from "../history/location.ts";
import { copyValue } from "../values.ts";
import { Assumptions } from "./assumptions.ts";
import { type Call, Calls } from "./call-sites.ts";
import { differenceInside, type Outcome } from "./compare-results.ts";
import type { Examination } from "./examination-services.ts";
import { ExaminedScope } from "./examined-scope.ts";
import type { ScopeLedger } from "./ledger.ts";
import type { Site } from "./report.ts";
import { namesBefore } from "./stands-after.ts";
import { SuppliedValues } from "./supplied-values.ts";
import { type Source, Whereabouts } from "./whereabouts.ts";

/** What was seen. */
export interface Seen {
  readonly history: History;
  readonly root: ScopeLedger;
  readonly assumptions: Assumptions;
  readonly supplied: SuppliedValues;
  readonly whereabouts: Whereabouts;
  /** How the workflow function ended over the history; undefined: it stands at the frontier or at a difference. */
  readonly end: Outcome | undefined;
  readonly calls: Calls;
  /** It was ended from outside: the code waits for something that is not the context's. */
  readonly isStuck: boolean;
  /** For what, if that is known; else the call after which it does. */
  readonly waitsFor: ForeignWait | undefined;
  readonly waitsAfter: Call | undefined;
  /** Steps whose rollback handler the code has, under their recorded name and at their recorded place. */
  readonly undoable: ReadonlySet<Place>;
  /** Finished loops and branches were walked through, whether or not a rollback would need it. */
  readonly isDeep: boolean;
  /** Whether an error comes from what is recorded. */
  readonly isRecordedError: (error: unknown) => boolean;
}

/** What the code waits for that is not the context's. */
export interface ForeignWait {
  /** Where it began to. */
  readonly site: Site;
  /** It was kept from happening: it would have changed something. */
  readonly isWithheld: boolean;
}

/** How to end a look from outside. */
export interface Look {
  /** How often the code has asked for something so far. */
  readonly asked: () => number;
  /** Where it stands now, outside of the context's calls: after a call of this name. The same in every run. */
  readonly standsAfter: () => string;
  /** It is over: the code waits for something else. @param waitsFor what, if that is known */
  readonly stop: (waitsFor?: ForeignWait) => void;
}

/** How to look. */
export interface ExamineOptions {
  /** Values to go on with past unrecorded entries, by formatted location. */
  readonly assume?: ReadonlyMap<string, { readonly value: unknown }> | undefined;
  /** Walk through finished loops and branches, too. */
  readonly deep?: boolean | undefined;
  /** The text of the code, where it is at hand: a name that is still called there is hardly renamed. */
  readonly source?: Source | undefined;
  /** Called before the workflow function is. */
  readonly onBegin?: ((look: Look) => void) | undefined;
}

interface Wanted {
  /** Numbers of the calls whose place in the source is needed. */
  readonly wanted?: ReadonlySet<number>;
  /** The fold of the events, where somebody made it already. It becomes the scratch copy of this look. */
  readonly folded?: History | undefined;
  /** Goes on past inserted steps as if they gave undefined. */
  readonly leavesOut?: boolean;
  /** Recorded locations, formatted, that nothing else is taken for, renamed or moved. */
  readonly spared?: ReadonlySet<string>;
}

/** Runs the workflow function over the events, up to where they end. */
export function examine(
  run: (ctx: WorkflowContext, input: never) => Promise<unknown>,
  events: readonly HistoryEvent[],
  options: ExamineOptions & Wanted,
): Promise<Seen> {
  return new Examiner(events, options).look(run);
}

class Examiner implements PassServices<Scope>, Examination {
  readonly workflowId = "replay-diff";
  readonly history: History;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly driver: EngineDriver = forgetfulDriver;
  readonly gate: Gate = new Gate("sealed");
  readonly waits: Waits;
  readonly options: RunWorkflowOptions = {};
  readonly origins: WeakMap<object, FailureOrigin> = new WeakMap<object, FailureOrigin>();
  readonly undoables: Undoable[] = [];
  readonly revisits: (place: Place) => boolean;
  readonly isDeep: boolean;
  readonly supplied: SuppliedValues;
  readonly whereabouts: Whereabouts;
  readonly assumptions: Assumptions = new Assumptions();
  readonly told: WeakSet<object> = new WeakSet<object>();
  readonly #beyond: number;
  readonly isComplete: boolean;
  readonly calls: Calls;
  readonly #onBegin: ((look: Look) => void) | undefined;
  readonly #fibers: Fibers;
  #over: () => void = () => undefined;

  constructor(events: readonly HistoryEvent[], options: ExamineOptions & Wanted) {
    const history = options.folded ?? foldHistory(events);
    this.history = history;
    this.#beyond = history.lastSeq + 1;
    this.isComplete = history.run.state === "completed";
    this.calls = new Calls(options.wanted ?? new Set());
    this.#onBegin = options.onBegin;
    this.clock = { now: () => history.lastAt, after: () => () => undefined, nextTurn: () => Promise.resolve() };
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
    this.supplied = new SuppliedValues(options.assume ?? new Map(), options.leavesOut === true, this.#beyond);
    this.whereabouts = new Whereabouts(options.source, history.root, options.spared ?? new Set());
    const isPinned = (place: Place): boolean => place.pins > 0 && rollbackOf(history) !== "none";
    this.isDeep = options.deep === true;
    this.revisits = (place) => isPinned(place) || (this.isDeep && this.isOriginal(place) && isWhole(place));
  }

  async look(run: (ctx: WorkflowContext, input: never) => Promise<unknown>): Promise<Seen> {
    const root = new ExaminedScope(this, this, this.#fibers.root, undefined, []);
    const idle = new Promise<void>((resolve) => {
      this.#over = resolve;
    });
    let end: Outcome | undefined;
    const execute = async (): Promise<void> => {
      try {
        end = { value: await run(this.contextOf(root), copyValue(this.history.run.created?.input) as never) };
      } catch (error) {
        end = { error };
      }
      root.end(end !== undefined && "error" in end ? { error: end.error } : undefined);
      root.fiber.to("parked");
    };
    let isStuck = false;
    let waitsFor: ForeignWait | undefined;
    let waitsAfter: Call | undefined;
    const stop = (known?: ForeignWait): void => {
      isStuck = true;
      waitsFor = known;
      waitsAfter = this.#lastOfRunning();
      this.#over();
    };
    const standsAfter = (): string => namesBefore(root.ledger, this.#lastOfRunning());
    this.#onBegin?.({ asked: () => this.calls.made, standsAfter, stop });
    void execute();
    await idle;
    this.#fibers.root.abort();
    this.#fibers.root.to("ended");
    return {
      history: this.history,
      root: root.ledger,
      assumptions: this.assumptions,
      supplied: this.supplied,
      whereabouts: this.whereabouts,
      end,
      calls: this.calls,
      isStuck,
      waitsFor,
      waitsAfter,
      undoable: new Set(this.undoables.map(({ place }) => place).filter((place) => this.assumptions.isItself(place))),
      isDeep: this.isDeep,
      isRecordedError: (error) => typeof error === "object" && error !== null && this.origins.has(error),
    };
  }

  /** The newest call of what neither stands at a call nor has ended. */
  #lastOfRunning(): Call | undefined {
    for (const [fiber, call] of this.calls.lastOf) if (fiber instanceof Fiber && fiber.state === "running") return call;
    return undefined;
  }

  isOriginal(place: Place): boolean {
    return place.firstSeq < this.#beyond;
  }

  fault(): void {
    this.#over();
  }

  report(): void {
    // A comparison reports to nobody.
  }

  /** A finished iteration or branch was walked through again. */
  revisited(scope: Scope, outcome: Outcome): void {
    if (!(scope instanceof ExaminedScope)) return;
    scope.end("error" in outcome ? outcome : undefined);
    const { place, call } = scope;
    const detail = place === undefined ? undefined : differenceInside(place, outcome);
    if (detail === undefined) return;
    const finding = { verdict: "result", location: scope.location, kind: "scope", detail } as const;
    scope.ledger.items.push(call === undefined ? finding : { ...finding, call });
  }

  contextOf(scope: Scope): WorkflowContext {
    return createContext(scope);
  }

  seedFor(location: Location, what: string): string {
    return JSON.stringify([this.history.run.created?.seed, location, what]);
  }

  pruned(): void {
    // The scratch history is thrown away.
  }
}

/** Whether all that was recorded in a finished iteration or branch is still there. */
function isWhole(place: Place): boolean {
  const owner = place.parent?.entry;
  if (owner?.kind === "loop") return typeof place.segment === "number" && owner.begun.has(place.segment);
  if (owner?.kind !== "join" && owner?.kind !== "race") return false;
  return owner.branches.get(String(place.segment))?.status !== "cancelled";
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
