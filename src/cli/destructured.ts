/** Results that are taken apart where they are taken, as in `const { id } = await ctx.step(…)`. Reads text. */
import type { Site } from "../engine/replay/report.ts";

/** A pattern spans so many lines at most. */
const LINES = 20;
const TAKEN_APART = /^[^]*\b(?:const|let|var)\s*(\{[^;]*\}|\[[^;]*\])\s*(?::[^=;]+)?=\s*await\s+[\w$.]*$/;

/** The pattern that takes the awaited call at a place apart. */
export function patternBefore(lines: readonly string[], { line, column }: Site): string | undefined {
  const before = lines.slice(Math.max(0, line - LINES), line - 1);
  const text = [...before, (lines[line - 1] ?? "").slice(0, column - 1)].join("\n");
  return TAKEN_APART.exec(text)?.[1];
}

/** A value that a pattern can take apart, and that gives undefined for each of its parts; `…`: there are parts in parts. */
export function standInFor(pattern: string): string {
  const parts = pattern
    .slice(1, -1)
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !part.startsWith("..."));
  if (!parts.every((part) => /^["'\w$]+(?:\s*:\s*[\w$]+)?(?:\s*=[^{}[\]()]*)?$/.test(part))) return "…";
  if (pattern.startsWith("[")) return `[${parts.map(() => "undefined").join(", ")}]`;
  const keys = parts.map((part) => `${/^["'\w$]+/.exec(part)?.[0] ?? ""}: undefined`);
  return keys.length === 0 ? "{}" : `{ ${keys.join(", ")} }`;
}
