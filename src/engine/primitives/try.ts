/**
 * `try`: a scope in which a terminal failure of a step, join or race comes back as a value. It has no event of its own:
 * it is entered again on every replay, and its children answer.
 */
import type { TryBlockCatchKind, TryBlockConfig, TryBlockFailure, TryBlockResult, WorkflowContext } from "../api.ts";
import { RollbackError } from "../errors.ts";
import { never } from "../execution/fibers.ts";
import type { FailureOrigin } from "../execution/origins.ts";
import type { Scope } from "../execution/scope.ts";
import { recordError } from "../values.ts";
import { workflowErrorOf } from "./workflow-error.ts";

const DEFAULT_CATCH: readonly TryBlockCatchKind[] = ["step", "join", "race"];

type Run<T> = (ctx: WorkflowContext) => Promise<T>;

/** Makes the scope's `try`. */
export function createTry(
  scope: Scope,
): <T>(nameOrConfig: string | TryBlockConfig<T>, run?: Run<T>) => Promise<TryBlockResult<T>> {
  return async <T>(nameOrConfig: string | TryBlockConfig<T>, run?: Run<T>): Promise<TryBlockResult<T>> => {
    const config: Partial<TryBlockConfig<T>> = typeof nameOrConfig === "string" ? { name: nameOrConfig } : nameOrConfig;
    const { name, run: body = run, catch: wanted = DEFAULT_CATCH } = config;
    if (typeof name !== "string" || name === "") throw new TypeError("a try block needs a name: ctx.try(name, run)");
    if (typeof body !== "function") throw new TypeError(`try "${name}" needs a function to run`);
    if (scope.enter("try", name) === undefined) return never();
    const child = scope.child([name]);
    try {
      const value = await body(scope.pass.contextOf(child));
      if (!child.end() || !scope.leave(child.answeredAt)) return await never();
      return { ok: true, value };
    } catch (error) {
      if (!child.end({ error }) || !scope.leave(child.answeredAt)) return never();
      const failure = failureOf(scope, name, error);
      if (failure === undefined || !isWanted(failure, wanted)) throw error;
      return { ok: false, failure };
    }
  };
}

/** What failed; undefined: nothing that a try block is for. */
function failureOf(scope: Scope, name: string, error: unknown): TryBlockFailure | undefined {
  const origin = typeof error === "object" && error !== null ? scope.pass.origins.get(error) : undefined;
  if (origin !== undefined && origin.source !== "queue") return knownFailure(origin, origin.source, error);
  if (!(error instanceof RollbackError)) return undefined;
  return { source: "block", name, error: workflowErrorOf(recordError(error)) };
}

function knownFailure(origin: FailureOrigin, source: "step" | "join" | "race", error: unknown): TryBlockFailure {
  const { step } = origin;
  const plain = step?.error ?? workflowErrorOf(recordError(error));
  return { source, name: origin.name, error: plain, ...(step !== undefined && { step }) };
}

function isWanted(failure: TryBlockFailure, wanted: readonly TryBlockCatchKind[]): boolean {
  if (failure.source === "block" || failure.step?.kind === "rollback") return wanted.includes("rollback");
  return wanted.includes(failure.source);
}
