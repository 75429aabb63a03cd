/** `wf inspect --step`: everything about one entry, nothing cut. Pure. */
import { locationOf, type Place } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import { formatLocation, type Location } from "../../engine/history/location.ts";
import { escapeJson, escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { userFrames } from "../user-stack.ts";
import { toJson } from "../values-json.ts";
import { entryText } from "./entry-text.ts";
import { styledSymbol, wordsOf } from "./entry-words.ts";
import { errorLine } from "./error-line.ts";
import { CUT } from "./bar.ts";
import { formatDuration, formatTime } from "./format.ts";
import { describeGap } from "./gap-text.ts";
import { type RunFacts, standingOf } from "./run-facts.ts";
import type { Gap, Timeline } from "./timeline.ts";
import { wrap } from "./wrap.ts";

/** Most others that are named. */
const MOST_OTHERS = 10;

interface EntryFacts {
  readonly place: Place;
  readonly events: readonly HistoryEvent[];
  /** Entries that the name fits, too. */
  readonly others: readonly Location[];
  readonly timeline: Timeline;
}

/** The view, with a line feed at its end. */
export function entryView(
  facts: RunFacts,
  { place, events, others, timeline }: EntryFacts,
  { now, styles, width }: { now: number; styles: Styles; width: number },
): string {
  const { entry } = place;
  const name = styles.bold(escapeLine(formatLocation(locationOf(place))));
  const lines = wrap(`${name}  ${entry?.kind ?? "scope"} of ${facts.run}`, width);
  if (others.length > 0)
    lines.push(...othersLines(others).flatMap((line) => wrap(line, width).map((each) => styles.yellow(each))));
  if (entry !== undefined) {
    const text = entryText(place, { now, standing: standingOf(facts), timeline, valueLimit: 0 });
    const started = `started ${formatTime(entry.startedAt, now)}`;
    lines.push(...wrap(`${styledSymbol(text, styles)} ${wordsOf(text)} · ${started}`, width));
  }
  for (const [title, value] of valuesOf(place)) lines.push("", styles.dim(title), pretty(value));
  const error = entry?.kind === "step" ? entry.error : undefined;
  if (error !== undefined) {
    lines.push("", styles.dim(entry?.status === "completed" ? "last failure" : "error"));
    lines.push(...wrap(errorLine(error), width));
    lines.push(...userFrames(error.stack).map((frame) => `    ${styles.dim(escapeLine(frame))}`));
    if (error.fields !== undefined) lines.push(pretty(error.fields));
  }
  lines.push("", styles.dim("events"));
  lines.push(...eventLines(events, timeline.gaps, now).flatMap((line) => wrap(line, width)));
  return `${lines.join("\n")}\n`;
}

/** The name fits others, too: which, the newest first. */
function othersLines(others: readonly Location[]): string[] {
  const shown = others.slice(-MOST_OTHERS).reverse();
  const more = others.length > shown.length ? `and ${others.length - shown.length} more` : undefined;
  const spelt = [...shown.map((each) => escapeLine(formatLocation(each))), ...(more === undefined ? [] : [more])];
  return [`the last of ${others.length + 1} that the name fits; the others:`, ...spelt.map((each) => `  ${each}`)];
}

function valuesOf({ entry, children }: Place): [title: string, value: unknown][] {
  switch (entry?.kind) {
    case "step":
      return entry.status === "completed" ? [["output", entry.output]] : [];
    case "message":
      return entry.messages.map((message) => [`message ${JSON.stringify(message.name)}`, message.body]);
    case "loop": {
      const state = entry.begun.get(entry.iteration)?.state;
      return entry.status === "completed" ? [["output", entry.output]] : [["state", state]];
    }
    case "join":
    case "race":
      return [...entry.branches.values()].flatMap(({ name, status, output }): [string, unknown][] =>
        status === "completed" ? [[`branch ${name}`, output]] : [],
      );
    case undefined:
      return [["entries", [...(children?.keys() ?? [])]]];
    default:
      return [];
  }
}

/** Its events, and between them the times in which no process had the run. */
function eventLines(events: readonly HistoryEvent[], gaps: readonly Gap[], now: number): string[] {
  const from = events[0]?.at ?? now;
  return events.flatMap((event, index) => {
    const before = events[index - 1]?.at ?? Number.POSITIVE_INFINITY;
    const between = gaps.filter((gap) => gap.from >= before && gap.to <= event.at);
    return [...between.map((gap) => `      ${CUT}  ${describeGap(gap, now)}`), eventLine(event, from, now)];
  });
}

/** What happened to it, one event a line: its number, the time of day, how long after the first one, and what it says. */
function eventLine(event: HistoryEvent, from: number, now: number): string {
  const { type, seq, at } = event;
  const after = at === from ? "" : `  +${formatDuration(at - from)}`;
  const attempt = "attempt" in event ? `  attempt ${event.attempt}` : "";
  const error = "error" in event ? `  ${errorLine(event.error)}` : "";
  return `  ${String(seq).padStart(5)}  ${formatTime(at, now)}  ${type}${attempt}${error}${after}`;
}

function pretty(value: unknown): string {
  return escapeJson(JSON.stringify(toJson(value), undefined, 2));
}
