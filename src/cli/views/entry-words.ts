/** What an entry is said in: the words' parts, and the symbols that go with them. Pure. */
import type { Place } from "../../engine/history/entries.ts";
import type { Styles } from "../terminal.ts";
import { formatDuration, formatValue } from "./format.ts";
import type { Standing } from "./run-facts.ts";
import type { Timeline } from "./timeline.ts";

/** How an entry stands, as a colour tells it. */
type Tone = "good" | "bad" | "busy" | "quiet";

/** An entry in words. */
export interface EntryText {
  /** One cell: how it stands. */
  readonly symbol: string;
  readonly tone: Tone;
  readonly detail: string;
  /** The part that moves: time left. Kept where the rest has to be cut. */
  readonly moving?: string;
  /** What may be cut first: an error, a count. */
  readonly remark?: string;
  /** More, for those who have room: a short output or body. */
  readonly more?: string;
}

/** What the words depend on besides the entry. */
export interface EntryTextOptions {
  readonly now: number;
  /** Who has the run: what runs by its history, runs only while somebody has it. */
  readonly standing: Standing;
  readonly timeline: Timeline;
  /** Attempts that the step has in all, where that is known. */
  readonly maxAttempts?: number | undefined;
  /** Most characters of a value. */
  readonly valueLimit: number;
}

/** All words but those for who has room. */
export function wordsOf({ detail, moving, remark }: EntryText): string {
  return [detail, moving ?? "", remark === undefined ? "" : `  (${remark})`].join("");
}

/** The symbol in the entry's colour. */
export function styledSymbol({ symbol, tone }: EntryText, styles: Styles): string {
  return inTone(symbol, tone, styles);
}

/** Text in the colour of how an entry stands. */
export function inTone(text: string, tone: Tone, styles: Styles): string {
  switch (tone) {
    case "good":
      return styles.green(text);
    case "bad":
      return styles.red(text);
    case "busy":
      return styles.yellow(text);
    case "quiet":
      return styles.dim(text);
  }
}

/** How long some process was at it. */
export function took(
  place: Place,
  { startedAt, endedAt = startedAt }: { readonly startedAt: number; readonly endedAt?: number },
  { timeline }: EntryTextOptions,
): string {
  return formatDuration(timeline.spentAt(place, startedAt, endedAt));
}

/** It came to its end. */
export function done(detail: string, more?: string): EntryText {
  return { symbol: "✓", tone: "good", detail, ...(more !== undefined && { more }) };
}

/** It came to a bad end. */
export function failed(detail: string): EntryText {
  return { symbol: "✗", tone: "bad", detail };
}

/** It waits. @param moving time left; empty: for as long as it takes */
export function waiting(detail: string, moving: string): EntryText {
  return { symbol: "⏸", tone: "busy", detail, ...(moving !== "" && { moving }) };
}

/** Open when the run was over: nothing comes of it. */
export function ended(detail: string): EntryText {
  return { symbol: "–", tone: "quiet", detail };
}

/** A value in a line; undefined: there is none, or no room. */
export function output(value: unknown, { valueLimit }: EntryTextOptions): string | undefined {
  return value === undefined || valueLimit === 0 ? undefined : formatValue(value, valueLimit);
}
