/**
 * One run of a step's body: with its argument, its timeout and its signal. Records nothing.
 *
 * Invariant: what the attempt set up (timer, listener) is gone when it resolves. The timer is also gone when the fiber
 * ends (a lost race, a closed pass): the attempt then never resolves, if the body does not.
 */
import type { StepArgument } from "../api.ts";
import type { Clock } from "../clock.ts";
import { CriticalError, RollbackError, StepTimeoutError, ValueNotStorableError } from "../errors.ts";
import { uuidFrom } from "../chance.ts";
import type { Scope } from "../execution/scope.ts";
import type { Location } from "../history/location.ts";
import { copyValue } from "../values.ts";
import type { AttemptFailure } from "./step-decision.ts";
import type { StepSettings } from "./step-settings.ts";

/** Longest delay that a timer takes, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

const TOO_LATE: unique symbol = Symbol("too late");

/** How an attempt ended. The output is a storable copy. */
export type AttemptResult = { readonly ok: true; readonly output: unknown } | FailedAttempt;

/** An attempt that threw or took too long. */
export interface FailedAttempt {
  readonly ok: false;
  readonly failure: AttemptFailure;
  readonly error: unknown;
}

/** What the body is given. Signal and key are made when they are first looked at. */
class Argument implements StepArgument {
  readonly attempt: number;
  readonly #scope: Scope;
  readonly #location: Location;
  #controller: AbortController | undefined;
  #undo: (() => void) | undefined;
  #stopped = false;

  constructor(scope: Scope, location: Location, attempt: number) {
    this.attempt = attempt;
    this.#scope = scope;
    this.#location = location;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped || this.#scope.fiber.aborted) this.#controller.abort();
      else this.#undo = this.#scope.fiber.onAbort(() => this.#controller?.abort());
    }
    return this.#controller.signal;
  }

  get idempotencyKey(): string {
    return uuidFrom(this.#scope.pass.seedFor(this.#location, "key"));
  }

  stop(reason: Error): Error {
    this.#stopped = true;
    this.#controller?.abort(reason);
    return reason;
  }

  release(): void {
    this.#undo?.();
  }
}

/** Runs the body once. Never throws. A step that is called in a body is known by the name of this function. */
export async function runAttempt(
  scope: Scope,
  location: Location,
  settings: StepSettings,
  attempt: number,
): Promise<AttemptResult> {
  const argument = new Argument(scope, location, attempt);
  let cancelTimer: (() => void) | undefined;
  let forgetTimer: (() => void) | undefined;
  try {
    const body = settings.run(argument);
    const { timeout } = settings;
    const output =
      timeout === 0 || !isThenable(body)
        ? await body
        : await new Promise<unknown>((resolve, reject) => {
            cancelTimer = afterAll(scope.pass.clock, timeout, () => resolve(TOO_LATE));
            forgetTimer = scope.fiber.onEnd(cancelTimer);
            body.then(resolve, reject);
          });
    // Made here and not by the timer: so its stack has the step's call.
    if (output === TOO_LATE) throw argument.stop(new StepTimeoutError(settings.name, timeout));
    return { ok: true, output: copyValue(output, `step "${settings.name}": output`) };
  } catch (error) {
    return { ok: false, failure: failureOf(error, settings), error };
  } finally {
    cancelTimer?.();
    forgetTimer?.();
    argument.release();
  }
}

/** A timer of any length, made of as many as it takes. */
function afterAll(clock: Clock, delay: number, callback: () => void): () => void {
  if (delay <= LONGEST_TIMER) return clock.after(delay, callback);
  let cancel = (): void => undefined;
  const arm = (left: number): void => {
    const next = left > LONGEST_TIMER ? (): void => arm(left - LONGEST_TIMER) : callback;
    cancel = clock.after(Math.min(left, LONGEST_TIMER), next);
  };
  arm(delay);
  return () => cancel();
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function failureOf(error: unknown, settings: StepSettings): AttemptFailure {
  try {
    if (error instanceof StepTimeoutError && error.stepName === settings.name) return "timeout";
    if (error instanceof RollbackError) return "rollback";
    if (error instanceof CriticalError || error instanceof ValueNotStorableError) return "critical";
  } catch {
    // A proxy that does not even say what it is.
  }
  return "error";
}
