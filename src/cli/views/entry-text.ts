/** One entry in a few words, the same on the live screen, in plain lines and in `wf inspect`. Pure. */
import { iterationsOf, type Place } from "../../engine/history/entries.ts";
import { escapeLine } from "../escape.ts";
import { done, ended, type EntryText, type EntryTextOptions, failed, output, took, waiting } from "./entry-words.ts";
import { count, formatDuration, formatTime, formatTimeLeft } from "./format.ts";
import { messageNames } from "./run-facts.ts";
import { stepText } from "./step-text.ts";

/** The place's entry in words; a place without one has none. */
export function entryText(place: Place, options: EntryTextOptions): EntryText {
  const { entry } = place;
  if (entry === undefined) return { symbol: "·", tone: "quiet", detail: "" };
  const isOver = options.standing === "over";
  switch (entry.kind) {
    case "step":
      return stepText(place, entry, options);
    case "sleep":
      if (entry.status === "completed") {
        const slept = formatDuration((entry.endedAt ?? entry.until) - entry.startedAt);
        return done(entry.how === "woken" ? `woken after ${slept}` : `slept ${slept}`);
      }
      if (isOver) return ended(`was asleep until ${formatTime(entry.until, options.now)}`);
      return waiting(`until ${formatTime(entry.until, options.now)}`, timeLeft(entry.until - options.now));
    case "message":
      if (entry.status === "timed_out") return { symbol: "✗", tone: "quiet", detail: "timed out" };
      if (entry.status === "completed") return receivedText(entry.messages, options);
      if (isOver) return ended(`was waiting for ${messageNames(entry.names)}`);
      return waiting(
        `waiting for ${messageNames(entry.names)}`,
        entry.until === undefined ? "" : timeLeft(entry.until - options.now),
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
        entry.winner === undefined
          ? count(entry.branches.size, "branch").replace(/chs$/, "ches")
          : `won by ${escapeLine(entry.winner)}`;
      return done(`${winner}, ${took(place, entry, options)}`);
    }
    case "rollback_checkpoint":
      return done("checkpoint");
    case "removed":
      return { symbol: "–", tone: "quiet", detail: `removed ${entry.originalKind}` };
    case "version_check":
      return done(`version ${entry.version}`);
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

function busy(detail: string, { standing }: EntryTextOptions): EntryText {
  if (standing === "over") return ended(detail);
  return { symbol: standing === "owned" ? "●" : "○", tone: standing === "owned" ? "busy" : "quiet", detail };
}
