/** `wf run`: starts a run and stays with it; a run with the same id and the same input is returned to. */
import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parseInput } from "../../engine/define-workflow.ts";
import { newRunId, type Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { crashPoint } from "../crash.ts";
import { envWish, loadEnvFile } from "../env-file.ts";
import { EXIT } from "../exit-codes.ts";
import { type FoundWorkflow, parseModuleReference } from "../find-workflow.ts";
import { type HostRequest, hostRun } from "../host.ts";
import { readGivenValue } from "../input.ts";
import { openCommandStore } from "../open-store.ts";
import { probeRun } from "../replay-check.ts";
import { concludeRun } from "../run-end.ts";
import { shortPath } from "../user-stack.ts";
import { openView } from "../views/open-view.ts";
import { siteText, warningText } from "../views/replay-diff-view.ts";
import type { RunView } from "../views/run-view.ts";

/** `wf run <module>[#export]` */
export const run: Command = async (context, [module = ""], options) => {
  const input = await readGivenValue({ json: options.input, fields: options.field, name: "--input" });
  const reference = parseModuleReference(module, context.folder);
  loadEnvFile(reference.file, envWish(options), context.env);
  const store = await openCommandStore(context, options);
  let loaded: FoundWorkflow | undefined;
  const request: HostRequest = {
    store,
    reference,
    mode: options.wait === false ? "yield" : "live",
    isChecked: options.check === true,
    hasKeys: options.keys !== false,
    crash: crashPoint(options),
    target: async (found) => {
      loaded = found;
      const id = options.id ?? newRunId(found.name);
      if (options.id !== undefined) await refuseOtherRun(store, id, found, input);
      const where = existsSync(store.dir) ? undefined : `runs are kept in ${shortPath(store.dir, context.folder)}`;
      return { run: id, input, created: () => (where === undefined ? undefined : context.terminal.tell(where)) };
    },
  };
  if (options.watch === true) return (await import("../watch-run.ts")).watchRun(context, request);
  const view = openView(context.terminal);
  const end = await hostRun(context, view, request);
  const point = options.crashAfter ?? options.crashBefore;
  if (point !== undefined) view.say(`nothing was killed: no step ${JSON.stringify(point)} was reached`);
  if (options.check === true && loaded !== undefined && end.isAtOnce !== true)
    await tellOfUnsteadyCalls(context, view, { store, run: end.facts.run, found: loaded });
  return concludeRun(end, view, context.terminal.styles);
};

/** What the comparisons of `--check` cannot see: calls that gave the same by chance, or whose value only steps took. */
async function tellOfUnsteadyCalls(
  context: CommandContext,
  view: RunView,
  { store, run, found }: { store: Store; run: string; found: FoundWorkflow },
): Promise<void> {
  if (!store.has(run)) return;
  const { events } = store.read(run);
  const shorten = (file: string): string => shortPath(file, context.folder);
  for (const warning of await probeRun(context, found, { events, folded: undefined }))
    view.say(`${warningText(warning, context.terminal.styles)}  ${siteText(warning.site, shorten)}`);
}

/** An existing run is returned to only as what it is: of this workflow, with this input. */
async function refuseOtherRun(store: Store, id: string, found: FoundWorkflow, input: unknown): Promise<void> {
  if (!store.has(id)) return;
  const created = store.read(id).events.find((event) => event.type === "run.created");
  if (created === undefined) return;
  const other = created.workflow === found.name ? "with another input" : `of another workflow: ${created.workflow}`;
  const given = await parseInput(found.workflow, input);
  if (created.workflow === found.name && isDeepStrictEqual(created.input, given)) return;
  throw new CliError(`there is a run ${id} ${other}`, {
    code: "id_taken",
    exitCode: EXIT.usage,
    hint: `choose another --id, or look at it:\nwf inspect ${id}`,
  });
}
