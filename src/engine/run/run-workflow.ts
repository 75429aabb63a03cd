/** The ways into the engine: run a workflow, or do something to a run without running it. */
import type { RunWorkflowOptions, WorkflowHandle, WorkflowResult } from "../api.ts";
import type { Workflow } from "../define-workflow.ts";
import type { EngineDriver } from "../driver.ts";
import { Run } from "./run.ts";

/**
 * Starts a run, or takes one up: what is recorded is not done again.
 *
 * `result` resolves when the run has completed, waits (in yield mode) or was evicted, and rejects with the workflow's
 * error, or with a {@link HistoryDivergedError} when the code contradicts the history. Until then it has the driver:
 * of a second call with the same one it rejects with a {@link RunStateError}.
 *
 * @example
 * const handle = runWorkflow("order-1", order, { id: 1 }, new InMemoryDriver(), { mode: "live" });
 * const { output } = await handle.result;
 */
export function runWorkflow<I, O>(
  workflowId: string,
  workflow: Workflow<I, O>,
  input: I,
  driver: EngineDriver,
  options: RunWorkflowOptions = {},
): WorkflowHandle<O> {
  const run = new Run(workflowId, workflow, driver, options);
  const result = run.execute(input);
  result.catch(() => undefined);
  return handleOf(workflowId, run, result) as WorkflowHandle<O>;
}

/** What can be done to a run without its code. */
export type RunControl = Pick<WorkflowHandle, "wake" | "recover" | "cancel" | "getOutput" | "getState">;

/** Takes a run in hand without executing it: to cancel, wake or recover it. */
export function controlRun(
  workflowId: string,
  driver: EngineDriver,
  options: Pick<RunWorkflowOptions, "clock" | "onEvent"> = {},
): RunControl {
  const run = new Run(workflowId, undefined, driver, options);
  return handleOf(workflowId, run, Promise.resolve({ state: "pending" }));
}

function handleOf(workflowId: string, run: Run, result: Promise<WorkflowResult>): WorkflowHandle {
  return {
    workflowId,
    result,
    get replaying() {
      return run.replaying;
    },
    message: (name, body) => run.message(name, body),
    wake: (location) => run.wake(location),
    recover: () => run.recover(),
    evict: (options = {}) => run.evict(options),
    cancel: (reason) => run.cancel(reason),
    getOutput: () => run.output(),
    getState: () => run.state(),
  };
}
