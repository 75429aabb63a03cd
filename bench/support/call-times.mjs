// How long the system calls of a stretch of work take: the sync, and the others that a commit makes.

import fs from "node:fs";

/**
 * Begins to measure, by way of the functions of `node:fs`, which the product calls by name.
 * @returns ends it, and gives the milliseconds
 */
export function callTimes() {
  const times = { sync: 0, rest: 0 };
  const restores = [
    timed("fdatasyncSync", (ms) => (times.sync += ms)),
    timed("readSync", (ms) => (times.rest += ms)),
    timed("writeSync", (ms) => (times.rest += ms)),
    timed("readlinkSync", (ms) => (times.rest += ms)),
  ];
  return () => {
    for (const restore of restores) restore();
    return times;
  };
}

/**
 * @param {"fdatasyncSync" | "readSync" | "writeSync" | "readlinkSync"} name
 * @param {(ms: number) => void} note
 */
function timed(name, note) {
  const methods = /** @type {Record<string, (...args: any[]) => any>} */ (/** @type {unknown} */ (fs));
  const original = methods[name];
  if (original === undefined) throw new Error(`node:fs has no ${name}`);
  methods[name] = (...args) => {
    const begun = performance.now();
    try {
      return original(...args);
    } finally {
      note(performance.now() - begun);
    }
  };
  return () => {
    methods[name] = original;
  };
}
