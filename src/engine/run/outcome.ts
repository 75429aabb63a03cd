/**
 * The run's state has one owner: every event that changes it is recorded here and nowhere else.
 *
 * Invariants:
 * 1. After `run.completed`, `run.failed` or `run.cancelled` nothing but a recovery is recorded, and what the rollback
 *    handler has done that was running when the run was cancelled.
 * 2. A state is decided in the tick in which its event is handed over, so of two that come together the first wins:
 *    a cancel is never overwritten.
 */
import type { EvictOptions, RunWorkflowOptions, WorkflowResult } from "../api.ts";
import type { EngineDriver } from "../driver.ts";
import { EvictedError, RunStateError } from "../errors.ts";
import type { Recorder } from "../execution/recorder.ts";
import { freshSeed } from "../chance.ts";
import { locationOf } from "../history/entries.ts";
import { HISTORY_FORMAT, type NewEvent } from "../history/events.ts";
import type { History, WaitingFor } from "../history/history.ts";
import { isWithin, type Location } from "../history/location.ts";
import { copyValue, errorFrom, recordError } from "../values.ts";

/** The owner of a run's state. */
export class Outcome {
  readonly #history: History;
  readonly #recorder: Recorder;
  readonly #driver: EngineDriver;

  constructor(history: History, recorder: Recorder, driver: EngineDriver) {
    this.#history = history;
    this.#recorder = recorder;
    this.#driver = driver;
  }

  /** The run begins to exist. */
  async create(input: unknown, options: RunWorkflowOptions): Promise<void> {
    const { workflow = "workflow", module } = options.created ?? {};
    const seed = freshSeed();
    await this.#recorder.commit([
      {
        type: "run.created",
        workflow,
        ...(module !== undefined && { module }),
        input: copyValue(input, "input"),
        format: HISTORY_FORMAT,
        seed,
      },
    ]);
  }

  /** A process takes the run up; recorded once it is known that the code fits the history. */
  start(options: RunWorkflowOptions): void {
    this.#recorder.hold({ type: "run.started", ...options.started });
  }

  async complete(output: unknown): Promise<WorkflowResult> {
    await this.#recorder.commit([{ type: "run.completed", output }]);
    await this.#driver.clearAlarm();
    return { state: "completed", output: copyValue(output) };
  }

  /** The run has failed for good. What is to be undone must be undone before. */
  async fail(error: unknown, causes: readonly Location[]): Promise<never> {
    const record = recordError(error);
    await this.#recorder.commit([{ type: "run.failed", error: record, causes }]);
    await this.#driver.clearAlarm();
    throw errorFrom(record);
  }

  /** The run has failed, and begins to undo its steps. */
  async rollBack(error: unknown, causes: readonly Location[]): Promise<void> {
    await this.#recorder.commit([{ type: "run.rolling_back", error: recordError(error), causes }]);
  }

  /** Nothing can go on before a time comes or a message arrives. */
  async wait(waitingFor: WaitingFor): Promise<WorkflowResult> {
    await this.#recorder.commit([{ type: "run.waiting", ...waitingFor }]);
    if (waitingFor.until === undefined) await this.#driver.clearAlarm();
    else await this.#driver.setAlarm(waitingFor.until);
    return this.#atRest();
  }

  /** The pass was evicted. */
  async pause(options: EvictOptions): Promise<WorkflowResult> {
    if (options.by !== undefined && isOpen(this.#history)) {
      await this.#recorder.commit([{ type: "run.paused", by: options.by }]);
    }
    return this.#atRest();
  }

  /** The result of a pass that came to rest; a cancel that came while this was being recorded has the last word. */
  async #atRest(): Promise<WorkflowResult> {
    if (this.#history.run.state !== "cancelled") return resultOf(this.#history);
    await this.#driver.clearAlarm();
    throw errorOf(this.#history);
  }

  /** Stops the run for good; nothing happens when it was cancelled before. */
  async cancel(reason: string | undefined): Promise<void> {
    const { state } = this.#history.run;
    if (state === "cancelled") return;
    if (state === "completed" || state === "failed") throw new RunStateError(`the run has ${state}: nothing to cancel`);
    await this.#recorder.commit([{ type: "run.cancelled", ...(reason !== undefined && { reason }) }]);
    await this.#driver.clearAlarm();
  }

  /** Makes a failed run one that can go on. */
  async recover(): Promise<void> {
    const { state } = this.#history.run;
    if (state !== "failed") throw new RunStateError(`only a failed run can be recovered; this one is ${state}`);
    if (this.#history.rolledBack) {
      throw new RunStateError("the run was rolled back: its effects are gone; fork it before the first undone step");
    }
    await this.#recorder.commit([{ type: "run.recovered" }]);
    await this.#driver.setAlarm(this.#recorder.now());
  }

  /** Ends the recorded sleeps and backoffs at and below a location, of a run that is not being executed. */
  async wake(within: Location): Promise<void> {
    const events: NewEvent[] = [];
    for (const place of this.#history.waits) {
      const loc = locationOf(place);
      if (!isWithin(loc, within)) continue;
      if (place.entry?.kind === "sleep") events.push({ type: "sleep.ended", loc, how: "woken" });
      if (place.entry?.kind === "step") events.push({ type: "step.woken", loc });
    }
    if (events.length === 0) return;
    await this.#recorder.commit(events);
    await this.#driver.setAlarm(this.#recorder.now());
  }
}

/** What a run's result is, going by its history. */
export function resultOf(history: History): WorkflowResult {
  const { state, output, waiting } = history.run;
  return {
    state,
    ...(state === "completed" && { output: copyValue(output) }),
    ...(waiting?.until !== undefined && { sleepUntil: waiting.until }),
    ...((waiting?.messages !== undefined || waiting?.anyMessage === true) && {
      waitingForMessages: [...(waiting.messages ?? [])],
    }),
  };
}

/** The error with which a run that has ended answers. */
export function errorOf(history: History): Error {
  const { state, error } = history.run;
  if (state === "cancelled") return new EvictedError("the run was cancelled");
  return error === undefined ? new RunStateError("the run failed without an error on record") : errorFrom(error);
}

function isOpen(history: History): boolean {
  const { state } = history.run;
  return state !== "completed" && state !== "failed" && state !== "cancelled";
}
