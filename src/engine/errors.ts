/**
 * The errors a user of the engine can meet. They are few, each with a stable `code`.
 *
 * Invariants:
 * 1. Every class carries a brand (`Symbol.for`), and `instanceof` goes by the brand, so that two copies of this
 *    package in one process recognise each other's errors. A user's own subclass keeps ordinary `instanceof`.
 * 2. Nothing here is used for the engine's own control flow: waiting and closing park, they never throw.
 */

import { isError } from "./built-in.ts";

const BRAND: unique symbol = Symbol.for("dotworkflows.error") as never;

/** Base of every error of the engine. `code` is the contract; messages may be reworded. */
export abstract class EngineError extends Error {
  /** Stable, machine-readable name of the error's kind. */
  abstract readonly code: string;

  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = Object.hasOwn(this.prototype, BRAND) ? (this.prototype as Branded)[BRAND] : undefined;
    if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null) return false;
    for (let type: unknown = Object.getPrototypeOf(value); type !== null; type = Object.getPrototypeOf(type)) {
      if (Object.hasOwn(type as object, BRAND) && (type as Branded)[BRAND] === brand) return true;
    }
    return false;
  }
}

interface Branded {
  [BRAND]?: string;
}

type ErrorClass = abstract new (...args: never[]) => Error;

const classes = new Map<string, ErrorClass>();

function brand(errorClass: ErrorClass, name: string): void {
  Object.defineProperty(errorClass.prototype, BRAND, { value: name });
  Object.defineProperty(errorClass.prototype, "name", { value: name, writable: true, configurable: true });
  classes.set(name, errorClass);
}

/** The engine's class of an error, by brand; undefined for anybody else's. */
export function brandOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? (error as Branded)[BRAND] : undefined;
}

/** The prototype that an error with this brand is rebuilt on; undefined when this version has no such class. */
export function prototypeOfBrand(name: string): object | undefined {
  return classes.get(name)?.prototype as object | undefined;
}

/** Thrown by a step to fail at once: it is not retried. */
export class CriticalError extends EngineError {
  readonly code: string = "critical";
}

/** Thrown by a step or by workflow code to fail the run and roll it back: it is not retried. */
export class RollbackError extends EngineError {
  readonly code: string = "rollback";
}

/** A step declares a rollback handler, but no `ctx.rollbackCheckpoint` came before it. */
export class RollbackCheckpointError extends EngineError {
  readonly code: string = "rollback_checkpoint_missing";
  constructor(message = "a step with a rollback handler needs a ctx.rollbackCheckpoint before it") {
    super(message);
  }
}

/** A step failed on its first attempt and on every retry. `cause` is the last attempt's error. */
export class StepExhaustedError extends EngineError {
  readonly code: string = "step_exhausted";
  readonly stepName: string;
  /** Attempts that failed: those that were interrupted are not counted, nor those before `wf retry`. */
  readonly attempts: number;
  /** Message of the last attempt's error. */
  readonly lastError: string | undefined;
  constructor(stepName: string, attempts: number, cause: unknown) {
    const lastError = textOfThrown(() => (isError(cause) ? cause.message : cause));
    super(
      `step "${stepName}" gave up after ${attempts} failed ${attempts === 1 ? "attempt" : "attempts"}: ${lastError}`,
      {
        cause,
      },
    );
    this.stepName = stepName;
    this.attempts = attempts;
    this.lastError = lastError;
  }
}

/** A step's body took longer than its `timeout`. */
export class StepTimeoutError extends EngineError {
  readonly code: string = "step_timeout";
  readonly stepName: string;
  /** The step's limit, in milliseconds. */
  readonly timeout: number;
  constructor(stepName: string, timeout: number) {
    super(`step "${stepName}" took longer than its timeout of ${timeout} ms`);
    this.stepName = stepName;
    this.timeout = timeout;
  }
}

/** One or more branches of a join failed; `errors` has each failed branch's error by branch name. */
export class JoinError extends EngineError {
  readonly code: string = "join_failed";
  readonly errors: Record<string, Error>;
  constructor(name: string, errors: Record<string, Error>) {
    const list = Object.entries(errors).map(([branch, error]) => `${branch}: ${error.message}`);
    super(`join "${name}" failed in ${list.length === 1 ? "branch" : "branches"} ${list.join("; ")}`);
    this.errors = errors;
  }
}

