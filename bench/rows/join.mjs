// P2: a wide join, durable, and how it grows; Rivet's in memory.

import { withGcTime } from "../support/gc-time.mjs";
import { exponent, inFolder, median, pointsText } from "../support/measure.mjs";
import { joinOf, loadRivet, onFiles } from "../support/subjects.mjs";

/** Rounds of each width: the narrow ones are a few milliseconds, of which half are the start. */
const WIDTHS = /** @type {const} */ ([
  [1, 63],
  [100, 63],
  [1_000, 21],
  [10_000, 9],
  [100_000, 3],
]);

/** P2: a join of 1,000 and of 10,000 branches of one step each. */
export async function p2() {
  const { base, points, collecting } = await inFolder(widths);
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
      figures: { ms: tenThousand, exponent: growth, points, base, collecting },
      parts:
        `of ${tenThousand.toFixed(0)} ms for 10,000 branches, collecting garbage takes ` +
        `${(collecting.at(-2) ?? Number.NaN).toFixed(0)}, of ${thousand.toFixed(0)} ms for 1,000 ` +
        `${(collecting.at(-3) ?? Number.NaN).toFixed(0)}: what is alive is copied while it grows; without it the slope between the two is ` +
        `${Math.log10((tenThousand - base - (collecting.at(-2) ?? 0)) / (thousand - base - (collecting.at(-3) ?? 0))).toFixed(2)}`,
    },
  ];
}

/** @param {string} folder */
async function widths(folder) {
  for (let round = 0; round < 10; round++) await onFiles(folder, joinOf(1_000));
  /** @type {[number, number][]} */
  const points = [];
  const collecting = [];
  for (const [branches, rounds] of WIDTHS) {
    const times = [];
    const collected = [];
    for (let round = 0; round < rounds; round++) {
      const { result, gc } = await withGcTime(() => onFiles(folder, joinOf(branches)));
      times.push(result);
      collected.push(gc);
    }
    points.push([branches, median(times)]);
    collecting.push(median(collected));
  }
  const [[, base] = [0, 0], ...rest] = points;
  return { base, points: rest, collecting };
}
