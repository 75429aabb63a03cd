// The ways of running a plan to its end: live, with a resume at every wait, with crashes, with `check`.
import assert from "node:assert/strict";
import { runWorkflow, type RunWorkflowOptions, type WorkflowResult } from "dotworkflows";
import type { Plan } from "./plan.ts";
import { messagesFor, workflowOf } from "./workflow.ts";
import { type Crash, DiskError, Life, World } from "./world.ts";

/** How a run ended. */
export interface Ended {
  readonly world: World;
  /** The output, or the failure in words. */
  readonly verdict: { readonly output: unknown } | { readonly failure: string };
  /** Processes that it took. */
  readonly lives: number;
}

/** Errors that no plan asks for. */
const FAULTS = ["HistoryDivergedError", "EntryInProgressError", "TypeError", "EvictedError", "RollbackFailedError"];
/** A run that has come to nothing for so long (real time, ms) never will. */
const PATIENCE = 2_000;
/** More lives than this mean that a run makes no progress. */
const MOST_LIVES = 2_000;

/**
 * Runs a plan to its end.
 * @param crashOf how the n-th process (from 0) dies; undefined: it does not
 */
export async function runPlan(
  plan: Plan,
  options: RunWorkflowOptions,
  crashOf: (life: number) => Crash | undefined = () => undefined,
): Promise<Ended> {
  const world = new World(messagesFor(plan));
  for (let lives = 1; lives < MOST_LIVES; lives++) {
    const life = new Life(world, crashOf(lives - 1));
    world.deliver(world.now);
    sendLater(life);
    const { result } = runWorkflow("random", workflowOf(plan, life), undefined, life, {
      ...options,
      clock: life.clock,
    });
    const end = await life.clock.advanceUntil(Promise.race([endOf(result), life.died, stuck()]));
    world.now = life.clock.now();
    assert.deepEqual(world.violations, []);
    switch (end.kind) {
      case "over":
        return { world, verdict: end.verdict, lives };
      case "stuck":
        throw new Error("the run came to a stop");
      case "waits":
        world.now = nextMoment(world, end.result);
        break;
      case "died":
    }
  }
  throw new Error("the run makes no progress");
}

function nextMoment(world: World, { sleepUntil }: WorkflowResult): number {
  const next = Math.min(sleepUntil ?? Infinity, world.nextMessageAt ?? Infinity);
  assert(Number.isFinite(next), "the run waits for what never comes");
  return Math.max(world.now, next);
}

/** Sends each message in its time while the process lives. */
function sendLater(life: Life): void {
  const at = life.world.nextMessageAt;
  if (at === undefined) return;
  life.clock.after(Math.max(0, at - life.clock.now()), () => {
    life.world.deliver(life.clock.now());
    sendLater(life);
  });
}

type End =
  | { readonly kind: "over"; readonly verdict: Ended["verdict"] }
  | { readonly kind: "waits"; readonly result: WorkflowResult }
  | { readonly kind: "died" | "stuck" };

function endOf(result: Promise<WorkflowResult>): Promise<End> {
  return result.then(
    (end): End =>
      end.state === "completed" ? { kind: "over", verdict: { output: end.output } } : { kind: "waits", result: end },
    (error: unknown): End => {
      if (error instanceof DiskError) return { kind: "died" };
      if (!(error instanceof Error) || FAULTS.includes(error.name)) throw error;
      return { kind: "over", verdict: { failure: `${error.name}: ${error.message}` } };
    },
  );
}

function stuck(): Promise<{ kind: "stuck" }> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ kind: "stuck" }), PATIENCE).unref();
  });
}
