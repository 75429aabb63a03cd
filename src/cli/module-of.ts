/** Where the module of a run is. */
import { dirname, resolve } from "node:path";
import type { Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { type ModuleReference, parseModuleReference } from "./find-workflow.ts";
import type { RunFacts } from "./views/run-facts.ts";

/** `--module`, or where the run remembers its module to be: relative to the store's parent folder. */
export function moduleOf(
  context: CommandContext,
  store: Store,
  { run, history }: RunFacts,
  given: string | undefined,
): ModuleReference {
  if (given !== undefined) return parseModuleReference(given, context.folder);
  const hint = `say where it is:\nwf resume ${run} --module FILE[#export]`;
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
