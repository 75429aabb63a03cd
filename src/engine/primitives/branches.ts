/**
 * `join` and `race`: branches that run at once, each a fiber of its own. One mechanism, two verdicts.
 *
 * Invariants:
 * 1. A branch's end is on record before anyone is told of it; a race's win is durable before the workflow sees it.
 * 2. The losers of a race are told to stop in the tick in which the win is recorded, and record nothing more.
 * 3. The fiber that called waits as `joining`; it runs again in the tick in which the last branch ends or one wins.
 * 4. It counts as running until all have begun: so nothing takes the run for waiting, and the gate stays closed.
 * 5. Finished branches are not entered again: their recorded output answers (a pass that revisits enters them on the side).
 */
import type { JoinBranch, RaceBranch, WorkflowContext } from "../api.ts";
import { HistoryDivergedError, JoinError, RaceError } from "../errors.ts";
import { never } from "../execution/fibers.ts";
import type { Scope, Turn } from "../execution/scope.ts";
import type { Branch, BranchesEntry } from "../history/entries.ts";
import type { NewEvent } from "../history/events.ts";
import { formatLocation, type Location } from "../history/location.ts";
import { copyValue, errorFrom, recordError } from "../values.ts";
import { causesOf } from "./causes.ts";
import { visit } from "./visit.ts";

/** Of more the next begin a turn of the event loop later: all at once are a burst of memory, and stop everything else. */
const BRANCHES_PER_TURN = 256;

type Run = (ctx: WorkflowContext) => Promise<unknown>;

interface Plan {
  readonly kind: "join" | "race";
  readonly name: string;
  readonly runs: ReadonlyMap<string, Run>;
}

/** Makes the scope's `join`. */
export function createJoin(
  scope: Scope,
): (name: string, branches: Record<string, JoinBranch<unknown>>) => Promise<Record<string, unknown>> {
  return async (name, branches) => {
    const runs = runsOf("join", name, Object.entries(branches));
    const entry = await perform(scope, { kind: "join", name, runs });
    if (entry.status === "failed") throw joinError(scope, name, entry);
    return Object.fromEntries(
      [...runs.keys()].map((branch) => [branch, copyValue(entry.branches.get(branch)?.output)]),
    );
  };
}

/** Makes the scope's `race`. */
export function createRace(
  scope: Scope,
): (name: string, branches: readonly RaceBranch<unknown>[]) => Promise<{ winner: string; value: unknown }> {
  return async (name, branches) => {
    const runs = runsOf(
      "race",
      name,
      branches.map((branch) => [branch.name, branch]),
    );
    if (runs.size < branches.length) throw new TypeError(`race "${name}": two branches have the same name`);
    const entry = await perform(scope, { kind: "race", name, runs });
    if (entry.winner === undefined) throw raceError(scope, name, entry);
    return { winner: entry.winner, value: copyValue(entry.branches.get(entry.winner)?.output) };
  };
}

/** The branches' functions by name. @throws TypeError when one has none */
function runsOf(kind: string, name: string, branches: readonly (readonly [string, { run: Run }])[]): Map<string, Run> {
  for (const [branch, { run }] of branches) {
    if (typeof run !== "function") throw new TypeError(`${kind} "${name}": branch "${branch}" needs a function to run`);
  }
  return new Map(branches.map(([branch, { run }]) => [branch, run]));
}

async function perform(scope: Scope, plan: Plan): Promise<BranchesEntry> {
  const turn = scope.enter(plan.kind, plan.name);
  if (turn === undefined) return never();
  let entry = entryAt(scope, plan.name);
  if (entry === undefined) {
    if (!scope.pass.gate.isOpen) await scope.gate(turn, `${plan.kind} "${formatLocation(turn.location)}"`);
    const type = plan.kind === "join" ? "join.started" : "race.started";
    await scope.append([{ type, loc: turn.location, branches: [...plan.runs.keys()] }]);
    entry = entryAt(scope, plan.name);
    if (entry === undefined || scope.fiber.ended) return never();
  } else if (!sameNames(entry, plan) && scope.fault(otherBranches(turn, entry, plan))) {
    return never();
  }
  revisit(scope, entry, plan);
  if (entry.status === "running") await runBranches(scope, turn.location, entry, plan);
  return scope.leave(entry.endedAt ?? entry.startedAt) ? entry : never();
}

/** Runs the branches that have not ended; resolves when the verdict is on record. */
function runBranches(scope: Scope, location: Location, entry: BranchesEntry, plan: Plan): Promise<void> {
  return new Promise((resolve, reject) => {
    const begun = new Map<string, Scope>();
    const settle = (name: string, child: Scope, end: BranchEnd): void => {
      const loc = child.location;
      if (!end.ok || plan.kind === "join") {
        const at = child.append([
          end.ok ? { type: "branch.completed", loc, output: end.output } : failed(child, end.error),
        ]);
        if (typeof at !== "number") return;
        const over = entry.open === 0;
        if (over && scope.fiber.state === "joining") scope.fiber.to("running");
        child.fiber.to("ended");
        if (over) resolve();
        return;
      }
      const losers = [...entry.branches.values()].filter((other) => other.status === "running" && other.name !== name);
      const events: NewEvent[] = [
        { type: "branch.completed", loc, output: end.output },
        ...losers.map((loser) => ({ type: "branch.cancelled" as const, loc: [...location, loser.name] })),
        { type: "race.won", loc: location, winner: name },
      ];
      scope.fiber.to("running");
      const recorded = scope.commit(events);
      for (const loser of losers) {
        begun.get(loser.name)?.fiber.abort();
        begun.get(loser.name)?.fiber.to("ended");
      }
      child.fiber.to("ended");
      void recorded.then(() => resolve());
    };
    const make = (name: string): (() => void) => {
      const child = scope.child([plan.name, name], scope.fiber.branch(plan.kind === "race"));
      child.advanceTo(entry.startedAt);
      begun.set(name, child);
      const run = plan.runs.get(name);
      if (run === undefined) return () => child.fiber.to("parked");
      const fail = (error: unknown): void => scope.pass.fault(error);
      return () => void runBranch(child, run, (end) => settle(name, child, end)).catch(fail);
    };
    beginAll(scope, entry, make).catch(reject);
  });
}

