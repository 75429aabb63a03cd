/**
 * `step` and `tryStep`: run a body once and for all. Owns the attempt and its record; whether to try again is decided
 * in `step-decision.ts`.
 *
 * Invariants:
 * 1. `step.started` is with the operating system before the body runs.
 * 2. The answer is a copy of what was recorded, on the first run as on every replay.
 * 3. A throw or a timeout after the fiber was told to stop is an interruption, and uses up no retry.
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
import { formatLocation } from "../history/location.ts";
import { copyValue, errorFrom, recordError } from "../values.ts";
import { runAttempt } from "./attempt.ts";
import { hasCheckpoint } from "./checkpoint.ts";
import { decideFailure, decideStep } from "./step-decision.ts";
import { type StepSettings, stepSettings } from "./step-settings.ts";
import { workflowErrorOf } from "./workflow-error.ts";

type Body<T> = (step: StepArgument) => Promise<T> | T;

/** How a step ended, before `step` throws it or `tryStep` wraps it. */
type Outcome = { ok: true; value: unknown } | { ok: false; error: Error; failure: TryStepFailure };

/** Makes the scope's `step`. */
export function createStep(scope: Scope): <T>(nameOrConfig: string | StepConfig<T>, run?: Body<T>) => Promise<T> {
  return async <T>(nameOrConfig: string | StepConfig<T>, run?: Body<T>) => {
    const outcome = await performStep(scope, stepSettings(nameOrConfig, run));
    if (outcome.ok) return outcome.value as T;
    throw outcome.error;
  };
}

/** Makes the scope's `tryStep`. */
export function createTryStep(
  scope: Scope,
): <T>(nameOrConfig: string | TryStepConfig<T>, run?: Body<T>) => Promise<TryStepResult<T>> {
  return async <T>(nameOrConfig: string | TryStepConfig<T>, run?: Body<T>): Promise<TryStepResult<T>> => {
    const wanted = (typeof nameOrConfig === "string" ? undefined : nameOrConfig.catch) ?? DEFAULT_CATCH;
    const outcome = await performStep(scope, stepSettings(nameOrConfig, run));
    if (outcome.ok) return { ok: true, value: outcome.value as T };
    if (wanted.includes(outcome.failure.kind)) return { ok: false, failure: outcome.failure };
    throw outcome.error;
  };
}

const DEFAULT_CATCH: readonly TryStepCatchKind[] = ["critical", "timeout", "exhausted"];

function performStep(scope: Scope, settings: StepSettings): Outcome | Promise<Outcome> {
  const turn = scope.enter("step", settings.name);
  if (turn === undefined) return never();
  if (settings.rollback !== undefined && !hasCheckpoint(scope)) {
    scope.leave(scope.answeredAt);
    throw new RollbackCheckpointError();
  }
  const entry = entryOf(turn);
  if (entry?.status === "completed") return answer(scope, turn, settings, entry);
  return carryOn(scope, turn, settings);
}

function answer(scope: Scope, turn: Turn, settings: StepSettings, entry: StepEntry): Outcome | Promise<never> {
  const { rollback } = settings;
  if (rollback !== undefined && entry.rollback && turn.place !== undefined) {
    scope.pass.undoables?.push({ place: turn.place, entry, undo: rollback });
  }
  if (!scope.leave(entry.endedAt ?? 0)) return never();
  return { ok: true, value: copyValue(entry.output) };
}

async function carryOn(scope: Scope, turn: Turn, settings: StepSettings): Promise<Outcome> {
  for (;;) {
    const entry = entryOf(turn) ?? recordedStep(scope, turn);
    const decision = decideStep(entry, scope.pass.recorder.now());
    if (scope.fiber.draining && (decision.do === "wait" || decision.do === "run")) scope.fiber.to("ended");
    if (scope.fiber.ended) return never();
    switch (decision.do) {
      case "answer":
        return entry === undefined ? never() : answer(scope, turn, settings, entry);
      case "fail":
        return entry?.error === undefined ? never() : fail(scope, turn, entry, entry.error);
      case "wait":
        await backoff(scope, turn, decision.until);
        break;
      case "run":
        if (!scope.pass.gate.isOpen) await scope.gate(turn, `step "${formatLocation(turn.location)}"`);
        await attempt(scope, turn, settings, decision.attempt, entry?.failures ?? 0);
    }
  }
}

/** One attempt, recorded from beginning to end. */
async function attempt(
  scope: Scope,
  turn: Turn,
  settings: StepSettings,
  number: number,
  failures: number,
): Promise<void> {
  const loc = turn.location;
  const started = { type: "step.started", loc, attempt: number } as const;
  await scope.append([settings.rollback === undefined ? started : { ...started, rollback: true }]);
  scope.fiber.moved();
  const result = await runAttempt(scope, loc, settings, number);
  if (scope.fiber.ended) return never();
  if (result.ok) {
    const completed = { type: "step.completed", loc, attempt: number, output: result.output } as const;
    await (settings.ephemeral ? scope.append([completed]) : scope.commit([completed]));
    return;
  }
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

function fail(scope: Scope, turn: Turn, entry: StepEntry, record: ErrorRecord): Outcome | Promise<never> {
  if (!scope.leave(entry.endedAt ?? 0)) return never();
  const error = errorFrom(record);
  const kind = entry.failureKind === undefined || entry.failureKind === "error" ? "exhausted" : entry.failureKind;
  const attempts = entry.attempts;
  const failure = { kind, stepName: turn.name, attempts, error: workflowErrorOf(innermost(kind, record)) };
  scope.pass.origins.set(error, { source: "step", name: turn.name, causes: [turn.location], step: failure });
  return { ok: false, error, failure };
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
