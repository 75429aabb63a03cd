/**
 * What is told of code that waits for something outside of steps and was not waited for any longer: nothing can be said
 * of what stands behind.
 */
import type { Seen } from "./examination.ts";
import type { ReplayEntry } from "./report.ts";

/**
 * Tells of it where recorded entries stand behind, or the recorded end does. It stands before the first of them.
 * @param unreached the entries of which nothing can be said
 */
export function tellForeignWait(seen: Seen, entries: ReplayEntry[], unreached: readonly ReplayEntry[]): void {
  const { isStuck, waitsFor, waitsAfter, history, end } = seen;
  const { state } = history.run;
  const isOver = state === "completed" || state === "failed" || state === "rolling_back";
  const [first] = unreached;
  if (!isStuck || (first === undefined && !(isOver && end === undefined))) return;
  const entry: ReplayEntry = {
    verdict: "not compared",
    level: "difference",
    location: [],
    asked: { location: [], kind: "run" },
    detail: `${whyNot(seen)}: what follows was not compared`,
    fix: [{ title: "put what it waits for in a step", code: "", edits: [], runsAgain: false }],
  };
  const site = waitsFor?.site ?? waitsAfter?.site;
  if (site !== undefined) entry.site = site;
  entries.splice(first === undefined ? entries.length : entries.indexOf(first), 0, entry);
}

function whyNot({ waitsFor, waitsAfter }: Seen): string {
  if (waitsFor?.isWithheld === true)
    return "the code sends this outside of steps, and a comparison sends nothing that may change something";
  const where = waitsFor === undefined && waitsAfter !== undefined ? " after this call" : "";
  return `the code waits${where} for something outside of steps, and it did not come`;
}
