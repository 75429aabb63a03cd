/**
 * The types that users see: the context, the options of each primitive, the run's handle. The primitives and their
 * names are those of the Rivet workflow engine; what is ours on top says so.
 */
import type { AnyMessages, TypedQueue, WorkflowQueue } from "./api-queue.ts";
import type { Clock } from "./clock.ts";
import type { EntryKind, HistoryEvent } from "./history/events.ts";
import type { RunState } from "./history/history.ts";
import type { Location } from "./history/location.ts";

/** What a step's body is given (ours on top: on Rivet it is called without an argument). */
export interface StepArgument {
  /** 1 for the first attempt; attempts that ended with their process count, too. */
  readonly attempt: number;
  /** Fires when the step times out, its branch loses a race, or the run is evicted or cancelled. */
  readonly signal: AbortSignal;
  /** The same for every attempt and every replay of this step; no other step or run has it. */
  readonly idempotencyKey: string;
}

/** What a rollback handler is given besides the step's output. */
export interface RollbackContext {
  readonly workflowId: string;
  readonly abortSignal: AbortSignal;
  isEvicted(): boolean;
}

/** A step with its options. */
export interface StepConfig<T> {
  /** Unique in its scope. */
  name: string;
  run: (step: StepArgument) => Promise<T> | T;
  /** Undoes the step when the run fails for good. Needs a `rollbackCheckpoint` before the step. */
  rollback?: (ctx: RollbackContext, output: T) => Promise<void> | void;
  /** Retries after the first attempt. Default 3. */
  maxRetries?: number;
  /** Attempt n failed: wait `min(retryBackoffMax, retryBackoffBase · 2ⁿ)` ms. Default 100. */
  retryBackoffBase?: number;
  /** Longest wait between attempts, ms. Default 30 000. */
  retryBackoffMax?: number;
  /** Longest time for one attempt, ms; 0: none. Default 30 000. A timeout is critical unless `retryOnTimeout`. */
  timeout?: number;
  /** Default false. */
  retryOnTimeout?: boolean;
  /** The result may become durable with the next durable one; for cheap, repeatable work. Default false. */
  ephemeral?: boolean;
}

/** Kinds of terminal failures of a step. */
export type TryStepCatchKind = "critical" | "timeout" | "exhausted" | "rollback";

/** A step whose terminal failures come back as a value. */
export interface TryStepConfig<T> extends StepConfig<T> {
  /** Default `critical`, `timeout`, `exhausted`. */
  catch?: readonly TryStepCatchKind[];
}

/** An error as plain data. */
export interface WorkflowError {
  name: string;
  message: string;
  stack?: string;
  /** The error's own fields. */
  metadata?: Record<string, unknown>;
}

/** How a step failed for good. */
export interface TryStepFailure {
  kind: TryStepCatchKind;
  stepName: string;
  attempts: number;
  error: WorkflowError;
}

/** What `tryStep` answers. */
export type TryStepResult<T> = { ok: true; value: T } | { ok: false; failure: TryStepFailure };

/** What a try block may catch. */
export type TryBlockCatchKind = "step" | "join" | "race" | "rollback";

/** A try block with its options. */
export interface TryBlockConfig<T, M = AnyMessages> {
  name: string;
  run: (ctx: WorkflowContext<M>) => Promise<T>;
  /** Default `step`, `join`, `race`. */
  catch?: readonly TryBlockCatchKind[];
}

/** What failed inside a try block. */
export interface TryBlockFailure {
  source: "step" | "join" | "race" | "block";
  name: string;
  error: WorkflowError;
  /** Present when `source` is `step`. */
  step?: TryStepFailure;
}

/** What `try` answers. */
export type TryBlockResult<T> = { ok: true; value: T } | { ok: false; failure: TryBlockFailure };

/** What a loop iteration returns: made by `Loop.continue` and `Loop.break`. */
export type LoopResult<S, T> = { continue: true; state: S } | { break: true; value: T };

/** A loop's iteration returns this; one without state may return nothing, which means "go on". */
export type LoopIterationResult<S, T> = Promise<LoopResult<S, T> | (S extends undefined ? undefined | void : never)>;

