/** Spans of time as they are typed: `90s`, `5m`, `2h`, `7d`, `2w`. Pure. */
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Milliseconds. @throws CliError when it is not spelt so */
export function parseSpan(text: string, flag: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const size = UNITS[unit.toLowerCase()];
  if (size !== undefined) return Number(amount) * size;
  throw new CliError(`${flag} is a span of time, not ${JSON.stringify(text)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: `for example: ${flag} 30m  (s, m, h, d, w)`,
  });
}

/** The time that `text` means: so long ago, or a date such as 2026-05-01. @throws CliError */
export function parseSince(text: string, flag: string, now: number): number {
  const date = /^\d{4}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? now - parseSpan(text, flag) : date;
}
