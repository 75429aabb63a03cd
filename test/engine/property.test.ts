// The property of issue 3: a run ends the same in every mode, with a crash at every record, and under `check`; no body
// of a recorded step runs again. A failure prints its seed and path; repeat it with
//   WF_PROPERTY_SEED=<seed> WF_PROPERTY_PATH=<path> npx vitest run test/engine/property.test.ts
// A longer form: WF_PROPERTY_RUNS=2000 (default: as many as fit in about 6 s).
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPlan } from "./support/property/check-plan.ts";
import { plans } from "./support/property/plan.ts";

const { WF_PROPERTY_RUNS: runs, WF_PROPERTY_SEED: seed, WF_PROPERTY_PATH: path } = process.env;

/** Real time that the default form takes at most, ms. */
const BUDGET = 6_000;

test("random workflows end the same live, resumed at every wait, crashed at every record, and checked", async () => {
  let checked = 0;
  const property = fc.asyncProperty(plans, async (plan) => {
    checked += await checkPlan(plan);
  });
  await fc.assert(property, {
    numRuns: runs === undefined ? 200 : Number(runs),
    plugins: runs === undefined && seed === undefined ? [fc.interruptAfterTimeLimit(BUDGET)] : [],
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  });
  expect(checked).toBeGreaterThan(0);
}, 3_600_000);
