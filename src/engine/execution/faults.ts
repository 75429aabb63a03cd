/**
 * Faults of the workflow code that a scope finds, put into words. They close the pass; no `catch` of the workflow sees
 * them.
 */
import { EntryInProgressError, HistoryDivergedError, textOfThrown } from "../errors.ts";
import { formatLocation, type Location } from "../history/location.ts";

/** The name of the function that runs the bodies of steps, as it stands in stacks. */
const STEP_BODY = "runAttempt";

/** A primitive was called while another one was open in the same scope. */
export function inProgress(asked: string, open: string, location: Location): EntryInProgressError {
  const where = formatLocation(location) || asked;
  if (isInStep())
    return new EntryInProgressError(
      `${asked} "${where}" was called inside the body of a step, while "${open}" is open: ` +
        `a step cannot contain ${asked === "step" ? "a step" : "other calls of the context"}; make it after that step`,
    );
  return new EntryInProgressError(
    `${asked} "${where}" was called while "${open}" is still open in the same scope: ` +
      `did you forget to await it, or use an outer ctx inside a loop, try or branch?`,
  );
}

/**
 * `random` or `uuid` was called where a replay does not call it, or not as often: what is drawn next would differ.
 * @param open what is open in the scope; undefined: nothing, a rollback handler calls
 */
export function drawnOutside(what: string, open: string | undefined): EntryInProgressError {
  if (open === undefined)
    return new EntryInProgressError(
      `${what} was called inside a rollback handler, which does not run again once its step is undone: ` +
        `call it before the step, and use what it gave`,
    );
  if (isInStep())
    return new EntryInProgressError(
      `${what} was called inside the body of a step, while "${open}" is open: a replay does not run the body, ` +
        `so whatever is drawn next would differ; call it before the step, or use the step's idempotencyKey`,
    );
  return new EntryInProgressError(
    `${what} was called while "${open}" is still open in the same scope: call it before that, ` +
      `or on the inner ctx of the loop, try or branch; or did you forget to await "${open}"?`,
  );
}

/** More frames than stand between a call and the step's body that makes it. */
const FRAMES = 50;

/** Whether the body of a step makes the call that goes on right now: V8 also keeps frames across awaits. */
function isInStep(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack } = new Error("call site");
  Error.stackTraceLimit = limit;
  return stack?.includes(` ${STEP_BODY} `) === true;
}

/** A name was used twice in a scope. */
export function duplicate(asked: string, location: Location): HistoryDivergedError {
  const where = formatLocation(location);
  return new HistoryDivergedError(
    `${asked} "${where}" is a duplicate: this name was used before in the same scope, and names must be unique there`,
    { kind: "duplicate", location, asked, ...callStack() },
  );
}

/** The code asks for another kind of entry than is recorded. */
export function otherKind(asked: string, recordedKind: string | undefined, location: Location): HistoryDivergedError {
  const recorded = recordedKind ?? "try";
  const where = formatLocation(location);
  return new HistoryDivergedError(`"${where}" is recorded as a ${recorded}, but the code asks for a ${asked}`, {
    kind: "kind",
    location,
    recorded,
    asked,
    ...callStack(),
  });
}

/** A scope ended while one of its primitives was open. */
export function notAwaited(
  open: string,
  location: Location,
  thrown: { error: unknown } | undefined,
): EntryInProgressError {
  const where = formatLocation([...location, open]);
  return new EntryInProgressError(
    `"${where}" was started but not awaited: its scope ended while it was still open`,
    thrown === undefined ? undefined : { cause: thrown.error },
  );
}

/** A scope ended, or threw, while recorded entries were not asked for. */
export function endedEarly(
  location: Location,
  unasked: readonly Location[],
  thrown: { error: unknown } | undefined,
): HistoryDivergedError {
  const list = unasked.slice(0, 5).map((entry) => `"${formatLocation(entry)}"`);
  const more = unasked.length > 5 ? ` and ${unasked.length - 5} more` : "";
  const where = location.length === 0 ? "the workflow" : `"${formatLocation(location)}"`;
  const how = thrown === undefined ? "ended" : `threw (${textOfThrown(() => thrown.error)})`;
  return new HistoryDivergedError(
    `${where} ${how} without asking for what is recorded: ${list.join(", ")}${more}`,
    { kind: thrown === undefined ? "missing" : "threw", location, unasked },
    thrown === undefined ? undefined : { cause: thrown.error },
  );
}

/** The stack of the call that the workflow code just made. */
function callStack(): { callStack?: string } {
  const stack = new Error("call site").stack;
  return stack === undefined ? {} : { callStack: stack };
}
