/**
 * Which recorded place an unrecorded question may mean. Structure and order decide; names only choose among places that
 * stand equally well.
 */
import { type Asked, matches } from "../execution/asked-names.ts";
import type { Entry, Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";
import type { Location } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import { type Finding, isFinished, type LedgerServices, type RecordedChild, type ScopeLedger } from "./ledger.ts";
import { isAlike, isUnlike, type Spelling, spellingOf } from "./likeness.ts";
import type { Verdict } from "./report.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** How many recorded neighbours are looked at. */
const NEAR = 50;
/** How many places with something inside are searched. */
const SEARCHED = 200;
/** Kinds that nothing is compared in. */
const LEAVES: readonly string[] = ["step", "sleep", "message"];

/** What is needed of a scope that asks. */
export interface AskingScope {
  readonly ledger: ScopeLedger;
  readonly location: Location;
  readonly outer: AskingScope | undefined;
  /** Recorded children that nobody asked for follow, here or around. */
  readonly isFollowed: boolean;
  /** The call of what is open here. */
  readonly openCall: Call | undefined;
  /** Notes that a recorded child was asked for in another way. */
  claimFor(counterpart: Counterpart, finding: Finding): void;
}

/** What is known of names. */
interface Informed {
  readonly whereabouts: Whereabouts;
}

/** A recorded place that answers for something else. */
export interface Counterpart {
  /** The scope that holds it, and which of its recorded children it is or lies in. */
  readonly scope: AskingScope;
  readonly child: RecordedChild;
  readonly place: Place;
  readonly path: Location;
}

/**
 * The recorded child of the same kind where the code stands: the first, or one whose name is clearly the old one. Past
 * others it must have ended, or have such a name: the code would wait at it for ever. One that is spared is none, and
 * what stands before it is new, unless a name says otherwise.
 */
export function renamedCounterpart(
  scope: AskingScope,
  asked: Asked,
  name: string,
  { whereabouts }: Informed,
): Counterpart | undefined {
  const spelling = spellingOf(name);
  let first: RecordedChild | undefined;
  let seen = 0;
  let isNew = false;
  for (const child of scope.ledger.gap()) {
    if (seen++ === NEAR) break;
    if (!matches(asked, child.place)) continue;
    if (first === undefined && whereabouts.isSpared(child.place)) {
      isNew = true;
      continue;
    }
    const isLike = isAlike(spellingOfChild(child), spelling);
    if (isNew && !isLike) continue;
    if (seen > 1 && !isLike && child.place.entry !== undefined && !hasEnded(child.place.entry)) continue;
    if (isLike && (first === undefined || isUnlike(spellingOfChild(first), spelling))) {
      first = child;
      break;
    }
    first ??= child;
  }
  return first && { scope, child: first, place: first.place, path: [first.name] };
}

/**
 * Passes by the recorded children where the code stands, if all of them are gone: no call could ask for them any more,
 * and nothing else is recorded behind them.
 * @returns the number that what is asked for has among the recorded children, then
 */
export function passGone(
  { ledger, outer }: AskingScope,
  asked: EntryKind,
  { location, call }: Pick<Finding, "location" | "call">,
  { whereabouts }: Informed,
): Pick<Finding, "index"> {
  if (!ledger.isFollowed || outer?.isFollowed === true) return {};
  const near = call?.site;
  if (!whereabouts.isSpelt(String(location.at(-1)), asked, near)) return {};
  const gap = [...ledger.gap()];
  const last = gap.at(-1);
  if (last === undefined || !gap.every(({ place }) => whereabouts.isNowhere(place, near))) return {};
  ledger.passBy(last);
  return { index: last.index + 1 };
}

function spellingOfChild(child: RecordedChild): Spelling {
  return (child.spelling ??= spellingOf(child.name));
}

/** Whether what is taken for renamed may as well be new: its name is another one, and what is recorded is open. */
export function mayBeNew({ entry, segment }: Place, name: string): boolean {
  if (entry === undefined || hasEnded(entry) || !LEAVES.includes(entry.kind)) return false;
  return !isAlike(spellingOf(String(segment)), spellingOf(name));
}

function hasEnded(entry: Entry): boolean {
  return entry.endedAt !== undefined;
}

/** A recorded entry of the same name and kind in another scope: around this one, or inside what nobody asked for. */
export function rescopedCounterpart(
  from: AskingScope,
  asked: Asked,
  name: string,
  services: LedgerServices & Informed,
): Counterpart | undefined {
  if (asked === "try") return undefined;
  for (let scope = from.outer; scope !== undefined; scope = scope.outer) {
    const child = scope.ledger.child(name);
    if (child === undefined || !isFreeToMove(services, child.place) || !matches(asked, child.place)) continue;
    return { scope, child, place: child.place, path: [name] };
  }
  for (let scope: AskingScope | undefined = from; scope !== undefined; scope = scope.outer) {
    const below = counterpartBelow(scope, asked, name, services);
    if (below !== undefined) return below;
  }
  return undefined;
}

/**
 * What is gone; and an iteration or a branch that is over, of what goes on or was asked for: nothing in it is asked for
 * again.
 */
function isSettled(services: LedgerServices, owner: Place, inside: Place): boolean {
  if (services.assumptions.isGone(inside)) return true;
  return isFinished(inside) && !(owner.entry?.endedAt !== undefined && isFree(services, owner));
}

/** Nobody has asked for it. */
function isFree(services: LedgerServices, place: Place): boolean {
  return services.isOriginal(place) && services.assumptions.claimOf(place) === undefined;
}

/** Nobody has asked for it, nor will where it is recorded. */
function isFreeToMove(services: LedgerServices & Informed, place: Place): boolean {
  return isFree(services, place) && !services.whereabouts.isSpared(place);
}

/** Searches what was recorded inside the entries of a scope that are open, or that nobody asked for yet. */
function counterpartBelow(
  scope: AskingScope,
  asked: Asked,
  name: string,
  services: LedgerServices & Informed,
): Counterpart | undefined {
  const searchIn = (children: Iterable<RecordedChild>): Counterpart | undefined => {
    let budget = SEARCHED;
    const search = (child: RecordedChild, place: Place, path: Location): Counterpart | undefined => {
      if (place.children === undefined || budget-- <= 0) return undefined;
      const found = place.children.get(name);
      if (found !== undefined && matches(asked, found) && isFreeToMove(services, found)) {
        return { scope, child, place: found, path: [...path, name] };
      }
      for (const [segment, inner] of place.children) {
        if (inner.children === undefined || isSettled(services, place, inner)) continue;
        const below = search(child, inner, [...path, segment]);
        if (below !== undefined) return below;
      }
      return undefined;
    };
    for (const child of children) {
      const found = search(child, child.place, [child.name]);
      if (found !== undefined || budget <= 0) return found;
    }
    return undefined;
  };
  return searchIn(scope.ledger.entered()) ?? searchIn(scope.ledger.ahead());
}

/** What it means that a counterpart answers for what the code asks for. */
export function findingOfCounterpart(verdict: Verdict, { counterpart, from, ...asked }: Answered): Finding {
  const { scope, child, place, path } = counterpart;
  const recordedLocation = [...scope.location, ...path];
  const isChild = scope === from && child.place === place;
  return {
    verdict,
    ...asked,
    place,
    recordedLocation,
    ...(isChild && { index: child.index }),
    ...(scope !== from && scope.openCall !== undefined && { anchor: scope.openCall }),
    ...(verdict === "renamed?" && mayBeNew(place, String(asked.location.at(-1))) && { mayBeNew: "maybe" }),
  };
}

/** What the code asks for, where, and what answers. */
type Answered = Pick<Finding, "location" | "kind" | "call"> & {
  readonly from: AskingScope;
  readonly counterpart: Counterpart;
};
