/** What the scopes of a comparison need of it. */
import type { Place } from "../history/entries.ts";

/** The comparison as its scopes see it. */
export interface Examination {
  /** Values to go on with past unrecorded entries, by formatted location. */
  readonly assumed: ReadonlyMap<string, { readonly value: unknown }>;
  /** The workflow code's last call of a primitive. */
  readonly call: Error | undefined;
  /** Whether a place was in the history as it was given. */
  isOriginal(place: Place): boolean;
}
