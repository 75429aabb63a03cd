/** Reads a run for a command that only looks at it. */
import { foldHistory } from "../engine/history/history.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import type { RunReading, Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { RunFacts } from "./views/run-facts.ts";

/** A run as it was read. */
export interface ReadRun {
  readonly facts: RunFacts;
  readonly events: readonly HistoryEvent[];
  readonly owner: RunReading["owner"];
}

/** @throws CliError when the history is corrupt */
export function readRun(store: Store, run: string): ReadRun {
  const { events, owner } = readGood(store, run);
  return { facts: { run, history: foldHistory(events), isOwned: owner !== undefined }, events, owner };
}

/** A run's events, not yet folded. @throws CliError when the history is corrupt */
export function readGood(store: Store, run: string): RunReading {
  const reading = store.read(run);
  const { events, tail, file } = reading;
  if (tail.state === "corrupt")
    throw new CliError(`the history of ${run} is corrupt: ${tail.reason}`, {
      code: "corrupt",
      exitCode: EXIT.corrupt,
      where: `${file}, byte ${tail.offset}, record ${tail.record}; ${events.length} events before it are good`,
      hint: `wf doctor ${run} --repair  keeps a copy and says what is lost`,
      document: { run },
    });
  return reading;
}
