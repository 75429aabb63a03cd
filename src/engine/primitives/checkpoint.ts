/** `rollbackCheckpoint`: from here on steps may declare rollback handlers. */
import { never } from "../execution/fibers.ts";
import type { Scope } from "../execution/scope.ts";
import { formatLocation } from "../history/location.ts";

/** Scopes in which a checkpoint was passed, in this pass. */
const passed = new WeakSet<Scope>();

/** Makes the scope's `rollbackCheckpoint`. */
export function createCheckpoint(scope: Scope): (name: string) => Promise<void> {
  return async (name) => {
    const turn = scope.enter("rollback_checkpoint", name);
    if (turn === undefined) return never();
    let at = turn.entry?.startedAt;
    if (at === undefined) {
      if (!scope.pass.gate.isOpen) {
        await scope.gate(turn, `rollback checkpoint "${formatLocation(turn.location)}"`);
      }
      at = await scope.append([{ type: "checkpoint.set", loc: turn.location }]);
    }
    passed.add(scope);
    return scope.leave(at) ? undefined : never();
  };
}

/** Whether a checkpoint came before, in this scope or in one around it. */
export function hasCheckpoint(scope: Scope): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) if (passed.has(at)) return true;
  return false;
}
