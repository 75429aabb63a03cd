/**
 * Undoes what a failed run has done: the handlers of its completed steps, newest first, each recorded, so that a crash
 * in between goes on where it stopped.
 *
 * Invariants:
 * 1. Each step is undone once: `step.rolled_back` is durable before the next handler runs.
 * 2. A handler that throws stops it there; the run stays `rolling_back`. So it does when one outlasts the grace of a
 *    stop, or throws after it: nothing is recorded of that one, and it runs again.
 * 3. Nothing is undone or recorded unless a handler was found for every step that has to be undone.
 */
import type { RollbackContext } from "../api.ts";
import { HistoryDivergedError, RollbackFailedError } from "../errors.ts";
import type { Undoable } from "../execution/origins.ts";
import { pinnedSteps } from "../execution/pinned-steps.ts";
import { locationOf } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";
import { workflowErrorOf } from "../primitives/workflow-error.ts";
import { copyValue, recordError } from "../values.ts";
import type { Pass } from "./pass.ts";

/**
 * Runs the handlers.
 * @returns false when it was stopped: the run is being evicted or cancelled
 */
export async function undoSteps(pass: Pass, undoables: readonly Undoable[]): Promise<boolean> {
  try {
    return await undoAll(pass, undoables, pass.rollbackContext());
  } finally {
    pass.grace.close();
  }
}

async function undoAll(pass: Pass, undoables: readonly Undoable[], context: RollbackContext): Promise<boolean> {
  const todo = undoables
    .filter((undoable) => !undoable.entry.rolledBack)
    .sort((a, b) => (b.entry.completedSeq ?? 0) - (a.entry.completedSeq ?? 0));
  if (todo.length < pass.history.root.pins) throw handlersMissing(pass, todo);
  pass.recorder.release();
  for (const { place, entry, undo } of todo) {
    await pass.waits.obeyRequests();
    if (context.isEvicted()) return false;
    const loc = locationOf(place);
    try {
      const undone = Promise.resolve(undo(context, copyValue(entry.output))).then(() => true);
      if (!(await Promise.race([undone, pass.grace.over.then(() => false)]))) return false;
    } catch (error) {
      if (context.isEvicted()) return false;
      await refuse(pass, loc, error);
    }
    await pass.recorder.commit([{ type: "step.rolled_back", loc }]);
  }
  return true;
}

async function refuse(pass: Pass, loc: readonly (string | number)[], error: unknown): Promise<never> {
  const record = recordError(error);
  await pass.recorder.commit([{ type: "step.rollback_failed", loc, error: record }]);
  const stepName = String(loc.at(-1));
  pass.report({ rollback: { workflowId: pass.workflowId, stepName, error: workflowErrorOf(record) } });
  throw new RollbackFailedError(
    `the rollback handler of step "${formatLocation(loc)}" failed: ${record.message}; resume the run to try it again`,
    { cause: error },
  );
}

/** How many of the steps without a handler the text names; the facts name all. */
const NAMED = 5;

function handlersMissing(pass: Pass, found: readonly Undoable[]): HistoryDivergedError {
  const places = new Set(found.map(({ place }) => place));
  const missing = [...pinnedSteps(pass.history.root)].filter((place) => !places.has(place)).map(locationOf);
  const list = missing.slice(0, NAMED).map((location) => `"${formatLocation(location)}"`);
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
  const [which, was] = missing.length === 1 ? ["step", "was"] : ["steps", "were"];
  return new HistoryDivergedError(
    `the rollback finds no handler for ${missing.length} completed ${which} that ${was} recorded with one: ` +
      `${list.join(", ")}${more}`,
    { kind: "rollback", location: missing[0] ?? [], unasked: missing },
  );
}
