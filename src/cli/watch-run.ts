/**
 * `wf run --watch`: when the user saves, the run stops where it is, its history is replayed against the new code, and
 * it goes on where the two fit.
 *
 * Invariant: code that does not fit is never executed; the run stays paused until it does.
 */
import { replayHistory } from "../engine/replay/replay-history.ts";
import type { ReplayReport } from "../engine/replay/report.ts";
import type { CommandContext, CommandResult } from "./command.ts";
import { escapeLine } from "./escape.ts";
import { findWorkflow, type FoundWorkflow } from "./find-workflow.ts";
import { type HostRequest, hostRun } from "./host.ts";
import { readRun } from "./read-run.ts";
import { concludeRun } from "./run-end.ts";
import { toCliError } from "./to-cli-error.ts";
import { errorView } from "./views/error-view.ts";
import { openView } from "./views/open-view.ts";
import { diffView } from "./views/replay-diff-view.ts";
import { shortPath } from "./user-stack.ts";
import { watchFiles } from "./watch-files.ts";

/** Stays with a run through edits of its code. */
export async function watchRun(context: CommandContext, request: HostRequest): Promise<CommandResult> {
  const { styles } = context.terminal;
  let { target } = request;
  let loaded: FoundWorkflow | undefined;
  const edited = (found: FoundWorkflow): ReturnType<typeof watchFiles> => {
    loaded = found;
    return watchFiles(found.file, found.files);
  };
  for (;;) {
    const view = openView(context.terminal);
    const end = await hostRun(context, view, { ...request, target, edited });
    if (end.isEdited !== true || loaded === undefined) return concludeRun(end, view, styles);
    const { run } = end.facts;
    view.end(`${shortName(loaded)} was saved: replaying what is on record`);
    await untilItFits(context, request, { run, loaded });
    target = async () => ({ run });
  }
}

async function untilItFits(
  context: CommandContext,
  request: HostRequest,
  { run, loaded }: { run: string; loaded: FoundWorkflow },
): Promise<void> {
  let { files } = loaded;
  for (;;) {
    const edits = watchFiles(loaded.file, files);
    try {
      const found = await findWorkflow(request.reference);
      ({ files } = found);
      const report = await replayHistory(found.workflow, readRun(request.store, run).events);
      if (report.compatible) return;
      context.terminal.note(differences(context, run, report));
    } catch (error) {
      context.terminal.note(errorView(toCliError(error), context.terminal.styles, context.terminal.noteWidth()));
    }
    await edits.happened;
    edits.stop();
  }
}

function differences(context: CommandContext, run: string, report: ReplayReport): string {
  const { styles } = context.terminal;
  const lines = diffView(
    { name: run, against: "against the code as it was saved", report, warnings: [], isOver: false, offersDeep: false },
    { styles, width: context.terminal.width(), shortPath: (file) => shortPath(file, context.folder) },
  );
  return `${lines.join("\n")}\n\nthe run stays paused until the code fits; saving tries again\n`;
}

function shortName({ file }: FoundWorkflow): string {
  return escapeLine(file.replace(/^.*[\\/]/, ""));
}
