/** Times, durations and values as people read them. Pure: the time that it is, is an argument. */
import { escapeJson } from "../escape.ts";
import { toJson } from "../values-json.ts";

/** `212 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < 1000) return `${Math.round(positive)} ms`;
  if (positive < 59_950) return `${(positive / 1000).toFixed(1)} s`;
  const seconds = Math.round(positive / 1000);
  if (seconds < 3600) return twoUnits(seconds, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  return minutes < 24 * 60 ? twoUnits(minutes, 60, "h", "min") : twoUnits(Math.round(minutes / 60), 24, "d", "h");
}

function twoUnits(amount: number, size: number, big: string, small: string): string {
  const rest = amount % size;
  return `${Math.floor(amount / size)} ${big}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

/** Time left, counted down in steps that do not flicker: `0.4 s`, `8 s`, `2 min 5 s`. */
export function formatTimeLeft(ms: number): string {
  if (ms <= 0) return "now";
  if (ms < 1000) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000);
}

/** A time of day; with the date when it is another day than `now`. */
export function formatTime(at: number, now: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** How long ago: `just now`, `5 min ago`. */
export function formatAge(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A value in one line of JSON, cut at `limit` characters; harmless on a terminal. */
export function formatValue(value: unknown, limit: number): string {
  const text = escapeJson(JSON.stringify(toJson(value)));
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** `701 bytes`, `5.5 KB`, `24 MB`, `3.1 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  let amount = bytes / 1000;
  let unit = "KB";
  for (const larger of ["MB", "GB"]) {
    if (amount < 999.5) break;
    amount /= 1000;
    unit = larger;
  }
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount).toLocaleString("en-US")} ${unit}`;
}

/** What of a damaged history can be read. */
export function goodBefore(events: number): string {
  if (events === 0) return "nothing before it";
  return `${count(events, "event")} before it ${events === 1 ? "is" : "are"} good`;
}

/** `3 messages`, `1 message`. */
export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`;
}
