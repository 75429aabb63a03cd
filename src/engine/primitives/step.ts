/**
 * `step` and `tryStep`: run a body once and for all. Owns the attempt and its record; whether to try again is decided
 * in `step-decision.ts`.
 *
 * Invariants:
 * 1. `step.started` is with the operating system before the body runs.
 * 2. The answer is a copy of what was recorded, on the first run as on every replay.
 * 3. A throw or a timeout after the fiber was told to stop is an interruption, and uses up no retry.
 * 4. No body runs on a fiber that has ended.
 */
import type {
  StepArgument,
  StepConfig,
  TryStepCatchKind,
  TryStepConfig,
  TryStepFailure,
  TryStepResult,
} from "../api.ts";
import { RollbackCheckpointError, StepExhaustedError } from "../errors.ts";
import { never } from "../execution/fibers.ts";
import type { Scope, Turn } from "../execution/scope.ts";
import type { ErrorRecord } from "../failure.ts";
import type { StepEntry } from "../history/entries.ts";
import { formatLocation, type Location } from "../history/location.ts";
import { copyValue, errorFrom, recordError } from "../values.ts";
import { type AttemptResult, type FailedAttempt, runAttempt } from "./attempt.ts";
import { hasCheckpoint } from "./checkpoint.ts";
import { decideFailure, decideStep } from "./step-decision.ts";
import { type StepSettings, stepSettings } from "./step-settings.ts";
import { workflowErrorOf } from "./workflow-error.ts";

type Body<T> = (step: StepArgument) => Promise<T> | T;

/** How a step ended, before `step` throws it or `tryStep` wraps it. */
type Outcome = { ok: true; value: unknown } | { ok: false; error: Error; failure: TryStepFailure };

/** Makes the scope's `step`. */
export function createStep(scope: Scope): <T>(nameOrConfig: string | StepConfig<T>, run?: Body<T>) => Promise<T> {
  return <T>(nameOrConfig: string | StepConfig<T>, run?: Body<T>) => perform(scope, nameOrConfig, run, valueOf<T>);
}

/** Makes the scope's `tryStep`. */
export function createTryStep(
  scope: Scope,
): <T>(nameOrConfig: string | TryStepConfig<T>, run?: Body<T>) => Promise<TryStepResult<T>> {
  return <T>(nameOrConfig: string | TryStepConfig<T>, run?: Body<T>) => perform(scope, nameOrConfig, run, resultOf<T>);
}

function valueOf<T>(outcome: Outcome): T {
  if (outcome.ok) return outcome.value as T;
  throw outcome.error;
}

function resultOf<T>(outcome: Outcome, settings: StepSettings): TryStepResult<T> {
  if (outcome.ok) return { ok: true, value: outcome.value as T };
  if (settings.catch.includes(outcome.failure.kind)) return { ok: false, failure: outcome.failure };
  throw outcome.error;
}

/**
 * Brings a step to its end, if its end is not on record, and gives what `of` makes of that. One async function for all
 * of it: a thousand branches have a thousand of each under way.
 */
async function perform<T, R>(
  scope: Scope,
  nameOrConfig: string | TryStepConfig<T>,
  run: Body<T> | undefined,
  of: (outcome: Outcome, settings: StepSettings) => R,
): Promise<R> {
  const settings = stepSettings(nameOrConfig, run);
  const turn = scope.enter("step", settings.name);
  if (turn === undefined) return never();
  if (settings.rollback !== undefined && !hasCheckpoint(scope)) {
    scope.leave(scope.answeredAt);
    throw new RollbackCheckpointError();
  }
  for (;;) {
    const entry = entryOf(turn) ?? recordedStep(scope, turn);
    const decision = decideStep(entry, scope.pass.recorder.now());
    if (entry !== undefined && (decision.do === "answer" || decision.do === "fail")) {
      const outcome = decision.do === "answer" ? completed(scope, turn, settings, entry) : failed(scope, turn, entry);
      return scope.leave(entry.endedAt ?? 0) ? of(outcome, settings) : never();
    }
    if (scope.fiber.draining) scope.fiber.to("ended");
    if (scope.fiber.ended) return never();
    if (decision.do === "wait") {
      await backoff(scope, turn, decision.until);
    } else if (decision.do === "run") {
      if (!scope.pass.gate.isOpen) await scope.gate(turn, `step "${formatLocation(turn.location)}"`);
      await begin(scope, turn, settings, decision.attempt);
      if (scope.fiber.ended) return never();
      const result = await runAttempt(scope, turn.location, settings, decision.attempt);
      await record(scope, turn, settings, decision.attempt, entry?.failures ?? 0, result);
    }
  }
}