/** A loop with its options. */
export interface LoopConfig<S, T, M = AnyMessages> {
  name: string;
  state?: S;
  run: (ctx: WorkflowContext<M>, state: S) => LoopIterationResult<S, T>;
  /** Finished iterations are pruned from the history every so many iterations. Default 20. */
  historyPruneInterval?: number;
  /** Finished iterations that stay in the history. Default `historyPruneInterval`. */
  historySize?: number;
}

/** A branch of a join. */
export interface JoinBranch<T, M = AnyMessages> {
  run: (ctx: WorkflowContext<M>) => Promise<T>;
}

/** A branch of a race. */
export interface RaceBranch<T, M = AnyMessages> {
  name: string;
  run: (ctx: WorkflowContext<M>) => Promise<T>;
}

type Output<B> = B extends { run: (...args: never[]) => infer R } ? Awaited<R> : never;

/** What a race answers: the winner's name and value. */
export type RaceResult<B extends readonly { name: string }[]> = {
  [I in keyof B]: { winner: B[I]["name"]; value: Output<B[I]> };
}[number];

/** Writes to the run's log, except while replaying: each line once (ours on top). */
export interface WorkflowLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What a workflow function is given: the primitives, bound to a scope. */
export interface WorkflowContext<M = AnyMessages> {
  readonly workflowId: string;
  /** Fires when the run is evicted or cancelled, or this branch lost its race. */
  readonly abortSignal: AbortSignal;
  readonly queue: string extends keyof M ? WorkflowQueue : TypedQueue<M>;
  /** Runs `run` once and for all: its recorded output answers from then on. */
  step<T>(name: string, run: (step: StepArgument) => Promise<T> | T): Promise<T>;
  step<T>(config: StepConfig<T>): Promise<T>;
  /** As `step`, but a terminal failure comes back as a value. */
  tryStep<T>(name: string, run: (step: StepArgument) => Promise<T> | T): Promise<TryStepResult<T>>;
  tryStep<T>(config: TryStepConfig<T>): Promise<TryStepResult<T>>;
  /** A scope in which a terminal failure of a step, join or race comes back as a value. */
  try<T>(name: string, run: (ctx: WorkflowContext<M>) => Promise<T>): Promise<TryBlockResult<T>>;
  try<T>(config: TryBlockConfig<T, M>): Promise<TryBlockResult<T>>;
  /** Repeats `run`, each iteration a scope of its own, until it returns `Loop.break(value)`. */
  loop<T>(name: string, run: (ctx: WorkflowContext<M>) => LoopIterationResult<undefined, T>): Promise<T>;
  loop<S, T>(config: LoopConfig<S, T, M>): Promise<T>;
  /** Waits for `ms` milliseconds of wall-clock time. */
  sleep(name: string, ms: number): Promise<void>;
  /** Waits until a time, in ms since 1970. */
  sleepUntil(name: string, timestampMs: number): Promise<void>;
  /** Runs all branches at once and waits for all. Throws {@link JoinError} when some failed. */
  join<B extends Record<string, JoinBranch<unknown, M>>>(
    name: string,
    branches: B,
  ): Promise<{ [K in keyof B]: Output<B[K]> }>;
  /** Runs all branches at once; the first to complete wins. Throws {@link RaceError} when all failed. */
  race<const B extends readonly RaceBranch<unknown, M>[]>(name: string, branches: B): Promise<RaceResult<B>>;
  race<T>(name: string, branches: readonly RaceBranch<T, M>[]): Promise<{ winner: string; value: T }>;
  /** From here on steps may declare rollback handlers. */
  rollbackCheckpoint(name: string): Promise<void>;
  /** "An entry of this name and kind used to be here." */
  removed(name: string, kind: EntryKind): Promise<void>;
  /** `latest` for a run that gets here first with this code; 1 for one that had already gone past. */
  getVersion(name: string, latest: number): Promise<number>;
  isEvicted(): boolean;
  /** The time of the last answer in this scope, ms since 1970: the same on every replay (ours on top). */
  now(): number;
  /**
   * A number in [0, 1), the same on every replay (ours on top). Not in a step's body, nor on an outer ctx inside a loop,
   * try or branch, nor in a rollback handler: a replay may not come by there, so the call is refused.
   */
  random(): number;
  /** A random UUID, the same on every replay (ours on top); refused where {@link WorkflowContext.random} is. */
  uuid(): string;
  /** Ours on top. */
  readonly log: WorkflowLog;
}

