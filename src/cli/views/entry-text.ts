/** One entry in a few words, the same on the live screen, in plain lines and in `wf inspect`. Pure. */
import type { WorkflowError } from "../../engine/api.ts";
import { iterationsOf, type Place, type StepEntry } from "../../engine/history/entries.ts";
import type { ErrorRecord } from "../../engine/failure.ts";
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { count, formatDuration, formatTime, formatTimeLeft, formatValue } from "./format.ts";
import { messageNames, type Standing } from "./run-facts.ts";

/** An entry in words. */
export interface EntryText {
  /** One cell: how it stands. */
  readonly symbol: string;
  readonly tone: "good" | "bad" | "busy" | "quiet";
  readonly detail: string;
  /** More, for those who have room: a short output or body. */
  readonly more?: string;
}

/** What the words depend on besides the entry. */
export interface EntryTextOptions {
  readonly now: number;
  /** Who has the run: what runs by its history, runs only while somebody has it. */
  readonly standing: Standing;
  /** Attempts that the step has in all, where that is known. */
  readonly maxAttempts?: number | undefined;
  /** Most characters of a value. */
  readonly valueLimit: number;
}

/** The place's entry in words; a place without one has none. */
export function entryText(place: Pick<Place, "entry" | "children">, options: EntryTextOptions): EntryText {
  const { entry } = place;
  if (entry === undefined) return { symbol: "·", tone: "quiet", detail: "" };
  const isOver = options.standing === "over";
  switch (entry.kind) {
    case "step":
      return stepText(entry, options);
    case "sleep":
      if (entry.status === "completed") {
        const slept = formatDuration((entry.endedAt ?? entry.until) - entry.startedAt);
        return done(entry.how === "woken" ? `woken after ${slept}` : `slept ${slept}`);
      }
      if (isOver) return ended(`was asleep until ${formatTime(entry.until, options.now)}`);
      return waiting(`until ${formatTime(entry.until, options.now)}${timeLeft(entry.until - options.now)}`);
    case "message":
      if (entry.status === "timed_out") return { symbol: "✗", tone: "quiet", detail: "timed out" };
      if (entry.status === "completed") return receivedText(entry.messages, options);
      if (isOver) return ended(`was waiting for ${messageNames(entry.names)}`);
      return waiting(
        `waiting for ${messageNames(entry.names)}` +
          (entry.until === undefined ? "" : timeLeft(entry.until - options.now)),
      );
    case "loop":
      if (entry.status === "running") return busy(`in iteration [${entry.iteration}]`, options);
      return done(count(iterationsOf(place, entry), "iteration"), output(entry.output, options));
    case "join":
    case "race": {
      const finished = entry.branches.size - entry.open;
      if (entry.status === "running")
        return busy(`${finished} of ${count(entry.branches.size, "branch").replace(/chs$/, "ches")}`, options);
      if (entry.status === "failed") return failed(`${entry.failed} of ${entry.branches.size} branches failed`);
      const winner =
        entry.winner === undefined ? `${entry.branches.size} branches` : `won by ${escapeLine(entry.winner)}`;
      return done(`${winner}, ${took(entry)}`);
    }
    case "rollback_checkpoint":
      return done("checkpoint");
    case "removed":
      return { symbol: "–", tone: "quiet", detail: `removed ${entry.originalKind}` };
    case "version_check":
      return done(`version ${entry.version}`);
  }
}

function stepText(step: StepEntry, options: EntryTextOptions): EntryText {
  const { now, standing, maxAttempts } = options;
  const nth = maxAttempts === undefined ? `attempt ${step.attempts}` : `attempt ${step.failures} of ${maxAttempts}`;
  switch (step.status) {
    case "completed": {
      if (step.rolledBack) return { symbol: "↩", tone: "quiet", detail: "rolled back" };
      if (step.rollbackError !== undefined) return failed(`rollback failed: ${errorLine(step.rollbackError)}`);
      const attempts = step.attempts > 1 ? `, ${step.attempts} attempts` : "";
      return done(took(step) + attempts, output(step.output, options));
    }
    case "failed": {
      const attempts = step.attempts > 1 ? ` after ${step.attempts} attempts` : "";
      return failed(`failed${attempts}: ${stepReason(step.error)}`);
    }
    case "backoff": {
      const left = (step.retryAt ?? now) - now;
      const next = left > 0 ? `, next in ${formatTimeLeft(left)}` : ", next now";
      const reason = step.error === undefined ? "" : `  (${errorReason(step.error)})`;
      if (standing === "over") return ended(`${nth} failed${reason}`);
      return { symbol: "↻", tone: "busy", detail: `${nth}${standing === "owned" ? next : " failed"}${reason}` };
    }
    case "interrupted":
      return { symbol: "○", tone: "quiet", detail: `interrupted in attempt ${step.attempts}` };
    case "running": {
      return runningText(step, options);
    }
  }
}

