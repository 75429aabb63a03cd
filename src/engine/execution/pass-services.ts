/** The services of a pass, as its scopes and primitives see them. */
import type { RunWorkflowOptions, WorkflowContext, WorkflowErrorEvent } from "../api.ts";
import type { Clock } from "../clock.ts";
import type { EngineDriver } from "../driver.ts";
import type { Place } from "../history/entries.ts";
import type { History } from "../history/history.ts";
import type { Location } from "../history/location.ts";
import type { Gate } from "./gate.ts";
import type { FailureOrigin, Undoable } from "./origins.ts";
import type { Recorder } from "./recorder.ts";
import type { Waits } from "./waits.ts";

/**
 * What scopes and primitives need of the pass they belong to: the narrow side of `run/pass.ts`.
 * @template S the scope
 */
export interface PassServices<S> {
  readonly workflowId: string;
  readonly history: History;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly driver: EngineDriver;
  readonly gate: Gate;
  readonly waits: Waits;
  readonly options: RunWorkflowOptions;
  /** Where errors that the workflow was given come from: by identity, since user code may throw them on. */
  readonly origins: WeakMap<object, FailureOrigin>;
  /** Present in a rollback pass: collects what can be undone. */
  readonly undoables: Undoable[] | undefined;
  /** Which finished iterations and branches are entered again all the same; undefined: none. */
  readonly revisits: ((place: Place) => boolean) | undefined;
  /** Told of what a finished iteration or branch that was entered again gave; most passes do not care. */
  readonly revisited?: (scope: S, outcome: { readonly value: unknown } | { readonly error: unknown }) => void;
  /** Closes the pass: the code is at fault, or the disk. */
  fault(error: unknown): void;
  /** Tells `onError`. */
  report(event: WorkflowErrorEvent): void;
  contextOf(scope: S): WorkflowContext;
  /** The text from which the run's random numbers and ids at a place are made. */
  seedFor(location: Location, what: string): string;
  /**
   * Called when a loop has pruned: the history may be worth compacting.
   * @param pinned iterations that had to stay, because rollback needs them
   */
  pruned(loop: Location, pinned: number): void;
}
