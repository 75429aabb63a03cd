/** `wf retry`: gives what failed a failed run a fresh set of attempts, and goes on with the run. */
import { controlRun } from "../../engine/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { forkOfUndone } from "../undone.ts";
import { type RunFacts, shownState } from "../views/run-facts.ts";
import { hostExisting } from "./resume.ts";

/** `wf retry <run>` */
export const retry: Command = async (context, [wanted = ""], options) => {
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  const { facts } = readRun(store, run);
  refuse(facts);
  return hostExisting(context, store, facts, {
    ...options,
    prepare: async (driver) => controlRun(run, driver).recover(),
  });
};

/** Only a failed run that was not rolled back can be retried. */
function refuse(facts: RunFacts): void {
  const { run, history } = facts;
  const state = shownState(facts);
  const document = { run, state };
  if (state !== "failed")
    throw new CliError(`run ${run} did not fail: it is ${state.replace("_", " ")}`, {
      code: "run_state",
      exitCode: EXIT.failed,
      hint: hintFor(state, run),
      document,
    });
  if (!history.rolledBack) return;
  throw new CliError(`run ${run} was rolled back: its effects are gone, so it cannot be retried`, {
    code: "run_state",
    exitCode: EXIT.failed,
    hint: `fork it:\n${forkOfUndone(run, history)}`,
    document,
  });
}

function hintFor(state: string, run: string): string {
  if (state === "completed" || state === "cancelled") return `wf fork ${run} --from <step>  makes a new run of it`;
  return state === "running" ? `wf inspect ${run} --follow` : `wf resume ${run}`;
}
