/** A step's options with their defaults, checked. */
import type { RollbackContext, StepArgument, TryStepCatchKind, TryStepConfig } from "../api.ts";
import type { RetryPolicy } from "./step-decision.ts";

/** Defaults of a step, as on Rivet. */
const DEFAULT_CATCH: readonly TryStepCatchKind[] = ["critical", "timeout", "exhausted"];
const DEFAULTS = { maxRetries: 3, retryBackoffBase: 100, retryBackoffMax: 30_000, timeout: 30_000 };

/** A step's options, complete. */
export interface StepSettings extends RetryPolicy {
  readonly name: string;
  readonly run: (step: StepArgument) => unknown;
  readonly rollback: ((ctx: RollbackContext, output: unknown) => Promise<void> | void) | undefined;
  readonly timeout: number;
  readonly ephemeral: boolean;
  /** Of a `tryStep`: the kinds of failures that come back as a value. */
  readonly catch: readonly TryStepCatchKind[];
}

/** Reads both ways of writing a step. @throws TypeError when an option makes no sense */
export function stepSettings<T>(
  nameOrConfig: string | TryStepConfig<T>,
  run: ((step: StepArgument) => Promise<T> | T) | undefined,
): StepSettings {
  const config = typeof nameOrConfig === "string" ? { name: nameOrConfig, run } : nameOrConfig;
  const { name } = config;
  if (typeof name !== "string" || name === "") throw new TypeError("a step needs a name: ctx.step(name, run)");
  if (typeof config.run !== "function") throw new TypeError(`step "${name}" needs a function to run`);
  const options: Omit<TryStepConfig<T>, "name" | "run"> = typeof nameOrConfig === "string" ? {} : nameOrConfig;
  return {
    name,
    run: config.run,
    rollback: options.rollback as StepSettings["rollback"],
    maxRetries: amount(name, "maxRetries", options.maxRetries),
    retryBackoffBase: amount(name, "retryBackoffBase", options.retryBackoffBase),
    retryBackoffMax: amount(name, "retryBackoffMax", options.retryBackoffMax),
    timeout: amount(name, "timeout", options.timeout),
    retryOnTimeout: options.retryOnTimeout ?? false,
    ephemeral: options.ephemeral ?? false,
    catch: options.catch ?? DEFAULT_CATCH,
  };
}

function amount(name: string, option: keyof typeof DEFAULTS, value: number | undefined): number {
  if (value === undefined) return DEFAULTS[option];
  if (typeof value === "number" && value >= 0) return value;
  throw new TypeError(`step "${name}": ${option} must be a number that is not negative, not ${String(value)}`);
}