function completed(scope: Scope, { place }: Turn, { rollback }: StepSettings, entry: StepEntry): Outcome {
  if (rollback !== undefined && entry.rollback && place !== undefined) {
    scope.pass.undoables?.push({ place, entry, undo: rollback });
  }
  return { ok: true, value: copyValue(entry.output) };
}

function failed(scope: Scope, { name, location }: Turn, entry: StepEntry): Outcome {
  const record = entry.error ?? recordError(undefined);
  const error = errorFrom(record);
  const kind = entry.failureKind === undefined || entry.failureKind === "error" ? "exhausted" : entry.failureKind;
  const attempts = entry.attempts;
  const failure = { kind, stepName: name, attempts, error: workflowErrorOf(innermost(kind, record)) };
  scope.pass.origins.set(error, { source: "step", name, causes: [location], step: failure });
  return { ok: false, error, failure };
}

/** Records that an attempt begins. A promise, which stays pending, when nothing can be recorded any more. */
function begin(scope: Scope, { location }: Turn, { rollback }: StepSettings, attempt: number): number | Promise<never> {
  const started = { type: "step.started", loc: location, attempt } as const;
  const at = scope.append([rollback === undefined ? started : { ...started, rollback: true }]);
  scope.fiber.moved();
  return at;
}

/** Records how an attempt ended. A promise, which stays pending, when nothing can be recorded any more. */
function record(
  scope: Scope,
  { location }: Turn,
  settings: StepSettings,
  number: number,
  failures: number,
  result: AttemptResult,
): Promise<unknown> | number {
  if (scope.fiber.ended) return never();
  if (!result.ok) return recordFailure(scope, location, settings, number, failures, result);
  const event = { type: "step.completed", loc: location, attempt: number, output: result.output } as const;
  return settings.ephemeral ? scope.append([event]) : scope.commit([event]);
}

async function recordFailure(
  scope: Scope,
  loc: Location,
  settings: StepSettings,
  number: number,
  failures: number,
  result: FailedAttempt,
): Promise<void> {
  if (scope.fiber.aborted) {
    await scope.append([{ type: "step.interrupted", loc, attempt: number }]);
    scope.fiber.to("ended");
    return;
  }
  const decision = decideFailure(result.failure, failures, settings, scope.pass.recorder.now());
  const retry = decision.retryAt === undefined ? {} : { retryAt: decision.retryAt };
  const thrown =
    decision.kind === "exhausted" ? new StepExhaustedError(settings.name, failures + 1, result.error) : result.error;
  const error = recordError(thrown);
  await scope.commit([{ type: "step.failed", loc, attempt: number, error, kind: decision.kind, ...retry }]);
  reportFailure(scope, settings, { number, failures, retryAt: decision.retryAt, thrown: result.error });
}

async function backoff(scope: Scope, turn: Turn, until: number): Promise<void> {
  const result = await scope.pass.waits.park({ fiber: scope.fiber, kind: "backoff", until, location: turn.location });
  if (result.how === "woken") await scope.commit([{ type: "step.woken", loc: turn.location }]);
}

/** Of an exhausted step people want to know the last attempt's error. */
function innermost(kind: TryStepCatchKind, record: ErrorRecord): ErrorRecord {
  return kind === "exhausted" && record.cause instanceof Error ? recordError(record.cause) : record;
}

function reportFailure(
  scope: Scope,
  settings: StepSettings,
  failed: { number: number; failures: number; retryAt: number | undefined; thrown: unknown },
): void {
  const willRetry = failed.retryAt !== undefined;
  scope.pass.report({
    step: {
      workflowId: scope.pass.workflowId,
      stepName: settings.name,
      attempt: failed.number,
      maxRetries: settings.maxRetries,
      remainingRetries: willRetry ? settings.maxRetries - failed.failures : 0,
      willRetry,
      ...(failed.retryAt !== undefined && {
        retryAt: failed.retryAt,
        retryDelay: failed.retryAt - scope.pass.history.lastAt,
      }),
      error: workflowErrorOf(recordError(failed.thrown)),
    },
  });
}

function entryOf(turn: Turn): StepEntry | undefined {
  return turn.entry?.kind === "step" ? turn.entry : undefined;
}

function recordedStep(scope: Scope, turn: Turn): StepEntry | undefined {
  const entry = scope.placeOf(turn.name)?.entry;
  return entry?.kind === "step" ? entry : undefined;
}
