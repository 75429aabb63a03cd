/**
 * What the text of the code knows of recorded names: which are still called somewhere, and which nowhere any more. The
 * engine reads no files: who compares may bring a `Source`. Without one, nothing is known, and nothing is claimed.
 *
 * Invariant: a name that is recorded at more places than it is called at says nothing: any of them may be the one.
 */
import type { EntryKind } from "../history/events.ts";
import { locationOf, type Place } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";
import type { Site } from "./report.ts";

/** The text of the code that a history is compared with. */
export interface Source {
  /**
   * Where the code asks for an entry of this name and kind, by the name as a literal.
   * @param near a place in the code in question; undefined: none is known
   * @returns undefined: it cannot be told, or a name that is computed may be this one
   */
  callsOf(name: string, kind: EntryKind, near: Site | undefined): readonly Site[] | undefined;
  /** The same, of the same context and in the same function as the call at a place. */
  callsBeside(name: string, kind: EntryKind, near: Site): readonly Site[];
  /** Whether one run may come to both places: false where each stands in a workflow of its own. */
  mayMeet(one: Site, other: Site): boolean;
}

/** What a comparison knows of names. */
export class Whereabouts {
  readonly #source: Source | undefined;
  readonly #root: Place;
  readonly #spared: ReadonlySet<string>;
  #recorded: Map<string, Set<string>> | undefined;

  /** @param spared recorded locations that nothing else is taken for, renamed or moved */
  constructor(source: Source | undefined, root: Place, spared: ReadonlySet<string>) {
    this.#source = source;
    this.#root = root;
    this.#spared = spared;
  }

  /** Where a recorded place's name is still called; empty where it is not, or where that cannot be told. */
  callsOf(place: Place, near: Site | undefined): readonly Site[] {
    const { entry, segment } = place;
    if (this.#source === undefined || entry === undefined) return [];
    const source = this.#source;
    const sites = source.callsOf(String(segment), entry.kind, near) ?? [];
    if (sites.length === 0 || sites.length < this.#patternsOf(place)) return [];
    return near === undefined ? sites : sites.filter((site) => source.mayMeet(site, near));
  }

  /** Where a recorded place's name is called of the same context as at a place. */
  callsBeside({ segment }: Place, kind: EntryKind, near: Site): readonly Site[] {
    return this.#source?.callsBeside(String(segment), kind, near) ?? [];
  }

  /** Whether nothing else is to be taken for a recorded place, renamed or moved. */
  isSpared(place: Place): boolean {
    return this.#spared.size > 0 && this.#spared.has(formatLocation(locationOf(place)));
  }

  /** Whether the code has no call left that could ask for a recorded place. */
  isNowhere({ entry, segment }: Place, near: Site | undefined): boolean {
    if (entry === undefined) return false;
    return this.#source?.callsOf(String(segment), entry.kind, near)?.length === 0;
  }

  /** Whether the code has a call under this very name, as a literal. */
  isSpelt(name: string, kind: EntryKind, near: Site | undefined): boolean {
    return (this.#source?.callsOf(name, kind, near)?.length ?? 0) > 0;
  }

  /** At how many places a name is recorded, the iterations of a loop counted as one. */
  #patternsOf(place: Place): number {
    this.#recorded ??= patternsBelow(this.#root);
    return this.#recorded.get(keyOf(place))?.size ?? 0;
  }
}

function patternsBelow(root: Place): Map<string, Set<string>> {
  const patterns = new Map<string, Set<string>>();
  const visit = (place: Place, above: string): void => {
    for (const [segment, child] of place.children ?? []) {
      const pattern = `${above}/${typeof segment === "number" ? "*" : JSON.stringify(segment)}`;
      const known = patterns.get(keyOf(child));
      if (known === undefined) patterns.set(keyOf(child), new Set([pattern]));
      else known.add(pattern);
      visit(child, pattern);
    }
  };
  visit(root, "");
  return patterns;
}

function keyOf({ entry, segment }: Place): string {
  return JSON.stringify([entry?.kind, segment]);
}

/** Places in the source, in few words: `w.ts:6`. */
export function sitesText(sites: readonly Site[]): string {
  return sites.map(({ file, line }) => `${file.split(/[\\/]/).at(-1)}:${line}`).join(" and ");
}
