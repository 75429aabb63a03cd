// P1 and P3: steps one after the other, through the store and by the engine alone.

import { inFolder, inTurns, median } from "../support/measure.mjs";
import { durableSteps, partsOfStep, stepInMemory } from "../support/steps.mjs";
import { inMemory, loadRivet, sequentialSteps } from "../support/subjects.mjs";

/** P1: sequential durable steps beside the machine's own limit, in turns. */
export async function p1() {
  const figures = await inFolder((folder) => durableSteps(folder, 2_000, 7));
  const share = figures.share * 100;
  return [
    {
      id: "P1",
      work: "sequential durable steps, files",
      value: `${Math.round(figures.rate)} steps/s = ${share.toFixed(1)} % of the limit`,
      reference: `limit ${Math.round(figures.limit)}/s (append + fdatasync of ${figures.bytes} bytes)`,
      goal: "≥ 85 % of the limit",
      met: share >= 85,
      figures,
      parts: partsOfStep(figures),
    },
  ];
}

/** P3: the engine alone. */
export async function p3() {
  const rivet = await loadRivet();
  const theirSteps = 2_000;
  await inMemory(sequentialSteps(5_000));
  const times = await inTurns(5, {
    ours: stepInMemory,
    rivet: async () => ((await rivet.run(sequentialSteps(theirSteps), rivet.newDriver())) * 1000) / theirSteps,
  });
  const step = median(times.ours);
  const theirs = median(times.rivet);
  const ratio = theirs / step;
  return [
    {
      id: "P3",
      work: "sequential steps, engine alone",
      value: `${step.toFixed(1)} µs a step = ${ratio.toFixed(0)} × rivet`,
      reference: `rivet with a Map ${theirs.toFixed(0)} µs a step`,
      goal: "≤ 5 µs a step, ≥ 15 × rivet",
      met: step <= 5 && ratio >= 15,
      figures: { microseconds: step, rivetMicroseconds: theirs },
    },
  ];
}
