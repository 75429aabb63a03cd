/**
 * Locations as they are typed: `charge` (the last entry of that name), `charge#2` (the second recorded),
 * `orders[12]/charge`, or the JSON array. Pure.
 *
 * Invariant: what is typed means the places whose path ends so, in the order in which they were recorded.
 */
import { locationOf, type Place } from "../engine/history/entries.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import type { History } from "../engine/history/history.ts";
import { formatLocation, type Location, type Segment } from "../engine/history/location.ts";
import { CliError } from "./cli-error.ts";
import { escapeLine } from "./escape.ts";
import { EXIT } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";

/** The place that is meant. @throws CliError when nothing is recorded there */
export function findPlace(history: History, typed: string): Place {
  const exact = jsonLocation(typed);
  if (exact !== undefined) return history.find(exact) ?? fail(history, typed);
  const found = find(history, typed);
  if (found !== undefined) return found;
  const [, rest = "", nth = ""] = /^(.+)#(\d+)$/.exec(typed) ?? [];
  return (rest === "" ? undefined : find(history, rest, Number(nth))) ?? fail(history, typed);
}

/** All places that the name means: more than one where it is not spelt out which. In the order of their record. */
export function findPlaces(history: History, typed: string): readonly Place[] {
  if (jsonLocation(typed) !== undefined) return [findPlace(history, typed)];
  const places = matching(history, typed);
  return places.length > 0 ? places : [findPlace(history, typed)];
}

/** Every location that the name means in the events, also those in iterations that their loop has dropped. */
export function locationsMeant(history: History, events: readonly HistoryEvent[], typed: string): readonly Location[] {
  const found = jsonLocation(typed) === undefined ? recordedAs(events, typed) : [];
  return found.length > 0 ? found : [locationOf(findPlace(history, typed))];
}

function recordedAs(events: readonly HistoryEvent[], typed: string): readonly Location[] {
  const endingSo = (path: Location): readonly Location[] => {
    const found = new Map<string, Location>();
    for (const event of events) {
      if (!("loc" in event)) continue;
      for (let end = path.length; end <= event.loc.length; end++)
        if (path.every((segment, index) => event.loc[end - path.length + index] === segment))
          found.set(JSON.stringify(event.loc.slice(0, end)), event.loc.slice(0, end));
    }
    return [...found.values()];
  };
  const asName = endingSo([typed]);
  const path = parseLocation(typed);
  return path === undefined || asName.length > 0 ? asName : endingSo(path);
}

/** The `nth` place, counted from 1, or the last. */
function find(history: History, typed: string, nth?: number): Place | undefined {
  const places = matching(history, typed);
  return nth === undefined ? places.at(-1) : places[nth - 1];
}

function matching(history: History, typed: string): Place[] {
  const path = parseLocation(typed);
  const asName = endingIn(history, [typed]);
  return path === undefined || asName.length > 0 ? asName : endingIn(history, path);
}

function endingIn(history: History, path: Location): Place[] {
  const found: Place[] = [];
  for (const place of placesBelow(history.root)) if (endsIn(place, path)) found.push(place);
  return found.toSorted((a, b) => a.firstSeq - b.firstSeq);
}

function endsIn(place: Place, path: Location): boolean {
  let at: Place | undefined = place;
  for (let index = path.length - 1; index >= 0; index--) {
    if (at?.parent === undefined || at.segment !== path[index]) return false;
    at = at.parent;
  }
  return true;
}

function* placesBelow(place: Place): Iterable<Place> {
  for (const child of place.children?.values() ?? []) {
    yield child;
    if (child.children !== undefined) yield* placesBelow(child);
  }
}

/** Iterations of a loop, and places in all, that are offered. */
const ITERATIONS = 3;
const MOST_OFFERED = 500;

/** The places of a run as they are typed, those at the top first: what a shell offers. Of a loop the last iterations. */
export function locationsIn(root: Place): string[] {
  const found: string[] = [];
  for (let level = [root]; level.length > 0 && found.length < MOST_OFFERED;)
    level = level.flatMap((place) => {
      const children = [...(place.children?.values() ?? [])].slice(place.entry?.kind === "loop" ? -ITERATIONS : 0);
      for (const child of children)
        if (child.entry !== undefined)
          found.push(place === root ? String(child.segment) : formatLocation(locationOf(child)));
      return children;
    });
  return found.slice(0, MOST_OFFERED);
}

function jsonLocation(typed: string): Location | undefined {
  if (!/^\s*\[\s*"/.test(typed)) return undefined;
  try {
    const json: unknown = JSON.parse(typed);
    const isLocation = Array.isArray(json) && json.every((part) => typeof part === "string" || Number.isInteger(part));
    return isLocation ? (json as Segment[]) : undefined;
  } catch {
    return undefined;
  }
}

/** `orders[12]/"a name"/x` taken apart; undefined when it is not spelt like a location. */
function parseLocation(text: string): Location | undefined {
  const part = /("(?:[^"\\]|\\.)*"|[^/[\]"]+)|\[(\d+)\]|(\/)/gy;
  const path: Segment[] = [];
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const [, name, iteration] = match;
    if (iteration !== undefined) path.push(Number(iteration));
    else if (name !== undefined) {
      const segment = name.startsWith('"') ? unquoted(name) : name;
      if (segment === undefined) return undefined;
      path.push(segment);
    }
  }
  return path.length === 0 ? undefined : path;
}

/** A name in quotes; undefined when it is no JSON string, as `"\x"`. */
function unquoted(name: string): string | undefined {
  try {
    return JSON.parse(name) as string;
  } catch {
    return undefined;
  }
}

/** What is typed lies in an iteration that its loop has dropped: the loop, and the iteration. */
function droppedFrom(history: History, typed: string): { loop: Place; before: number } | undefined {
  const path = jsonLocation(typed) ?? parseLocation(typed.replace(/#\d+$/, "")) ?? [];
  for (const [index, iteration] of path.entries()) {
    if (typeof iteration === "string") continue;
    for (const loop of placesBelow(history.root))
      if (loop.entry?.kind === "loop" && iteration < loop.entry.prunedBefore && endsIn(loop, path.slice(0, index)))
        return { loop, before: loop.entry.prunedBefore };
  }
  return undefined;
}

function fail(history: History, typed: string): never {
  const dropped = droppedFrom(history, typed);
  if (dropped !== undefined) {
    const loop = formatLocation(locationOf(dropped.loop));
    throw new CliError(
      `nothing is left of ${JSON.stringify(typed)}: the iterations of ${escapeLine(loop)} before ${dropped.before} were dropped`,
      {
        code: "no_entry",
        exitCode: EXIT.notFound,
        hint: "a loop keeps its last ones, as many as its historySize; wf inspect RUN --events  may show older ones",
      },
    );
  }
  const names = [...new Set([...placesBelow(history.root)].map((place) => String(place.segment)))];
  const last = typed.replace(/#\d+$/, "").split("/").at(-1) ?? typed;
  const best = /[*?]/.test(last) ? undefined : nearest(last, names);
  const some = [...(history.root.children?.values() ?? [])]
    .slice(0, 5)
    .map((place) => formatLocation(locationOf(place)));
  const list = some.length === 0 ? "nothing is recorded yet" : `for example ${some.join(", ")}`;
  throw new CliError(`nothing is recorded at ${JSON.stringify(typed)}`, {
    code: "no_entry",
    exitCode: EXIT.notFound,
    hint: best === undefined || best === typed ? list : `did you mean ${best}?`,
  });
}
