/**
 * Ids of runs: which are allowed, how they are made, and which run a person means. Pure, over the list of ids. That no
 * two of a store differ only in case is `spelling.ts`.
 *
 * Invariants:
 * 1. An id is checked before a path is built of it, and never "cleaned".
 */
import { randomInt } from "node:crypto";
import { BadIdError, NotFoundError } from "./errors.ts";

const ALLOWED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const RANDOM_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const RANDOM_LENGTH = 6;
const MAX_SUGGESTIONS = 3;

/** Whether a name may be the id of a run. */
export function isRunId(id: string): boolean {
  return ALLOWED.test(id) && !id.endsWith(".") && id.toLowerCase() !== "latest" && !DEVICE.test(id);
}

/** @throws BadIdError when `id` may not be the id of a run */
export function checkRunId(id: string): void {
  if (isRunId(id)) return;
  const shown = JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);
  throw new BadIdError(
    `${shown} cannot be the id of a run`,
    "letters, digits, dots, dashes and underscores, at most 64; no device names, not latest, no dot at the end",
  );
}

/** A new id for a run of this workflow: `<workflow>-<6 random characters>`. */
export function newRunId(workflow: string): string {
  const name = workflow
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .slice(0, 64 - RANDOM_LENGTH - 1)
    .replace(/^[-_]+|-+$/g, "");
  const random = Array.from({ length: RANDOM_LENGTH }, () => RANDOM_LETTERS[randomInt(RANDOM_LETTERS.length)]);
  return `${name === "" ? "run" : name}-${random.join("")}`;
}

/**
 * The one id that `wanted` stands for: itself, or the only id that begins with it, or whose random part does.
 * @throws NotFoundError for none, BadIdError for several
 */
export function matchRunId(wanted: string, ids: readonly string[]): string {
  if (ids.includes(wanted)) return wanted;
  const matches = wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted) || randomPart(id).startsWith(wanted));
  const [only] = matches;
  if (only === undefined) throw new NotFoundError(wanted, similarTo(wanted, ids));
  if (matches.length === 1) return only;
  const shown = matches.slice(0, MAX_SUGGESTIONS).join(", ") + (matches.length > MAX_SUGGESTIONS ? ", …" : "");
  throw new BadIdError(`${JSON.stringify(wanted)} stands for ${matches.length} runs: ${shown}`, "type more of the id");
}

function randomPart(id: string): string {
  return id.slice(id.lastIndexOf("-") + 1);
}

function similarTo(wanted: string, ids: readonly string[]): string[] {
  if (wanted.length > 64) return [];
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return ids
    .map((id) => ({ id, distance: Math.min(distance(wanted, id), distance(wanted, id.slice(0, wanted.length))) }))
    .filter((candidate) => candidate.distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map((candidate) => candidate.id);
}

/** Edit distance of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
