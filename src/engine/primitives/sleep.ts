/**
 * `sleep` and `sleepUntil`. The deadline is fixed when the sleep is first reached, and survives restarts; a later
 * change of the length in the code changes nothing.
 */
import { never } from "../execution/fibers.ts";
import type { Scope, Turn } from "../execution/scope.ts";
import type { SleepEntry } from "../history/entries.ts";
import { formatLocation } from "../history/location.ts";

/** Makes the scope's `sleep`. */
export function createSleep(scope: Scope): (name: string, ms: number) => Promise<void> {
  return async (name, ms) => {
    if (typeof ms !== "number" || Number.isNaN(ms)) throw new TypeError(`sleep "${name}" needs a number of ms`);
    return sleepUntil(scope, name, { ms });
  };
}

/** Makes the scope's `sleepUntil`. */
export function createSleepUntil(scope: Scope): (name: string, timestampMs: number) => Promise<void> {
  return async (name, timestampMs) => {
    if (typeof timestampMs !== "number" || Number.isNaN(timestampMs)) {
      throw new TypeError(`sleepUntil "${name}" needs a time in ms since 1970`);
    }
    return sleepUntil(scope, name, { until: timestampMs });
  };
}

type Length = { readonly ms: number } | { readonly until: number };

async function sleepUntil(scope: Scope, name: string, length: Length): Promise<void> {
  const turn = scope.enter("sleep", name);
  if (turn === undefined) return never();
  const loc = turn.location;
  const recorded = turn.entry?.kind === "sleep" ? turn.entry : undefined;
  if (recorded !== undefined) compareLength(scope, turn, recorded, length);
  if (recorded?.status === "completed") return scope.leave(recorded.endedAt ?? 0) ? undefined : never();
  let until = recorded?.until;
  if (until === undefined) {
    if (!scope.pass.gate.isOpen) await scope.gate(turn, `sleep "${formatLocation(loc)}"`);
    const at = scope.pass.recorder.now();
    until = "ms" in length ? at + length.ms : length.until;
    await scope.commit([{ type: "sleep.started", loc, until, at }]);
    if (scope.fiber.draining) scope.fiber.to("ended");
  }
  if (scope.fiber.ended) return never();
  const { how } = await scope.pass.waits.park({ fiber: scope.fiber, kind: "sleep", until, location: loc });
  const at = await scope.commit([{ type: "sleep.ended", loc, how: how === "woken" ? "woken" : "elapsed" }]);
  return scope.leave(at) ? undefined : never();
}

function compareLength(scope: Scope, turn: Turn, recorded: SleepEntry, length: Length): void {
  if ("ms" in length) scope.compare(turn, "length in ms", recorded.until - recorded.startedAt, length.ms);
  else scope.compare(turn, "time in ms", recorded.until, length.until);
}
