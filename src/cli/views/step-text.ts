/** A step in a few words: how long, in which attempt, what went wrong. Pure. */
import type { Place, StepEntry } from "../../engine/history/entries.ts";
import { done, ended, type EntryText, type EntryTextOptions, failed, output, took } from "./entry-words.ts";
import { errorLine, errorReason, stepReason } from "./error-line.ts";
import { count, formatDuration, formatTimeLeft } from "./format.ts";
import type { AttemptCounts } from "./timeline.ts";

/** A step in words. */
export function stepText(place: Place, step: StepEntry, options: EntryTextOptions): EntryText {
  const { now, standing } = options;
  const counts = options.timeline.countsOf(place);
  switch (step.status) {
    case "completed": {
      const attempts = step.attempts > 1 ? `, ${attemptsWords(step, counts)}` : "";
      const cost = took(place, step, options) + attempts;
      if (step.rolledBack) return { symbol: "↩", tone: "quiet", detail: `rolled back (ran ${cost})` };
      if (step.rollbackError !== undefined) return failed(`rollback failed: ${errorLine(step.rollbackError)}`);
      return done(cost, output(step.output, options));
    }
    case "failed": {
      const attempts = step.attempts > 1 ? ` after ${attemptsWords(step, counts)}` : "";
      return failed(`failed${attempts}: ${stepReason(step.error)}`);
    }
    case "backoff": {
      const { nth, failures } = nthAttempt(step, counts, options.maxAttempts);
      const left = (step.retryAt ?? now) - now;
      const next = left > 0 ? `, next in ${formatTimeLeft(left)}` : ", next now";
      const error = step.error === undefined ? undefined : errorReason(step.error);
      const remark = [failures, error].filter((part) => part !== undefined).join(": ");
      const said = remark === "" ? {} : { remark };
      if (standing === "over") return { ...ended(`${nth} failed`), ...said };
      const moving = standing === "owned" ? next : " failed";
      return { symbol: "↻", tone: "busy", detail: nth, moving, ...said };
    }
    case "interrupted": {
      const isRetried = counts.beforeRetry === step.attempts;
      const detail = isRetried
        ? `to be tried anew, after ${attemptsWords(step, counts)}`
        : `interrupted in attempt ${step.attempts}`;
      return { symbol: "○", tone: "quiet", detail };
    }
    case "running":
      return runningText(place, step, options);
  }
}

/** `8 attempts, 1 interrupted, 4 since the retry` */
function attemptsWords({ attempts }: StepEntry, { cutOff, beforeRetry }: AttemptCounts): string {
  const since = attempts - beforeRetry;
  return [
    count(attempts, "attempt"),
    ...(cutOff === 0 ? [] : [`${cutOff} interrupted`]),
    ...(beforeRetry === 0 || since === 0 ? [] : [`${since} since the retry`]),
  ].join(", ");
}

/**
 * The number of an attempt that failed, as its step was told it. Where that is not the number of failures that count
 * against its retries, because attempts were interrupted or `wf retry` gave it new ones, both are said.
 */
function nthAttempt(
  { attempts, failures }: StepEntry,
  { beforeRetry }: AttemptCounts,
  most: number | undefined,
): { nth: string; failures?: string } {
  const of = most === undefined ? "" : ` of ${most}`;
  if (attempts === failures) return { nth: `attempt ${attempts}${of}` };
  return {
    nth: `attempt ${attempts}`,
    failures: `failure ${failures}${of}${beforeRetry === 0 ? "" : " since the retry"}`,
  };
}

/** An attempt that began, and whose end is not on record. */
function runningText(place: Place, step: StepEntry, { now, standing, timeline }: EntryTextOptions): EntryText {
  const { attempts, startedAt } = step;
  const again = attempts > 1 ? `attempt ${attempts}, ` : "";
  switch (standing) {
    case "owned":
      return {
        symbol: "●",
        tone: "busy",
        detail: again + formatDuration(timeline.spentAt(place, startedAt, now)),
      };
    case "paused":
      return { symbol: "○", tone: "quiet", detail: `attempt ${attempts} was cut off by the pause` };
    case "left":
      return { symbol: "○", tone: "quiet", detail: `attempt ${attempts} ended with its process` };
    case "over":
      return ended(`attempt ${attempts} was not finished`);
  }
}
