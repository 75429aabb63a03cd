/** What a step is to do next: pure decisions over its entry, its options and the time. */
import type { StepEntry } from "../history/entries.ts";
import type { StepFailureKind } from "../history/events.ts";

/** The options that decide about retries, with their defaults filled in. */
export interface RetryPolicy {
  readonly maxRetries: number;
  readonly retryBackoffBase: number;
  readonly retryBackoffMax: number;
  readonly retryOnTimeout: boolean;
}

/** What a step does when it is asked for. */
export type StepDecision =
  | { readonly do: "answer" | "fail" }
  | { readonly do: "wait"; readonly until: number }
  | { readonly do: "run"; readonly attempt: number };

/** Decides from the record alone; an attempt that was cut off by a crash or a pause is run again. */
export function decideStep(entry: StepEntry | undefined, now: number): StepDecision {
  if (entry === undefined) return { do: "run", attempt: 1 };
  switch (entry.status) {
    case "completed":
      return { do: "answer" };
    case "failed":
      return { do: "fail" };
    case "backoff": {
      const until = entry.retryAt ?? now;
      return until > now ? { do: "wait", until } : { do: "run", attempt: entry.attempts + 1 };
    }
    case "running":
    case "interrupted":
      return { do: "run", attempt: entry.attempts + 1 };
  }
}

/** How an attempt ended when it did not complete. */
export type AttemptFailure = "error" | "critical" | "timeout" | "rollback";

/** What a failed attempt means: another one at `retryAt`, or the end. */
export type FailureDecision =
  | { readonly kind: StepFailureKind; readonly retryAt: number }
  | { readonly kind: Exclude<StepFailureKind, "error">; readonly retryAt?: undefined };

/**
 * Decides about a failed attempt.
 * @param failures attempts that failed before this one and used up retries
 */
export function decideFailure(
  failure: AttemptFailure,
  failures: number,
  policy: RetryPolicy,
  now: number,
): FailureDecision {
  if (failure === "critical" || failure === "rollback") return { kind: failure };
  if (failure === "timeout" && !policy.retryOnTimeout) return { kind: "timeout" };
  if (failures >= policy.maxRetries) return { kind: "exhausted" };
  const backoff = policy.retryBackoffBase * 2 ** (failures + 1);
  return { kind: failure, retryAt: now + Math.min(policy.retryBackoffMax, backoff) };
}