/** A workflow: an async function of a context and an input. */
export type WorkflowFunction<I = unknown, O = unknown, M = AnyMessages> = (
  ctx: WorkflowContext<M>,
  input: I,
) => Promise<O>;

/** `yield`: stop when the run waits. `live`: stay, and go on in place. */
export type WorkflowRunMode = "yield" | "live";

/** A step's attempt failed. */
export interface StepErrorEvent {
  workflowId: string;
  stepName: string;
  attempt: number;
  maxRetries: number;
  remainingRetries: number;
  willRetry: boolean;
  /** Milliseconds. */
  retryDelay?: number;
  /** ms since 1970. */
  retryAt?: number;
  error: WorkflowError;
}

/** What `onError` is told: a failed attempt, a failed rollback handler, or the failure of the whole run. */
export type WorkflowErrorEvent =
  | { step: StepErrorEvent }
  | { rollback: { workflowId: string; stepName: string; error: WorkflowError } }
  | { workflow: { workflowId: string; error: WorkflowError } };

/** Options of `runWorkflow`. */
export interface RunWorkflowOptions {
  /** Default `yield`. */
  mode?: WorkflowRunMode;
  /** Default: the machine's own clock. */
  clock?: Clock;
  /** Where `ctx.log` writes. Default: nowhere. */
  logger?: WorkflowLog;
  /** Called with each event once it is on record, in order. */
  onEvent?: (event: HistoryEvent) => void;
  onError?: (event: WorkflowErrorEvent) => void | Promise<void>;
  /** Closes the pass after every commit and replays: slow, and the proof that a workflow is deterministic. */
  check?: boolean;
  /** How long a running step, or a rollback handler, may go on after `evict`, and a handler after `cancel`, ms. Default 5 000. */
  evictGrace?: number;
  /**
   * Recorded when the run is created: its workflow's name, and where `wf resume` and `wf dev` find the module, as a path
   * relative to the store's parent folder, with `#export` unless it is the default.
   */
  created?: { workflow?: string; module?: string };
  /** Recorded each time the run is taken up. */
  started?: {
    pid?: number;
    host?: string;
    /** A hash of the code. */
    code?: string;
    module?: string;
    /** How safe what is recorded is: `sync` or `os`. */
    durability?: string;
    /** Names of the messages that the workflow declares. */
    messages?: readonly string[];
  };
}

/** How a pass over a run ended. */
export interface WorkflowResult<O = unknown> {
  state: RunState;
  output?: O;
  /** Earliest time at which a waiting run can go on, ms since 1970. */
  sleepUntil?: number;
  /** Names of the messages a waiting run waits for; `[]`: any message. */
  waitingForMessages?: string[];
}

/** Options of `evict`. */
export interface EvictOptions {
  /** Who asked for the pause: recorded as `run.paused`. Without it nothing is recorded. */
  by?: string;
  /** Milliseconds; overrides `evictGrace`. Of several evictions the shortest grace counts. */
  grace?: number;
}

/** A run that was started or taken up. */
export interface WorkflowHandle<O = unknown> {
  readonly workflowId: string;
  /** Resolves when the run completed, waits (yield mode) or was evicted; rejects with the workflow's error. */
  readonly result: Promise<WorkflowResult<O>>;
  /** Whether recorded entries are still being answered, so that nothing new has happened yet. */
  readonly replaying: boolean;
  /** Sends a message to the run. */
  message(name: string, body: unknown): Promise<void>;
  /** Ends the current sleeps and backoffs now: all, or those at and below a location. */
  wake(location?: Location): Promise<void>;
  /** Gives the entries that failed a failed run a fresh set of attempts. Take the run up again to go on. */
  recover(): Promise<void>;
  /**
   * Stops the pass; the run can be taken up again. Nothing is lost. When the grace is over, `result` resolves as
   * `running` though a step's body may still execute: what that returns is not recorded, and the step runs again.
   */
  evict(options?: EvictOptions): void;
  /** Stops the run for good. */
  cancel(reason?: string): Promise<void>;
  getOutput(): Promise<O | undefined>;
  getState(): Promise<RunState>;
}
