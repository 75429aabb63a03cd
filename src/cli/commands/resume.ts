/** `wf resume`: continues a run that was paused, interrupted, or waits. */
import { dirname, resolve } from "node:path";
import type { Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions, CommandResult } from "../command.ts";
import { loadEnvFile } from "../env-file.ts";
import { EXIT } from "../exit-codes.ts";
import { type ModuleReference, parseModuleReference } from "../find-workflow.ts";
import { hostRun } from "../host.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { concludeRun, finishedResult, runError } from "../run-end.ts";
import { openView } from "../views/open-view.ts";
import { isFinished, type RunFacts, shownState } from "../views/run-facts.ts";

/** `wf resume [run]` */
export const resume: Command = async (context, [wanted], options) => {
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted, (state) => !isFinished(state as RunFacts["history"]["run"]["state"]));
  return resumeRun(context, store, run, options);
};

/** Takes a run up and stays with it. A completed one answers its output. */
export async function resumeRun(
  context: CommandContext,
  store: Store,
  run: string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { facts, owner } = readRun(store, run);
  const state = shownState(facts);
  if (state === "completed") {
    context.terminal.note(`run ${run} is already completed\n`);
    return finishedResult(facts);
  }
  if (isFinished(state)) throw runError(facts, undefined);
  if (owner !== undefined) {
    const { OwnedError } = await import("../../fs-driver/index.ts");
    throw new OwnedError(run, owner);
  }
  const reference = moduleOf(context, store, facts, options.module);
  loadEnvFile(reference.file, { file: options.envFile, isWanted: options.env !== false }, context.env);
  const view = openView(context.terminal);
  const end = await hostRun(context, view, {
    store,
    reference,
    mode: options.wait === false ? "yield" : "live",
    target: async () => ({ run }),
  });
  return concludeRun(end, view, context.terminal.styles);
}

/** `--module`, or where the run remembers its module to be: relative to the store's parent folder. */
function moduleOf(
  context: CommandContext,
  store: Store,
  { run, history }: RunFacts,
  given: string | undefined,
): ModuleReference {
  if (given !== undefined) return parseModuleReference(given, context.folder);
  const hint = `say where it is: wf resume ${run} --module FILE[#export]`;
  const remembered = history.run.started?.module ?? history.run.created?.module;
  if (remembered === undefined)
    throw new CliError(`run ${run} does not know its module`, { code: "no_module", exitCode: EXIT.notFound, hint });
  const parent = dirname(store.dir);
  try {
    return parseModuleReference(remembered, parent);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(`the module of run ${run} is not there any more`, {
      code: "no_module",
      exitCode: EXIT.notFound,
      where: resolve(parent, remembered),
      hint,
      cause: error,
    });
  }
}
