// Small tools of the benchmarks: times, medians, folders, and the machine's own limit.

import { closeSync, fdatasync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * @param {number[]} values
 * @param {number} share
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Milliseconds that the work takes.
 * @param {() => unknown} work
 */
export async function timeOf(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * A folder that is gone afterwards.
 * @template T
 * @param {(folder: string) => Promise<T>} work
 */
export async function inFolder(work) {
  const folder = mkdtempSync(path.join(process.env["BENCH_DIR"] ?? tmpdir(), "wf-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The machine's limit: one loop of append and fdatasync on one file, the faster of the two kinds of call, per second.
 * @param {string} folder
 * @param {number} bytes size of each record
 * @param {number} count
 */
export async function syncLimit(folder, bytes, count) {
  const record = Buffer.alloc(bytes, 1);
  const run = async (/** @type {(fd: number) => unknown} */ sync) => {
    const fd = openSync(path.join(folder, "limit"), "w");
    const ms = await timeOf(async () => {
      for (let index = 0; index < count; index++) {
        writeSync(fd, record);
        await sync(fd);
      }
    });
    closeSync(fd);
    return (count * 1000) / ms;
  };
  const asynchronous = promisify(fdatasync);
  const direct = () => {
    const fd = openSync(path.join(folder, "limit"), "w");
    const start = performance.now();
    for (let index = 0; index < count; index++) {
      writeSync(fd, record);
      fdatasyncSync(fd);
    }
    const ms = performance.now() - start;
    closeSync(fd);
    return (count * 1000) / ms;
  };
  return Math.max(direct(), await run(asynchronous));
}

/**
 * How the time of the work grows with its size, from the smallest to the largest: 1 is linear. The slope of each step
 * is in {@link pointsText}, so that a growth that sets in late is seen.
 * @param {[number, number][]} points size and milliseconds, the smallest first
 * @param {number} [base] milliseconds of the same with next to no work, measured in the same run: no part of the work
 */
export function exponent(points, base = 0) {
  return slope(points[0], points.at(-1), base);
}

/**
 * @param {[number, number] | undefined} from
 * @param {[number, number] | undefined} to
 * @param {number} base
 */
function slope(from, to, base) {
  if (from === undefined || to === undefined) return Number.NaN;
  const work = (/** @type {number} */ ms) => Math.max(0.1, ms - base);
  return Math.log(work(to[1]) / work(from[1])) / Math.log(to[0] / from[0]);
}

/**
 * The sizes and their times, for the table, and the slope from each size to the next.
 * @param {[number, number][]} points
 * @param {number} [base] what was subtracted for the slopes
 */
export function pointsText(points, base) {
  const milliseconds = (/** @type {number} */ ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  const sizes = points.map(([size, ms]) => `${size}: ${milliseconds(ms)}`).join(" · ");
  const slopes = points.slice(1).map((point, index) => slope(points[index], point, base ?? 0).toFixed(2));
  const start = base === undefined ? "" : ` without the ${milliseconds(base)} of a size of 1`;
  return `${sizes}; slopes ${slopes.join(", ")}${start}`;
}

/**
 * The seed of what is random in a benchmark: the order of turns, the moments of messages.
 * @returns {number}
 */
export function seed() {
  return Number(process.env["WF_BENCH_SEED"] ?? 1);
}

/** A generator of numbers from 0 to 1 that the seed decides (mulberry32). */
export function seeded() {
  let state = seed();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Measures each subject once a round, in an order that changes from round to round, so that none always has the
 * machine as another leaves it. Gives what each gave, by round.
 * @template {string} Name
 * @template Figure
 * @param {number} rounds
 * @param {Record<Name, () => Figure | Promise<Figure>>} subjects
 * @returns {Promise<Record<Name, Figure[]>>}
 */
export async function inTurns(rounds, subjects) {
  const random = seeded();
  const names = /** @type {Name[]} */ (Object.keys(subjects));
  const figures = /** @type {Record<Name, Figure[]>} */ ({});
  for (const name of names) figures[name] = [];
  for (let round = 0; round < rounds; round++) {
    const order = names.map((name) => ({ name, at: random() })).sort((a, b) => a.at - b.at);
    for (const { name } of order) figures[name].push(await subjects[name]());
  }
  return figures;
}