/**
 * Begins the branches in their order, as long as they are wanted; the quick ones of many are over before the last
 * begins. Where nothing new runs, none that is still open ever ends: there all begin at once.
 * @param make makes a branch's scope; what it returns enters the branch
 */
async function beginAll(scope: Scope, entry: BranchesEntry, make: (name: string) => () => void): Promise<void> {
  const names = [...entry.branches.values()].flatMap(({ name, status }) => (status === "running" ? [name] : []));
  const perTurn = scope.pass.gate.isSealed ? names.length : BRANCHES_PER_TURN;
  for (let from = 0; from < names.length; from += perTurn) {
    if (from > 0) await scope.pass.clock.nextTurn();
    if (entry.status !== "running" || scope.fiber.ended || scope.fiber.draining) break;
    // A comparison lists what code finds in a branch that uses the outer context behind all branches.
    for (const begin of names.slice(from, from + perTurn).map(make)) begin();
  }
  // Until now it ran. A comparison may have parked it for good: the code called something else meanwhile.
  if (scope.fiber.state === "running" && entry.status === "running") scope.fiber.to("joining");
}

type BranchEnd = { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown };

async function runBranch(child: Scope, run: Run, settle: (end: BranchEnd) => void): Promise<void> {
  let end: BranchEnd;
  try {
    const output = await run(child.pass.contextOf(child));
    end = { ok: true, output: copyValue(output, `branch "${formatLocation(child.location)}": output`) };
  } catch (error) {
    end = { ok: false, error };
  }
  if (!child.end(end.ok ? undefined : { error: end.error })) return;
  if (!child.pass.gate.isOpen) await child.gate(undefined, `the end of branch "${formatLocation(child.location)}"`);
  settle(end);
}

function failed(child: Scope, error: unknown): NewEvent {
  const causes = causesOf(child.pass.origins, error);
  return { type: "branch.failed", loc: child.location, error: recordError(error), causes };
}

function entryAt(scope: Scope, name: string): BranchesEntry | undefined {
  const entry = scope.placeOf(name)?.entry;
  return entry?.kind === "join" || entry?.kind === "race" ? entry : undefined;
}

function sameNames(entry: BranchesEntry, plan: Plan): boolean {
  return entry.branches.size === plan.runs.size && [...plan.runs.keys()].every((name) => entry.branches.has(name));
}

function otherBranches(turn: Turn, entry: BranchesEntry, plan: Plan): HistoryDivergedError {
  const recorded = [...entry.branches.keys()].join(", ");
  const asked = [...plan.runs.keys()].join(", ");
  const where = formatLocation(turn.location);
  return new HistoryDivergedError(
    `${plan.kind} "${where}" is recorded with the branches ${recorded}, but the code has ${asked}`,
    { kind: "branches", location: turn.location, recorded, asked },
  );
}

function joinError(scope: Scope, name: string, entry: BranchesEntry): JoinError {
  const branches = failedBranches(scope, name, entry);
  const errors = Object.fromEntries(branches.map((branch) => [branch.name, branch.rebuilt]));
  const error = new JoinError(name, errors);
  const causes = branches.flatMap((branch) => branch.causes ?? []);
  scope.pass.origins.set(error, { source: "join", name, causes });
  return error;
}

function raceError(scope: Scope, name: string, entry: BranchesEntry): RaceError {
  const branches = failedBranches(scope, name, entry);
  const error = new RaceError(
    name,
    branches.map((branch) => ({ name: branch.name, cause: branch.rebuilt })),
  );
  const causes = branches.flatMap((branch) => branch.causes ?? []);
  scope.pass.origins.set(error, { source: "race", name, causes });
  return error;
}

/** The failed branches with their errors, which user code may throw on by themselves. */
function failedBranches(scope: Scope, name: string, entry: BranchesEntry): (Branch & { rebuilt: Error })[] {
  return [...entry.branches.values()].flatMap((branch) => {
    if (branch.status !== "failed" || branch.error === undefined) return [];
    const rebuilt = errorFrom(branch.error);
    scope.pass.origins.set(rebuilt, { source: entry.kind, name, causes: branch.causes ?? [] });
    return [{ ...branch, rebuilt }];
  });
}

/** Enters finished branches again where the pass asks for it. */
function revisit(scope: Scope, entry: BranchesEntry, plan: Plan): void {
  const { revisits } = scope.pass;
  if (revisits === undefined) return;
  for (const branch of entry.branches.values()) {
    const run = plan.runs.get(branch.name);
    const place = scope.placeOf(plan.name)?.children?.get(branch.name);
    if (run === undefined || place === undefined || branch.status === "running" || !revisits(place)) continue;
    visit(scope, [plan.name, branch.name], entry.startedAt, run);
  }
}
