// P2: a wide join, durable, and how it grows; Rivet's in memory.

import { exponent, inFolder, median, pointsText } from "../support/measure.mjs";
import { joinOf, loadRivet, onFiles } from "../support/subjects.mjs";

/** Rounds of each width. */
const WIDTHS = /** @type {const} */ ([
  [1, 9],
  [100, 9],
  [1_000, 9],
  [10_000, 5],
]);

/** P2: a join of 1,000 and of 10,000 branches of one step each. */
export async function p2() {
  const { base, points } = await inFolder(widths);
  const [, [, thousand] = [0, Number.NaN], [, tenThousand] = [0, Number.NaN]] = points;
  const rivet = await loadRivet();
  const theirs = await rivet.run(joinOf(1_000), rivet.newDriver());
  const ratio = theirs / thousand;
  const growth = exponent(points, base);
  return [
    {
      id: "P2",
      work: "join of 1,000 one-step branches, files",
      value: `${thousand.toFixed(0)} ms = ${ratio.toFixed(0)} × rivet`,
      reference: `rivet in memory ${(theirs / 1000).toFixed(1)} s (measured once)`,
      goal: "≤ 60 ms, ≥ 300 × rivet in memory",
      met: thousand <= 60 && ratio >= 300,
      figures: { ms: thousand, rivetMs: theirs },
    },
    {
      id: "P2",
      work: "join of 10,000 branches, files",
      value: `${tenThousand.toFixed(0)} ms, exponent ${growth.toFixed(2)}`,
      reference: pointsText(points, base),
      goal: "≤ 0.7 s, exponent ≤ 1.05",
      met: tenThousand <= 700 && growth <= 1.05,
      figures: { ms: tenThousand, exponent: growth, points, base },
    },
  ];
}

/** @param {string} folder */
async function widths(folder) {
  for (let round = 0; round < 5; round++) await onFiles(folder, joinOf(1_000));
  /** @type {[number, number][]} */
  const points = [];
  for (const [branches, rounds] of WIDTHS) {
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await onFiles(folder, joinOf(branches)));
    points.push([branches, median(times)]);
  }
  const [[, base] = [0, 0], ...rest] = points;
  return { base, points: rest };
}
