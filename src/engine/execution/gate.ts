/**
 * The gate: while replaying, whatever would run a body or record something new waits here, until it is known that the
 * code asks for all that is recorded. So a divergence anywhere is found before anything new runs.
 *
 * Invariants:
 * 1. It opens once, when nothing runs and no open scope holds recorded entries that the code has not asked for.
 * 2. When it opens, those waiting go on in the order in which they came.
 * 3. Whoever stands at something licensed will ask for the rest later; so will each scope around it.
 * 4. A sealed gate lets nothing through, licensed or not: in a pass that only looks, nothing new runs or is recorded.
 */
import { HistoryDivergedError } from "../errors.ts";
import { formatLocation, type Location } from "../history/location.ts";
import type { Fiber } from "./fibers.ts";

/** What the gate needs of a scope. */
export interface GatedScope {
  readonly fiber: Fiber;
  readonly location: Location;
  /** The scope around it. */
  readonly parent: GatedScope | undefined;
  /** Recorded entries that the code has not asked for. */
  readonly unasked: number;
  /** What it does now was licensed by `removed` to run in recorded territory. */
  readonly runsAhead: boolean;
  unaskedLocations(): Location[];
}

interface Waiting {
  readonly scope: GatedScope;
  readonly asked: string;
  readonly resolve: () => void;
  /** Where the workflow code asked, when it looks as if it should not have. */
  readonly callStack: string | undefined;
}

/** The gate of one pass. */
export class Gate {
  #open: boolean;
  /** It never opens (invariant 4). */
  readonly isSealed: boolean;
  readonly #scopes: Set<GatedScope> = new Set<GatedScope>();
  readonly #waiting: Set<Waiting> = new Set<Waiting>();

  /** @param state `open`: a run without history has nothing to contradict; `sealed`: a rollback, a comparison */
  constructor(state: "open" | "closed" | "sealed") {
    this.#open = state === "open";
    this.isSealed = state === "sealed";
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** A scope begins. */
  enter(scope: GatedScope): void {
    if (!this.#open && !this.isSealed) this.#scopes.add(scope);
  }

  /** A scope ends. */
  leave(scope: GatedScope): void {
    this.#scopes.delete(scope);
  }

  /** Parks the scope's fiber until the gate opens. @param asked what the code asks for, for people */
  wait(scope: GatedScope, asked: string): Promise<void> {
    const callStack = scope.unasked > 0 ? new Error("call site").stack : undefined;
    return new Promise((resolve) => {
      const waiting: Waiting = { scope, asked, resolve, callStack };
      this.#waiting.add(waiting);
      scope.fiber.onAbort(() => this.#waiting.delete(waiting));
      scope.fiber.to("parked");
    });
  }

  /** Nothing runs: opens, or says why it must not. It stays closed while something licensed waits for its time. */
  tryOpen(): HistoryDivergedError | undefined {
    const excused = this.#excused();
    let ahead = false;
    for (const scope of this.#scopes) {
      if (scope.fiber.ended || scope.unasked === 0) continue;
      if (!excused.has(scope)) return this.#divergence(scope);
      ahead = true;
    }
    if (ahead) return undefined;
    this.#open = true;
    this.#scopes.clear();
    return undefined;
  }

  /** The scopes that stand at something licensed, and those around them (invariant 3). */
  #excused(): ReadonlySet<GatedScope> {
    const excused = new Set<GatedScope>();
    for (const scope of this.#scopes) {
      if (scope.fiber.ended || !scope.runsAhead) continue;
      for (let at: GatedScope | undefined = scope; at !== undefined && !excused.has(at); at = at.parent)
        excused.add(at);
    }
    return excused;
  }

  /** Lets those who wait go on. Call it once after the gate has opened. */
  letThrough(): void {
    for (const { scope, resolve } of this.#waiting) {
      scope.fiber.to("running");
      resolve();
    }
    this.#waiting.clear();
  }

  #divergence(scope: GatedScope): HistoryDivergedError {
    const unasked = scope.unaskedLocations();
    const first = formatLocation(unasked[0] ?? scope.location);
    const culprit = [...this.#waiting].find((waiting) => waiting.scope === scope);
    const asked = culprit?.asked ?? "something else";
    return new HistoryDivergedError(
      `the code asks for ${asked}, which is not recorded, before ${unasked.length} recorded ` +
        `${unasked.length === 1 ? "entry" : "entries"} ("${first}"${unasked.length > 1 ? ", …" : ""})`,
      {
        kind: "unrecorded",
        location: scope.location,
        asked,
        unasked,
        ...(culprit?.callStack !== undefined && { callStack: culprit.callStack }),
      },
    );
  }
}
