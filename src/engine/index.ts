/**
 * Durable workflows: everything a workflow module or an embedding program needs.
 *
 * @module
 */
export type {
  AnyMessages,
  CompletableMessage,
  QueueBatchOptions,
  QueueMessage,
  QueueOptions,
  TypedQueue,
  WorkflowQueue,
} from "./api-queue.ts";
export type {
  EvictOptions,
  JoinBranch,
  LoopConfig,
  LoopIterationResult,
  LoopResult,
  RaceBranch,
  RaceResult,
  RollbackContext,
  RunWorkflowOptions,
  StepArgument,
  StepConfig,
  StepErrorEvent,
  TryBlockCatchKind,
  TryBlockConfig,
  TryBlockFailure,
  TryBlockResult,
  TryStepCatchKind,
  TryStepConfig,
  TryStepFailure,
  TryStepResult,
  WorkflowContext,
  WorkflowError,
  WorkflowErrorEvent,
  WorkflowFunction,
  WorkflowHandle,
  WorkflowLog,
  WorkflowResult,
  WorkflowRunMode,
} from "./api.ts";
/** Rivet's name for the type of a workflow's context. */
export type { WorkflowContext as WorkflowContextInterface } from "./api.ts";

export { type Clock, systemClock } from "./clock.ts";
export {
  defineWorkflow,
  isWorkflowDefinition,
  type StandardSchema,
  type Workflow,
  type WorkflowDefinition,
} from "./define-workflow.ts";
export { type EngineDriver, type Inbox, isRequest, type Message, REQUESTS } from "./driver.ts";
export {
  CriticalError,
  type DivergenceFacts,
  EngineError,
  EntryInProgressError,
  EvictedError,
  HistoryDivergedError,
  HistoryFormatError,
  JoinError,
  MessageNotCompletedError,
  QueueTimeoutError,
  RaceError,
  RollbackCheckpointError,
  RollbackError,
  RollbackFailedError,
  RunStateError,
  SchemaError,
  StepExhaustedError,
  StepTimeoutError,
  ValueNotStorableError,
} from "./errors.ts";
export type { ErrorRecord } from "./failure.ts";
export type { EntryKind, HistoryEvent, StepFailureKind } from "./history/events.ts";
export { foldHistory, type History, type RunState } from "./history/history.ts";
export { formatLocation, type Location } from "./history/location.ts";
export { Loop } from "./primitives/loop.ts";
export { controlRun, type RunControl, runWorkflow } from "./run/run-workflow.ts";
