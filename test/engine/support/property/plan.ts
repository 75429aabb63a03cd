// Plans of random workflows, as plain data that fast-check can shrink and print. Owns their shape and what keeps their
// outcome independent of timing; what a plan does is in `workflow.ts`.
//
// 1. A race is decided by its sleeps: the candidate sleeps 1 ms first, the others far longer than all that a candidate
//    may take, the longer the further out the race stands.
// 2. Nothing sleeps or is delivered in less than 1 ms, so whatever needs no time is on record before the clock moves.
import fc from "fast-check";

/** How a step's body behaves. `flaky`: fails twice, then completes. */
export type Conduct = "ok" | "flaky" | "exhausted" | "critical" | "refused";

export type PlanNode =
  | {
      readonly type: "step";
      readonly conduct: Conduct;
      readonly rollback: boolean;
      readonly ephemeral: boolean;
      readonly caught: boolean;
    }
  | { readonly type: "tryStep"; readonly conduct: Conduct; readonly rollback: boolean }
  | { readonly type: "sleep"; readonly ms: number }
  | {
      readonly type: "receive";
      readonly how: "before" | "later" | "never" | "self";
      readonly batch: boolean;
      readonly completable: boolean;
      readonly caught: boolean;
    }
  | { readonly type: "send" }
  | { readonly type: "version" }
  | { readonly type: "checkpoint" }
  | { readonly type: "try"; readonly nodes: readonly PlanNode[] }
  | {
      readonly type: "loop";
      readonly stateful: boolean;
      readonly iterations: number;
      readonly keep: number;
      readonly nodes: readonly PlanNode[];
      readonly caught: boolean;
    }
  | { readonly type: "join"; readonly branches: readonly (readonly PlanNode[])[]; readonly caught: boolean }
  | {
      readonly type: "race";
      readonly candidate: number;
      readonly branches: readonly RacePlan[];
      readonly caught: boolean;
    };

/** `quick` needs no time and comes before the branch's first sleep. */
export interface RacePlan {
  readonly quick: readonly PlanNode[];
  readonly nodes: readonly PlanNode[];
}

export interface Plan {
  /** There is a checkpoint at the beginning; without one no step declares a rollback handler. */
  readonly checkpoint: boolean;
  readonly nodes: readonly PlanNode[];
  /** The workflow throws at its end. */
  readonly doomed: boolean;
}

/** How long the losers of a race sleep, by the depth of the race; ms. */
export const LOSER_SLEEP = [60_000_000, 2_000_000, 60_000, 2_000] as const;

const rarely = fc.integer({ min: 0, max: 7 }).map((value) => value === 7);
const often = fc.boolean();

const conduct = fc.oneof(
  { weight: 10, arbitrary: fc.constant<Conduct>("ok") },
  { weight: 3, arbitrary: fc.constant<Conduct>("flaky") },
  { weight: 1, arbitrary: fc.constantFrom<Conduct>("exhausted", "critical", "refused") },
);

const quickStep = fc.record({
  type: fc.constant("step" as const),
  conduct: fc.constant<Conduct>("ok"),
  rollback: often,
  ephemeral: rarely,
  caught: fc.constant(false),
});

const leaf: fc.Arbitrary<PlanNode> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("step" as const),
      conduct,
      rollback: often,
      ephemeral: rarely,
      caught: often,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tryStep" as const), conduct, rollback: rarely }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("sleep" as const), ms: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("receive" as const),
      how: fc.constantFrom("before", "later", "never", "self"),
      batch: often,
      completable: rarely,
      caught: fc.integer({ min: 0, max: 3 }).map((value) => value > 0),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<PlanNode>({ type: "send" }, { type: "version" }, { type: "checkpoint" }) },
);

const quick = fc.array(
  fc.oneof({ weight: 3, arbitrary: quickStep }, { weight: 1, arbitrary: fc.constant<PlanNode>({ type: "version" }) }),
  { maxLength: 2 },
);

/** Nodes down to `depth` more levels. */
function nodes(depth: number): fc.Arbitrary<PlanNode> {
  if (depth === 0) return leaf;
  const list = fc.array(nodes(depth - 1), { maxLength: 2 });
  const inner: fc.Arbitrary<PlanNode> = fc.oneof(
    fc.record({ type: fc.constant("try" as const), nodes: list }),
    fc.record({
      type: fc.constant("loop" as const),
      stateful: often,
      iterations: fc.integer({ min: 1, max: 3 }),
      keep: fc.integer({ min: 1, max: 2 }),
      nodes: list,
      caught: rarely,
    }),
    fc.record({
      type: fc.constant("join" as const),
      branches: fc.array(list, { maxLength: 3 }),
      caught: often,
    }),
    fc.record({
      type: fc.constant("race" as const),
      candidate: fc.integer({ min: 0, max: 2 }),
      branches: fc.array(fc.record({ quick, nodes: list }), { minLength: 1, maxLength: 3 }),
      caught: often,
    }),
  );
  return fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 1, arbitrary: inner });
}

/** Random plans, up to four levels deep. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  checkpoint: fc.boolean(),
  nodes: fc.array(nodes(3), { minLength: 1, maxLength: 4 }),
  doomed: rarely,
});
