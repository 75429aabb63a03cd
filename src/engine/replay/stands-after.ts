/** Where the code of a comparison stands while it waits for something that is not the context's. */
import type { Location } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import { ScopeLedger } from "./ledger.ts";

/** The names that lead to a call, but for the rounds of loops; nothing where the code has made none. */
export function namesBefore(root: ScopeLedger, call: Call | undefined): string {
  const location = call === undefined ? undefined : locationOf(root, call);
  return JSON.stringify(location?.filter((part) => typeof part === "string") ?? []);
}

function locationOf({ items }: ScopeLedger, call: Call): Location | undefined {
  for (const item of items.toReversed()) {
    const location = item instanceof ScopeLedger ? locationOf(item, call) : undefined;
    if (location !== undefined) return location;
    if (!(item instanceof ScopeLedger) && item.call === call) return item.location;
  }
  return undefined;
}
