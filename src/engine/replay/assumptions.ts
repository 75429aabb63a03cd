/**
 * Who answers for which recorded place in a comparison: the place's own name, or an assumption (a new name, another
 * scope) that is taken back when the code asks for the recorded place after all.
 */
import { locationOf, type Place } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";
import type { Finding } from "./ledger.ts";

/** How a recorded place was claimed. */
export type Claim = "own" | Finding;

/** The claims of one comparison. */
export class Assumptions {
  readonly #claims: Map<Place, Claim> = new Map<Place, Claim>();
  readonly #assumed: Set<Finding> = new Set<Finding>();

  readonly #gone: Set<Place> = new Set<Place>();
  /** Names under which something was taken for moved, and then asked for where it is recorded. */
  readonly #mistaken: Set<Place["segment"]> = new Set<Place["segment"]>();

  /** Recorded locations, formatted, that the code asks for itself: of names that were taken for moved by mistake. */
  mistaken(): Set<string> {
    const places = this.#mistaken.size === 0 ? [] : [...this.#claims.keys()];
    const own = places.filter((place) => this.#mistaken.has(place.segment) && this.claimOf(place) === "own");
    return new Set(own.map((place) => formatLocation(locationOf(place))));
  }

  /** `removed` says that a place is gone, with all that is in it. */
  leave(place: Place): void {
    this.#gone.add(place);
  }

  isGone(place: Place): boolean {
    return this.#gone.has(place);
  }

  /** The code asks for it by its own name, and nothing answers in its place. */
  isItself(place: Place): boolean {
    return this.claimOf(place) === "own" && !this.isGone(place);
  }

  claimOf(place: Place): Claim | undefined {
    return this.#claims.get(place);
  }

  claim(place: Place, by: Claim): void {
    this.#claims.set(place, by);
    if (by !== "own") this.#assumed.add(by);
  }

  /** The code asks for a place by its own name: what was assumed of it, or of what lies in it once it has ended, falls. */
  takeBack(asked: Place): void {
    if (this.#assumed.size === 0) return;
    const isOver = asked.entry !== undefined && "endedAt" in asked.entry;
    for (const finding of this.#assumed) {
      const { place } = finding;
      if (place === undefined || (place !== asked && !(isOver && isBelow(place, asked)))) continue;
      if (finding.verdict === "rescoped?" && place === asked) this.#mistaken.add(place.segment);
      this.#claims.delete(place);
      this.#assumed.delete(finding);
      // A try block has no event of its own: a new one is no difference.
      if (finding.verdict !== "duplicate") finding.verdict = finding.kind === "try" ? "next" : "inserted";
      finding.isFollowed = true;
      delete finding.place;
      delete finding.recordedLocation;
      delete finding.index;
    }
  }
}

function isBelow(place: Place, above: Place): boolean {
  for (let at = place.parent; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}
