/**
 * Writes a run that is new: what `wf fork` and `wf import` make.
 *
 * Invariant: whether the id is free is looked at under the run's lock, so that of several that want it one gets it.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import type { Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { RunFile } from "./run-file.ts";

/** What a new run begins with. */
export interface NewRun extends Partial<Pick<RunFile, "messages" | "responses">> {
  readonly run: string;
  readonly events: readonly HistoryEvent[];
}

/**
 * All or nothing: the run becomes visible with its one commit, after its messages are in place.
 * @throws CliError when there is a run with this id, OwnedError while another process makes one
 */
export async function writeNewRun(store: Store, { run, events, messages = [], responses = [] }: NewRun): Promise<void> {
  refuseTaken(store, run);
  const driver = await store.open(run);
  try {
    if ([...(await driver.load())].length > 0) throw taken(run);
    for (const message of messages) await driver.inbox.add(message);
    for (const { id, response } of responses) await driver.inbox.respond(id, response);
    await driver.commit(events);
  } finally {
    await driver.close();
  }
}

/** Looks without the lock, before any work is done for it. @throws CliError when there is a run with this id */
export function refuseTaken(store: Store, run: string): void {
  if (store.has(run)) throw taken(run);
}

function taken(run: string): CliError {
  return new CliError(`there is a run ${run} already`, {
    code: "id_taken",
    exitCode: EXIT.usage,
    hint: `another --id makes another one\nwf inspect ${run}  shows the one that is there`,
  });
}