/** An attempt that began, and whose end is not on record. */
function runningText({ attempts, startedAt }: StepEntry, { now, standing }: EntryTextOptions): EntryText {
  const again = attempts > 1 ? `attempt ${attempts}, ` : "";
  switch (standing) {
    case "owned":
      return { symbol: "●", tone: "busy", detail: again + formatDuration(now - startedAt) };
    case "paused":
      return { symbol: "○", tone: "quiet", detail: `attempt ${attempts} was cut off by the pause` };
    case "left":
      return { symbol: "○", tone: "quiet", detail: `attempt ${attempts} ended with its process` };
    case "over":
      return ended(`attempt ${attempts} was not finished`);
  }
}

function receivedText(messages: readonly { name: string; body: unknown }[], options: EntryTextOptions): EntryText {
  const [first] = messages;
  if (first === undefined) return done("received nothing");
  if (messages.length > 1) return done(`received ${count(messages.length, "message")}`);
  return done(`received "${escapeLine(first.name)}"`, output(first.body, options));
}

function timeLeft(ms: number): string {
  return ms > 0 ? `, ${formatTimeLeft(ms)} left` : "";
}

function output(value: unknown, { valueLimit }: EntryTextOptions): string | undefined {
  return value === undefined || valueLimit === 0 ? undefined : formatValue(value, valueLimit);
}

function took(entry: { startedAt: number; endedAt?: number }): string {
  return formatDuration((entry.endedAt ?? entry.startedAt) - entry.startedAt);
}

function done(detail: string, more?: string): EntryText {
  return { symbol: "✓", tone: "good", detail, ...(more !== undefined && { more }) };
}

function failed(detail: string): EntryText {
  return { symbol: "✗", tone: "bad", detail };
}

function waiting(detail: string): EntryText {
  return { symbol: "⏸", tone: "busy", detail };
}

/** Open when the run was over: nothing comes of it. */
function ended(detail: string): EntryText {
  return { symbol: "–", tone: "quiet", detail };
}

function busy(detail: string, { standing }: EntryTextOptions): EntryText {
  if (standing === "over") return ended(detail);
  return { symbol: standing === "owned" ? "●" : "○", tone: standing === "owned" ? "busy" : "quiet", detail };
}

/** An error in one line. */
export function errorLine(error: Pick<ErrorRecord, "name" | "message">): string {
  return oneLine(error.message, error.name);
}

/** What a step failed with; where that only says that its attempts are used up, what the last attempt failed with. */
function stepReason(error: ErrorRecord | undefined): string {
  const last = error?.fields?.["lastError"];
  if (typeof last === "string") return oneLine(last, "unknown");
  return error === undefined ? "unknown" : errorLine(error);
}

function oneLine(message: string, fallback: string): string {
  const [first = ""] = message.split("\n", 1);
  const text = first === "" ? fallback : first;
  return escapeLine(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}

/** An error in a word: its code where it has one. */
function errorReason(error: ErrorRecord): string {
  const code = error.fields?.["code"];
  return typeof code === "string" ? escapeLine(code) : errorLine(error);
}

/** As `errorReason`, of an error that was just thrown. */
export function failureReason(error: WorkflowError): string {
  const code = error.metadata?.["code"];
  return typeof code === "string" ? escapeLine(code) : errorLine(error);
}

/** The symbol in the entry's colour. */
export function styledSymbol(text: EntryText, styles: Styles): string {
  switch (text.tone) {
    case "good":
      return styles.green(text.symbol);
    case "bad":
      return styles.red(text.symbol);
    case "busy":
      return styles.yellow(text.symbol);
    case "quiet":
      return styles.dim(text.symbol);
  }
}
