/** Whether the code gives what is recorded: for the run as a whole, and for finished iterations and branches. */
import type { Place } from "../history/entries.ts";
import { hashValue } from "../value-hash.ts";
import { describeThrown } from "./finding-text.ts";
import type { Finding } from "./ledger.ts";
import type { History } from "../history/history.ts";

/** How a function of the workflow ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What an iteration or a branch that was walked through again gives otherwise than it did; undefined: nothing. */
export function differenceInside(place: Place, outcome: Outcome): string | undefined {
  const owner = place.parent?.entry;
  if (owner?.kind === "join" || owner?.kind === "race") {
    const branch = owner.branches.get(String(place.segment));
    if (branch?.status === "completed") return differs(outcome, branch.output);
    if (branch?.status !== "failed") return undefined;
    if ("value" in outcome) return `it failed with "${branch.error?.message}", and the code now completes`;
    return describeError(outcome.error, branch.error?.message);
  }
  if (owner?.kind !== "loop" || typeof place.segment !== "number") return undefined;
  if ("error" in outcome) return `the code now throws ${describeThrown(outcome.error)}`;
  const result = outcome.value as { break?: true; value?: unknown; state?: unknown } | undefined;
  const isLast = place.segment === owner.iteration;
  if (isLast !== (result?.break === true))
    return isLast ? "the code would now go on" : "the code would now end the loop";
  if (isLast) return differs({ value: result?.value }, owner.output);
  const next = owner.begun.get(place.segment + 1);
  return next === undefined ? undefined : differs({ value: result?.state }, next.state);
}

function differs(outcome: Outcome, recorded: unknown): string | undefined {
  if ("error" in outcome) return `the code now throws ${describeThrown(outcome.error)}`;
  return hashValue(outcome.value) === hashValue(recorded) ? undefined : "the code now gives another value";
}

function describeError(error: unknown, recorded: string | undefined): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  return message === recorded
    ? undefined
    : `it failed with "${recorded}", and the code now throws ${describeThrown(error)}`;
}

/** How the run would end otherwise than it did; undefined: it would not, or it is not over. */
export function differenceAtEnd(
  { run }: History,
  outcome: Outcome,
  isOurs: (error: unknown) => boolean,
): Pick<Finding, "verdict" | "level" | "detail"> | undefined {
  const { state, output, error } = run;
  if ("error" in outcome) {
    const text = describeThrown(outcome.error);
    if (state === "completed") return { verdict: "threw", detail: `${text}; the recorded run completed` };
    if (state !== "failed" && state !== "rolling_back") {
      if (isOurs(outcome.error)) return { verdict: "next", detail: `the run would fail: ${text}` };
      return { verdict: "threw", level: "note", detail: `the run would go on to fail here: ${text}` };
    }
    const difference = describeError(outcome.error, error?.message);
    return difference === undefined ? undefined : { verdict: "result", detail: `the recorded run: ${difference}` };
  }
  if (state === "failed" || state === "rolling_back") {
    return { verdict: "threw", detail: `the recorded run failed with "${error?.message}", and the code now completes` };
  }
  if (state === "cancelled") return undefined;
  if (state !== "completed") return { verdict: "next", detail: "the run would complete" };
  const isSame = hashValue(output) === hashValue(outcome.value);
  return isSame ? undefined : { verdict: "result", detail: "the code now gives another output than is recorded" };
}
