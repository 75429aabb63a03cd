/** What the scopes of a comparison need of it. */
import type { Assumptions } from "./assumptions.ts";
import type { Calls } from "./call-sites.ts";
import type { LedgerServices } from "./ledger.ts";
import type { SuppliedValues } from "./supplied-values.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** The comparison as its scopes see it. */
export interface Examination extends LedgerServices {
  /** Values to go on with past unrecorded entries. */
  readonly supplied: SuppliedValues;
  /** The workflow code's calls of primitives. */
  readonly calls: Calls;
  readonly assumptions: Assumptions;
  readonly whereabouts: Whereabouts;
  /** Errors that have been told of. */
  readonly told: WeakSet<object>;
  /** The recorded run completed: it has no frontier, and goes on nowhere. */
  readonly isComplete: boolean;
}
