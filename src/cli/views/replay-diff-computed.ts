/**
 * Folds what one call asks for under computed names into one row: `mail-0 … mail-29 → post-0 … post-29`. Pure.
 *
 * Invariant: a row stands for rows of one verdict, kind, scope and place in the source, of which all that is shown is
 * equal but for the last names.
 */
import { formatLocation, type Location } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import { literal, word } from "./patterns.ts";
import type { FoldedRow } from "./replay-diff-folds.ts";

/** So many rows of one call are one row. */
const NAMES = 3;

/** The rows, each where the first that it stands for stands. */
export function foldComputed(rows: readonly FoldedRow[]): FoldedRow[] {
  const groups = new Map<string, FoldedRow[]>();
  const groupOf = new Map<FoldedRow, FoldedRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
    groupOf.set(row, group);
  }
  if (groups.size === 0) return [...rows];
  return rows.flatMap((row) => {
    const group = groupOf.get(row) ?? [row];
    if (group.length < NAMES) return [row];
    return group[0] === row ? [rowOf(group)] : [];
  });
}

/** What is shown of a row, without its last names. Undefined: no call asks for it, or nothing differs. */
function keyOf({ entry, times, outOf, spell }: FoldedRow): string | undefined {
  if (entry.level === "ok") return undefined;
  const { verdict, level, asked, recorded, site, detail, folded, onRollbackOnly, location, fix = [] } = entry;
  if (site === undefined || (verdict !== "renamed?" && verdict !== "inserted")) return undefined;
  const scopes = [location, recorded?.location ?? []].map((each) => spell(formatLocation(each.slice(0, -1))));
  const texts = fix.map(({ title, code }) => [title, code]);
  const kinds = [verdict, level, asked?.kind, recorded?.kind, onRollbackOnly];
  return JSON.stringify([kinds, site, scopes, detail, folded, times, outOf, texts]);
}

function rowOf(group: readonly FoldedRow[]): FoldedRow {
  const [first] = group as [FoldedRow];
  const last = group.at(-1) ?? first;
  const names = new Map([...pairs(first.entry.location, last.entry.location), ...pairsOfRecorded(first, last)]);
  const any = new RegExp(
    [...names.keys()].map((text) => (text.startsWith('"') ? literal(text) : word(text))).join("|"),
    "gu",
  );
  return {
    entry: first.entry,
    times: group.reduce((sum, { times }) => sum + times, 0),
    spell: (text) => first.spell(text).replaceAll(any, (found) => names.get(found) ?? found),
  };
}

function pairsOfRecorded({ entry }: FoldedRow, { entry: last }: FoldedRow): [string, string][] {
  return pairs(entry.recorded?.location ?? [], last.recorded?.location ?? []);
}

/** The last name of a location in quotes and as it stands in locations, each with what is said in its place. */
function pairs(from: Location, to: Location): [string, string][] {
  const [first, last] = [from.at(-1), to.at(-1)];
  if (first === undefined || last === undefined) return [];
  const spellings = [(name: string): string => `"${escapeLine(name)}"`, (name: string): string => located(name)];
  return spellings.map((spelling) => [
    spelling(String(first)),
    `${spelling(String(first))} … ${spelling(String(last))}`,
  ]);
}

function located(name: string): string {
  return escapeLine(formatLocation([name]));
}
