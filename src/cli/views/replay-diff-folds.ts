/**
 * Folds what is equal over the rounds of a loop, the branches of a join or race, or several runs, into one row. Pure.
 *
 * Invariant: a row stands for entries of which all that is shown is equal, but for the numbers of iterations and the
 * names of branches in their locations.
 */
import { formatLocation, type Location, type Segment } from "../../engine/history/location.ts";
import type { ReplayEntry, ReplayReport } from "../../engine/replay/report.ts";
import { escapeLine } from "../escape.ts";
import { literal } from "./patterns.ts";

/** A row that is shown. */
export interface FoldedRow {
  /** The first of those that it stands for. */
  readonly entry: ReplayEntry;
  /** How many it stands for. */
  readonly times: number;
  /** So many locations there are in what `spell` says, where it does not stand for them all. */
  readonly outOf?: number;
  /** A text about the entry as one about them all: `orders[0..499]` for `orders[0]`. */
  readonly spell: (text: string) => string;
}

/** So many equal entries are one row. */
const ROUNDS = 3;
/** Of numbers that do not follow on each other, and of names, so many are spelled out. */
const SPELLED = 3;

/** How to fold. */
interface FoldOptions {
  /** All entries of the comparison: they say what is a branch. Default: those that are folded. */
  readonly among?: readonly ReplayEntry[];
  /** So many equal ones are folded. Default: 3. */
  readonly from?: number;
}

/** The rows, each where its first entry stands. */
export function foldRounds(
  entries: readonly ReplayEntry[],
  { among = entries, from = ROUNDS }: FoldOptions = {},
): FoldedRow[] {
  const joins = joinsOf(among);
  const keys = entries.map((entry) => (standsAlone(entry, joins) ? undefined : keyOf(entry, joins)));
  const groups = new Map<string, ReplayEntry[]>();
  for (const [at, entry] of entries.entries()) {
    const key = keys[at];
    const group = key === undefined ? undefined : groups.get(key);
    if (group !== undefined) group.push(entry);
    else if (key !== undefined) groups.set(key, [entry]);
  }
  const rows: FoldedRow[] = [];
  for (const [at, entry] of entries.entries()) {
    const key = keys[at];
    const group = key === undefined ? undefined : groups.get(key);
    if (group === undefined || group.length < from) rows.push({ entry, times: 1, spell: AS_IT_IS });
    else if (group[0] === entry) rows.push(rowOf(group, joins));
  }
  return rows;
}

const AS_IT_IS = (text: string): string => text;

/** Whether nothing can be equal to an entry: it stayed the same, outside of all rounds. Most of a long history does. */
function standsAlone({ level, location }: ReplayEntry, joins: ReadonlySet<string>): boolean {
  return level === "ok" && joins.size === 0 && !location.some((segment) => typeof segment === "number");
}

/** What is shown of the differences, whatever rounds they stand in: comparisons of the same shape give the same rows. */
export function shapeOf({ differences, entries }: ReplayReport): string {
  const joins = joinsOf(entries);
  return [...new Set(differences.map((entry) => keyOf(entry, joins)))].join("\n");
}

/** Where the branches of joins and races stand: below these locations. */
function joinsOf(entries: readonly ReplayEntry[]): ReadonlySet<string> {
  const joins = new Set<string>();
  for (const { location, asked, recorded } of entries) {
    for (const side of [asked, recorded]) {
      if (side?.kind === "join" || side?.kind === "race") joins.add(formatLocation(side.location));
      if (side?.kind === "branch") joins.add(formatLocation(location.slice(0, -1)));
    }
  }
  return joins;
}

function rowOf(group: readonly ReplayEntry[], joins: ReadonlySet<string>): FoldedRow {
  const [entry] = group as [ReplayEntry];
  const rounds = new Map<string, Set<Segment>>();
  for (const each of group) {
    for (const location of locationsOf(each)) {
      for (const { pattern, segment } of roundsIn(location, joins)) {
        const seen = rounds.get(pattern);
        if (seen === undefined) rounds.set(pattern, new Set([segment]));
        else seen.add(segment);
      }
    }
  }
  const sizes = roundsIn(entry.location, joins).map(({ pattern }) => rounds.get(pattern)?.size ?? 1);
  const spelled = ({ pattern, segment }: Round): string => {
    const all = [...(rounds.get(pattern) ?? [segment])];
    return typeof segment === "number" ? numbersText(all.map(Number)) : namesText(all.map(String));
  };
  const distinct = new Set(group.map(({ location }) => formatLocation(location))).size;
  const places = sizes.reduce((product, size) => product * size, 1);
  return {
    entry,
    times: group.length,
    ...(distinct === group.length && distinct < places && { outOf: places }),
    spell: spelling(entry, joins, spelled),
  };
}

