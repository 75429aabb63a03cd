/** `wf resume`: continues a run that was paused, interrupted, or waits. */
import type { Store } from "../../fs-driver/index.ts";
import type { Command, CommandContext, CommandOptions, CommandResult } from "../command.ts";
import { envWish, loadEnvFile } from "../env-file.ts";
import { type HostRequest, hostRun } from "../host.ts";
import { moduleOf } from "../module-of.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { CliError } from "../cli-error.ts";
import { shownStateOf } from "../summary-fold.ts";
import { EXIT } from "../exit-codes.ts";
import { readRun } from "../read-run.ts";
import { concludeRun, finishedResult, runError, unfinished } from "../run-end.ts";
import type { explainRefusal } from "../replay-refusal.ts";
import { isSupervised } from "../supervised.ts";
import { toCliError } from "../to-cli-error.ts";
import { openView } from "../views/open-view.ts";
import { isFinished, type RunFacts, shownState } from "../views/run-facts.ts";

/** `wf resume [run]` */
export const resume: Command = async (context, [wanted], options) => {
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted, (state) => !isFinished(state as RunFacts["history"]["run"]["state"]));
  return resumeRun(context, store, run, options);
};

/** A second supervisor may have been faster: then there is nothing to say. */
async function resumeSupervised(
  context: CommandContext,
  store: Store,
  facts: RunFacts,
  options: CommandOptions,
): Promise<CommandResult> {
  let isOver = isFinished(facts.history.run.state);
  // The other one may have ended it between that look and the lock.
  const prepare = async (): Promise<void> => {
    const { summary } = store.summary(facts.run);
    isOver = summary !== undefined && isFinished(shownStateOf(summary, true));
    if (isOver) throw new CliError("it is over", { code: "run_state", exitCode: EXIT.failed });
  };
  try {
    if (!isOver) return await hostExisting(context, store, facts, { ...options, prepare });
  } catch (error) {
    if (!isOver && toCliError(error).facts.exitCode !== EXIT.owned) throw error;
  }
  return unfinished(facts, isOver ? EXIT.done : EXIT.owned);
}

/** Takes a run up and stays with it. A completed one answers its output. */
export async function resumeRun(
  context: CommandContext,
  store: Store,
  run: string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { facts, owner } = readRun(store, run);
  if (isSupervised()) return resumeSupervised(context, store, facts, options);
  const state = shownState(facts);
  if (state === "completed") {
    context.terminal.tell(`run ${run} is already completed`);
    return finishedResult(facts);
  }
  if (isFinished(state)) throw runError(facts, undefined);
  if (owner !== undefined) {
    const { OwnedError } = await import("../../fs-driver/index.ts");
    throw new OwnedError(run, owner);
  }
  return hostExisting(context, store, facts, options);
}

/** What is told of a run that does not fit the code; loaded only when one does not. */
async function explain(...args: Parameters<typeof explainRefusal>): ReturnType<typeof explainRefusal> {
  return (await import("../replay-refusal.ts")).explainRefusal(...args);
}

/** Loads the module of a run that exists, and stays with the run. */
export async function hostExisting(
  context: CommandContext,
  store: Store,
  facts: RunFacts,
  options: CommandOptions & Pick<HostRequest, "prepare">,
): Promise<CommandResult> {
  const { run } = facts;
  const reference = moduleOf(context, store, facts, options.module);
  loadEnvFile(reference.file, envWish(options), context.env);
  const view = openView(context.terminal);
  const since = facts.history.lastSeq;
  const end = await hostRun(context, view, {
    store,
    reference,
    mode: options.wait === false ? "yield" : "live",
    isChecked: options.check === true,
    hasKeys: options.keys !== false,
    target: async () => ({ run }),
    prepare: options.prepare,
  });
  const { styles } = context.terminal;
  const beforeShown = (): void => view.end(`${styles.red("✗")} refused`);
  const { error } = end;
  const refusal =
    error === undefined ? undefined : await explain(context, { store, run, reference, error, since, beforeShown });
  if (refusal === undefined) return concludeRun(end, view, styles);
  throw refusal;
}
