// How long the collection of garbage takes in a stretch of work.

import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The work's result, and the milliseconds that went into the collection of garbage meanwhile.
 * @template T
 * @param {() => Promise<T>} work
 */
export async function withGcTime(work) {
  let gc = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gc += duration;
  });
  observer.observe({ entryTypes: ["gc"] });
  const result = await work();
  await sleep(10); // What was observed is told a little later.
  observer.disconnect();
  return { result, gc };
}
