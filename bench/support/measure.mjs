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
 * How the time grows with the size: 1 is linear.
 * @param {[number, number][]} points size and time
 */
export function exponent(points) {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return Number.NaN;
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}
