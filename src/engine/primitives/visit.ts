/** Enters a finished iteration or branch again, on the side: to find rollback handlers, or to compare deeply. */
import type { WorkflowContext } from "../api.ts";
import type { Scope } from "../execution/scope.ts";
import type { Location } from "../history/location.ts";

/**
 * Runs the code over what is recorded there, on a fiber of its own. What it returns or throws is for the pass to judge.
 * @param at when the iteration or branch began, ms since 1970
 */
export function visit(
  scope: Scope,
  path: Location,
  at: number,
  run: (context: WorkflowContext) => Promise<unknown>,
): void {
  const child = scope.child(path, scope.fiber.detached());
  child.advanceTo(at);
  const over = (outcome: { readonly value: unknown } | { readonly error: unknown }): void => {
    if (!child.fiber.ended) scope.pass.revisited?.(child, outcome);
    child.fiber.to("ended");
  };
  const visited = async (): Promise<unknown> => run(scope.pass.contextOf(child));
  visited().then(
    (value) => over({ value }),
    (error: unknown) => over({ error }),
  );
}
