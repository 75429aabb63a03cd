/** What a pass remembers about failures and completed steps, for causes and for rollback. */
import type { RollbackContext, TryStepFailure } from "../api.ts";
import type { Place, StepEntry } from "../history/entries.ts";
import type { Location } from "../history/location.ts";

/** Where an error that user code got from a primitive comes from. */
export interface FailureOrigin {
  readonly source: "step" | "join" | "race" | "queue";
  readonly name: string;
  /** The entries that failed. */
  readonly causes: readonly Location[];
  /** Present when `source` is `step`. */
  readonly step?: TryStepFailure;
}

/** A completed step that can be undone, as a rollback pass found it. */
export interface Undoable {
  readonly place: Place;
  readonly entry: StepEntry;
  readonly undo: (ctx: RollbackContext, output: unknown) => Promise<void> | void;
}