/** Every branch of a race failed; `errors` has them in the order of the branches. */
export class RaceError extends EngineError {
  readonly code: string = "race_failed";
  readonly errors: { name: string; error: string; cause: Error }[];
  constructor(name: string, errors: { name: string; cause: Error }[]) {
    const list = errors.map((branch) => `${branch.name}: ${branch.cause.message}`);
    super(`race "${name}": all branches failed (${list.join("; ")})`);
    this.errors = errors.map((branch) => ({ ...branch, error: branch.cause.message }));
  }
}

/** `queue.next` waited for its `timeout` and no message came. */
export class QueueTimeoutError extends EngineError {
  readonly code: string = "queue_timeout";
  readonly entryName: string;
  constructor(entryName: string, names: readonly string[] | undefined) {
    const what = names === undefined ? "any message" : names.map((name) => `"${name}"`).join(" or ");
    super(`queue wait "${entryName}" timed out: ${what} did not arrive in time`);
    this.entryName = entryName;
  }
}

/** The run was cancelled (or its pass evicted) and will not give a result. */
export class EvictedError extends EngineError {
  readonly code: string = "evicted";
}

/** A primitive was called while another one of the same scope was still open, or left open at the scope's end. */
export class EntryInProgressError extends EngineError {
  readonly code: string = "entry_in_progress";
}

/** A completable message was not completed before the next receive in its scope. */
export class MessageNotCompletedError extends EngineError {
  readonly code: string = "message_not_completed";
}

/** A value cannot be stored; `path` says which part of it. */
export class ValueNotStorableError extends EngineError {
  readonly code: string = "value_not_storable";
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`${path} ${reason}`);
    this.path = path;
  }
}

/** A value does not fit the schema that the workflow declares. */
export class SchemaError extends EngineError {
  readonly code: string = "schema_mismatch";
}

/** The history was written by a newer version, or is not a history at all. */
export class HistoryFormatError extends EngineError {
  readonly code: string = "history_format";
}

/** What was asked for cannot be done in the run's state, such as recovering a run that did not fail. */
export class RunStateError extends EngineError {
  readonly code: string = "run_state";
}

/** A rollback handler threw. The run stays `rolling_back`; resuming it tries that handler again. */
export class RollbackFailedError extends EngineError {
  readonly code: string = "rollback_failed";
}

/** What a divergence is about; see {@link HistoryDivergedError}. */
export interface DivergenceFacts {
  readonly kind:
    | "duplicate"
    | "kind"
    | "unrecorded"
    | "missing"
    | "branches"
    | "body"
    | "threw"
    | "rollback"
    | "output";
  /** Where in the run: names, and numbers for loop iterations. */
  readonly location: readonly (string | number)[];
  /** What the history holds there, for people. */
  readonly recorded?: string;
  /** What the code asks for, for people. */
  readonly asked?: string;
  /** The recorded entries that the code has not asked for. */
  readonly unasked?: readonly (readonly (string | number)[])[];
  /** Stack captured where the workflow code made the call. */
  readonly callStack?: string;
}

/**
 * The workflow code and the recorded history contradict each other. A fault of the code, not of the run: nothing is
 * recorded, and the run goes on once the code is mended.
 */
export class HistoryDivergedError extends EngineError {
  readonly code: string = "history_diverged";
  readonly facts: DivergenceFacts;
  constructor(message: string, facts: DivergenceFacts, options?: ErrorOptions) {
    super(message, options);
    this.facts = facts;
  }
}

brand(EngineError, "EngineError");
brand(CriticalError, "CriticalError");
brand(RollbackError, "RollbackError");
brand(RollbackCheckpointError, "RollbackCheckpointError");
brand(StepExhaustedError, "StepExhaustedError");
brand(StepTimeoutError, "StepTimeoutError");
brand(JoinError, "JoinError");
brand(RaceError, "RaceError");
brand(QueueTimeoutError, "QueueTimeoutError");
brand(EvictedError, "EvictedError");
brand(EntryInProgressError, "EntryInProgressError");
brand(MessageNotCompletedError, "MessageNotCompletedError");
brand(ValueNotStorableError, "ValueNotStorableError");
brand(SchemaError, "SchemaError");
brand(HistoryFormatError, "HistoryFormatError");
brand(RunStateError, "RunStateError");
brand(RollbackFailedError, "RollbackFailedError");
brand(HistoryDivergedError, "HistoryDivergedError");

/** Stands for what is thrown and gives no text. */
export const UNREADABLE = "thrown value that cannot be shown";

/** What `show` gives of something thrown, as a text. Never throws, whatever the users' errors do. */
export function textOfThrown(show: () => unknown): string {
  try {
    return String(show());
  } catch {
    return UNREADABLE;
  }
}