/** A round that a location lies in. */
interface Round {
  /** How many of the location's segments lead to it, it included. */
  readonly depth: number;
  /** The location up to it, whatever the round. */
  readonly pattern: string;
  readonly segment: Segment;
}

function roundsIn(location: Location, joins: ReadonlySet<string>): Round[] {
  const rounds: Round[] = [];
  let pattern = "";
  for (const [at, segment] of location.entries()) {
    const isRound = typeof segment === "number" || (joins.size > 0 && joins.has(formatLocation(location.slice(0, at))));
    pattern += isRound ? (typeof segment === "number" ? "[]" : "/{}") : `/${JSON.stringify(segment)}`;
    if (isRound) rounds.push({ depth: at + 1, pattern, segment });
  }
  return rounds;
}

function locationsOf({ location, recorded }: ReplayEntry): Location[] {
  return recorded === undefined ? [location] : [location, recorded.location];
}

/** Puts other words in the place of the rounds, wherever a text speaks of the entry's own locations. */
function spelling(
  entry: ReplayEntry,
  joins: ReadonlySet<string>,
  spelled: (round: Round) => string,
): (text: string) => string {
  const words = new Map<string, string>();
  for (const location of locationsOf(entry)) {
    const rounds = new Map(roundsIn(location, joins).map((round) => [round.depth, spelled(round)]));
    let text = "";
    for (const [at, segment] of location.entries()) {
      const word = rounds.get(at + 1);
      text += word ?? (at === 0 ? "" : "/") + escapeLine(formatLocation([segment]));
      if (word !== undefined) words.set(escapeLine(formatLocation(location.slice(0, at + 1))), text);
    }
  }
  if (words.size === 0) return (text) => text;
  const longestFirst = [...words.keys()].toSorted((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map(literal).join("|"), "gu");
  return (text) => text.replaceAll(any, (found) => words.get(found) ?? found);
}

/** All that is shown of an entry, without its rounds. */
function keyOf(entry: ReplayEntry, joins: ReadonlySet<string>): string {
  const { verdict, level, asked, recorded, site, detail, folded, onRollbackOnly, fix = [] } = entry;
  const places = locationsOf(entry).map((location) => {
    const rounds = roundsIn(location, joins);
    const { pattern = "", depth = 0 } = rounds.at(-1) ?? {};
    return [pattern, ...location.slice(depth)];
  });
  const shown = [verdict, level, asked?.kind, recorded?.kind, site, folded, onRollbackOnly, places];
  if (detail === undefined && fix.length === 0) return JSON.stringify(shown);
  const spell = spelling(entry, joins, ({ pattern }) => pattern);
  const texts = fix.map(({ title, code, edits }) => [spell(title), code, edits]);
  return JSON.stringify([...shown, detail === undefined ? undefined : spell(detail), texts]);
}

/** `[0..499]`, `[0..6, 8]`, `[0, 2, 4 … 498]`. */
function numbersText(numbers: readonly number[]): string {
  const spans: { from: number; to: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && last.to + 1 === number) last.to = number;
    else spans.push({ from: number, to: number });
  }
  return `[${someOf(spans.flatMap(spanTexts))}]`;
}

function spanTexts({ from, to }: { readonly from: number; readonly to: number }): string[] {
  if (to - from > 1) return [`${from}..${to}`];
  return from === to ? [`${from}`] : [`${from}`, `${to}`];
}

/** `/{corner, market}`, `/{b0, b1, b2 … b29}`. */
function namesText(names: readonly string[]): string {
  const spelled = names.map((name) => escapeLine(formatLocation([name])));
  return names.length === 1 ? `/${spelled[0] ?? ""}` : `/{${someOf(spelled)}}`;
}

function someOf(texts: readonly string[]): string {
  const last = texts.at(-1);
  if (last === undefined || texts.length <= SPELLED + 1) return texts.join(", ");
  return `${texts.slice(0, SPELLED).join(", ")} … ${last}`;
}
