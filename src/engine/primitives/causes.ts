/** Which entries' failures made an error: by the identity of the errors that user code was given. */
import type { FailureOrigin } from "../execution/origins.ts";
import type { Location } from "../history/location.ts";

/** The locations behind an error: its own, those of its cause chain, those of the members of a JoinError or RaceError. */
export function causesOf(origins: WeakMap<object, FailureOrigin>, error: unknown): Location[] {
  const found = new Map<string, Location>();
  const seen = new Set<object>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    const origin = origins.get(value);
    for (const location of origin?.causes ?? []) found.set(JSON.stringify(location), location);
    try {
      lookBehind(value);
    } catch {
      // A field of the user's error that cannot be read has nothing behind it.
    }
  };
  const lookBehind = (value: object): void => {
    if (!(value instanceof Error)) return;
    look(value.cause);
    const { errors } = value as { errors?: unknown };
    if (typeof errors === "object" && errors !== null) for (const member of Object.values(errors)) lookAtMember(member);
  };
  const lookAtMember = (member: unknown): void => {
    look(member);
    if (typeof member === "object" && member !== null && "cause" in member) look(member.cause);
  };
  look(error);
  return [...found.values()];
}
