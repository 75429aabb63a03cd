/** Locations: where an entry stands in a run. */

/** A name, or the number of a loop iteration. */
export type Segment = string | number;

/** The path of an entry: names, and numbers for loop iterations, such as `["orders", 12, "charge"]`. */
export type Location = readonly Segment[];

/** A location as people read it: `orders[12]/charge`. Names that would be ambiguous are put in JSON quotes. */
export function formatLocation(location: Location): string {
  let text = "";
  for (const segment of location) {
    if (typeof segment === "number") text += `[${segment}]`;
    else text += (text === "" ? "" : "/") + formatName(segment);
  }
  return text;
}

function formatName(name: string): string {
  return /^[^\s"/[\]#\p{C}]+$/u.test(name) ? name : JSON.stringify(name);
}

/** Whether `inner` is `outer` or lies below it. */
export function isWithin(inner: Location, outer: Location): boolean {
  return inner.length >= outer.length && outer.every((segment, index) => segment === inner[index]);
}

/** Whether `location` lies in the scope at `scope`, not deeper. */
export function isDirectlyIn(location: Location, scope: Location): boolean {
  return location.length === scope.length + 1 && isWithin(location, scope);
}

/** The location that a request names; the root where it names none. */
export function locationFrom(body: unknown): Location {
  return Array.isArray(body) ? body.filter((part) => typeof part === "string" || typeof part === "number") : [];
}
