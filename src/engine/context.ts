/** Binds the primitives to a scope: what a workflow function is given. */
import type { WorkflowContext, WorkflowLog } from "./api.ts";
import type { Scope } from "./execution/scope.ts";
import { createJoin, createRace } from "./primitives/branches.ts";
import { createCheckpoint } from "./primitives/checkpoint.ts";
import { createLoop } from "./primitives/loop.ts";
import { createQueueNext, createQueueNextBatch } from "./primitives/queue.ts";
import { createQueueSend } from "./primitives/queue-send.ts";
import { createSleep, createSleepUntil } from "./primitives/sleep.ts";
import { createStep, createTryStep } from "./primitives/step.ts";
import { createTry } from "./primitives/try.ts";
import { createGetVersion, createRemoved } from "./primitives/version.ts";

/** The context of a scope. */
export function createContext(scope: Scope): WorkflowContext {
  const context = {
    workflowId: scope.pass.workflowId,
    get abortSignal() {
      return scope.fiber.signal;
    },
    isEvicted: () => scope.fiber.aborted,
    step: createStep(scope),
    tryStep: createTryStep(scope),
    try: createTry(scope),
    loop: createLoop(scope),
    sleep: createSleep(scope),
    sleepUntil: createSleepUntil(scope),
    queue: {
      next: createQueueNext(scope),
      nextBatch: createQueueNextBatch(scope),
      send: createQueueSend(scope),
    },
    join: createJoin(scope),
    race: createRace(scope),
    rollbackCheckpoint: createCheckpoint(scope),
    removed: createRemoved(scope),
    getVersion: createGetVersion(scope),
    now: () => scope.answeredAt,
    random: () => scope.random(),
    uuid: () => scope.uuid(),
    log: createLog(scope),
  };
  return context as unknown as WorkflowContext;
}

/** Each line is written once: nothing while recorded entries answer. */
function createLog(scope: Scope): WorkflowLog {
  const write =
    (level: keyof WorkflowLog): WorkflowLog[keyof WorkflowLog] =>
    (message, fields) => {
      if (scope.pass.gate.isOpen) scope.pass.options.logger?.[level](message, fields);
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
