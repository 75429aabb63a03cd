/**
 * `loop`: each iteration is a scope. Owns where the loop stands; its body's entries belong to the iteration's scope.
 *
 * Invariants:
 * 1. A resume begins at the last recorded iteration with its recorded state.
 * 2. A finished loop is not entered again: its recorded output answers (a pass that revisits enters it on the side).
 * 3. The cost of an iteration does not depend on how many there were.
 */
import type { LoopConfig, LoopIterationResult, LoopResult, WorkflowContext } from "../api.ts";
import { never } from "../execution/fibers.ts";
import type { Scope, Turn } from "../execution/scope.ts";
import type { LoopEntry, Place } from "../history/entries.ts";
import type { NewEvent } from "../history/events.ts";
import { formatLocation } from "../history/location.ts";
import { copyValue } from "../values.ts";
import { visit } from "./visit.ts";

/** Iterations that stay in the history, and how often older ones are pruned; as on Rivet. */
const PRUNE_INTERVAL = 20;

type Run = (ctx: WorkflowContext, state: unknown) => LoopIterationResult<unknown, unknown>;

interface Settings {
  readonly name: string;
  readonly run: Run;
  readonly state: unknown;
  readonly pruneInterval: number;
  readonly size: number;
}

/** Makes the results of loop iterations. */
export const Loop = {
  /** Go on with the next iteration. */
  continue<S>(state: S): { continue: true; state: S } {
    return { continue: true, state };
  },
  /** End the loop with this value. */
  break<T>(value: T): { break: true; value: T } {
    return { break: true, value };
  },
};

type PlainRun<T> = (ctx: WorkflowContext) => LoopIterationResult<undefined, T>;

/** Makes the scope's `loop`. */
export function createLoop(
  scope: Scope,
): <S, T>(nameOrConfig: string | LoopConfig<S, T>, run?: PlainRun<T>) => Promise<T> {
  return async <S, T>(nameOrConfig: string | LoopConfig<S, T>, run?: PlainRun<T>) => {
    const settings = readSettings(nameOrConfig, run as Run | undefined);
    const turn = scope.enter("loop", settings.name);
    if (turn === undefined) return never<T>();
    const recorded = turn.entry?.kind === "loop" ? turn.entry : undefined;
    if (turn.place !== undefined) revisit(scope, turn, turn.place, settings.run);
    try {
      const entry = recorded ?? (await begin(scope, turn, settings));
      if (entry.status === "running") await iterate(scope, turn, entry, settings);
      return scope.leave(entry.endedAt ?? 0) ? (copyValue(entry.output) as T) : await never<T>();
    } catch (error) {
      if (!scope.leave(scope.answeredAt)) return never<T>();
      throw error;
    }
  };
}

function readSettings<S, T>(nameOrConfig: string | LoopConfig<S, T>, run: Run | undefined): Settings {
  const config: Partial<LoopConfig<S, T>> = typeof nameOrConfig === "string" ? { name: nameOrConfig } : nameOrConfig;
  const body = (config.run as Run | undefined) ?? run;
  const { name, state, historyPruneInterval = PRUNE_INTERVAL } = config;
  if (typeof name !== "string" || name === "") throw new TypeError("a loop needs a name: ctx.loop(name, run)");
  if (typeof body !== "function") throw new TypeError(`loop "${name}" needs a function to run`);
  const size = config.historySize ?? historyPruneInterval;
  if (!(historyPruneInterval >= 1) || !(size >= 0)) {
    throw new TypeError(`loop "${name}": historyPruneInterval must be at least 1 and historySize not negative`);
  }
  return { name, run: body, state, pruneInterval: Math.floor(historyPruneInterval), size: Math.floor(size) };
}

async function begin(scope: Scope, turn: Turn, settings: Settings): Promise<LoopEntry> {
  const state = copyValue(settings.state, `loop "${settings.name}": state`);
  if (!scope.pass.gate.isOpen) await scope.gate(turn, `loop "${formatLocation(turn.location)}"`);
  await scope.append([{ type: "loop.started", loc: turn.location, state }]);
  const entry = scope.placeOf(settings.name)?.entry;
  return entry?.kind === "loop" ? entry : never();
}

async function iterate(scope: Scope, turn: Turn, entry: LoopEntry, settings: Settings): Promise<void> {
  while (entry.status === "running") {
    if (scope.fiber.ended) return never();
    const result = await runIteration(scope, entry, settings);
    const events = decide(turn, entry, settings, readResult(settings, result));
    if (!scope.pass.gate.isOpen)
      await scope.gate(turn, `the next iteration of loop "${formatLocation(turn.location)}"`);
    await scope.append(events);
    if (events.length > 1) scope.pass.pruned(turn.location, entry.begun.size - settings.size);
  }
}

async function runIteration(scope: Scope, entry: LoopEntry, settings: Settings): Promise<unknown> {
  const begun = entry.begun.get(entry.iteration);
  const child = scope.child([settings.name, entry.iteration]);
  child.advanceTo(begun?.at ?? 0);
  try {
    const result = await settings.run(scope.pass.contextOf(child), copyValue(begun?.state));
    return child.end() ? result : await never();
  } catch (error) {
    if (!child.end({ error })) return never();
    scope.advanceTo(child.answeredAt);
    throw error;
  }
}

/** What is recorded at the end of an iteration. */
function decide(turn: Turn, entry: LoopEntry, settings: Settings, result: LoopResult<unknown, unknown>): NewEvent[] {
  const loc = turn.location;
  if ("break" in result) {
    return [{ type: "loop.completed", loc, output: copyValue(result.value, `loop "${settings.name}": value`) }];
  }
  const iteration = entry.iteration + 1;
  const state = copyValue(result.state, `loop "${settings.name}": state`);
  const advanced = { type: "loop.advanced", loc, iteration, state } as const;
  const before = iteration - settings.size;
  const prunes = iteration % settings.pruneInterval === 0 && before > entry.prunedBefore;
  return prunes ? [advanced, { type: "loop.pruned", loc, before }] : [advanced];
}

function readResult(settings: Settings, result: unknown): LoopResult<unknown, unknown> {
  if (typeof result === "object" && result !== null && ("continue" in result || "break" in result)) {
    return result as LoopResult<unknown, unknown>;
  }
  if (result === undefined && settings.state === undefined) return { continue: true, state: undefined };
  throw new TypeError(
    result === undefined
      ? `loop "${settings.name}" has state, so each iteration must return Loop.continue(state) or Loop.break(value)`
      : `loop "${settings.name}": an iteration must return Loop.continue(state) or Loop.break(value)`,
  );
}

/** Enters finished iterations again where the pass asks for it. */
function revisit(scope: Scope, turn: Turn, place: Place, run: Run): void {
  const { revisits } = scope.pass;
  const { entry, children } = place;
  if (entry?.kind !== "loop" || revisits === undefined) return;
  for (const [iteration, child] of children ?? []) {
    if (typeof iteration !== "number" || !revisits(child)) continue;
    if (iteration === entry.iteration && entry.status === "running") continue;
    const begun = entry.begun.get(iteration);
    const state = copyValue(begun?.state);
    visit(scope, [turn.name, iteration], begun?.at ?? 0, (context) => run(context, state));
  }
}
