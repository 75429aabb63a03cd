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
  return new Context(scope) as unknown as WorkflowContext;
}

/** Binds a primitive when it is asked for: there are as many contexts as branches and iterations, and most use two. */
class Context {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get workflowId(): string {
    return this.#scope.pass.workflowId;
  }
  get abortSignal(): AbortSignal {
    return this.#scope.fiber.signal;
  }
  get isEvicted(): () => boolean {
    return () => this.#scope.fiber.aborted;
  }
  get step(): ReturnType<typeof createStep> {
    return createStep(this.#scope);
  }
  get tryStep(): ReturnType<typeof createTryStep> {
    return createTryStep(this.#scope);
  }
  get try(): ReturnType<typeof createTry> {
    return createTry(this.#scope);
  }
  get loop(): ReturnType<typeof createLoop> {
    return createLoop(this.#scope);
  }
  get sleep(): ReturnType<typeof createSleep> {
    return createSleep(this.#scope);
  }
  get sleepUntil(): ReturnType<typeof createSleepUntil> {
    return createSleepUntil(this.#scope);
  }
  get queue(): object {
    return createQueue(this.#scope);
  }
  get join(): ReturnType<typeof createJoin> {
    return createJoin(this.#scope);
  }
  get race(): ReturnType<typeof createRace> {
    return createRace(this.#scope);
  }
  get rollbackCheckpoint(): ReturnType<typeof createCheckpoint> {
    return createCheckpoint(this.#scope);
  }
  get removed(): ReturnType<typeof createRemoved> {
    return createRemoved(this.#scope);
  }
  get getVersion(): ReturnType<typeof createGetVersion> {
    return createGetVersion(this.#scope);
  }
  get now(): () => number {
    return () => this.#scope.answeredAt;
  }
  get random(): () => number {
    return () => this.#scope.random();
  }
  get uuid(): () => string {
    return () => this.#scope.uuid();
  }
  get log(): WorkflowLog {
    return createLog(this.#scope);
  }
}

function createQueue(scope: Scope): object {
  return {
    next: createQueueNext(scope),
    nextBatch: createQueueNextBatch(scope),
    send: createQueueSend(scope),
  };
}

/** Nothing is written while recorded entries answer; after the last of them, rather twice (around a crash) than never. */
function createLog(scope: Scope): WorkflowLog {
  const write =
    (level: keyof WorkflowLog): WorkflowLog[keyof WorkflowLog] =>
    (message, fields) => {
      const { gate, undoables, options } = scope.pass;
      const isNew = gate.isOpen || (undoables === undefined && !scope.inRecordedTerritory);
      if (isNew) options.logger?.[level](message, fields);
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
