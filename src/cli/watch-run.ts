/**
 * `wf run --watch`: when the user saves, the run stops where it is, its history is replayed against the new code, and
 * it goes on where the two fit.
 *
 * Invariant: code that does not fit is never executed; the run stays paused until it does, or the user leaves.
 */
import { isRefused, type ReplayReport } from "../engine/replay/report.ts";
import type { CommandContext, CommandResult } from "./command.ts";
import { escapeLine } from "./escape.ts";
import { EXIT, exitCodeOfSignal } from "./exit-codes.ts";
import type { FoundWorkflow } from "./find-workflow.ts";
import { type HostRequest, hostRun } from "./host.ts";
import { Keys } from "./keys.ts";
import { watchLeaving } from "./leaving.ts";
import { readGood, readRun } from "./read-run.ts";
import { checkReplay, withLoadedWorkflow } from "./replay-check.ts";
import { concludeRun, unfinished } from "./run-end.ts";
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
    const left = await untilItFits(context, request, { run, loaded });
    if (left !== undefined) {
      openView(context.terminal).end("paused", [`wf resume ${run}`]);
      return unfinished(readRun(request.store, run).facts, left);
    }
    target = async () => ({ run });
  }
}

interface Edited {
  readonly run: string;
  readonly loaded: FoundWorkflow;
}

/** @returns the exit code when the user leaves before it fits */
async function untilItFits(context: CommandContext, request: HostRequest, edited: Edited): Promise<number | undefined> {
  let leave: (exitCode: number) => void = () => undefined;
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const leaving = watchLeaving((signal) => leave(signal === undefined ? EXIT.waiting : exitCodeOfSignal(signal)));
  const hasKeys = request.hasKeys === true && context.terminal.isLive && process.stdin.isTTY;
  let nowActing: () => void = () => undefined;
  const acting = new Promise<void>((resolve) => {
    nowActing = resolve;
  });
  const keys = hasKeys
    ? new Keys(process.stdin, {
        send: async () => undefined,
        skip: () => undefined,
        pause: () => leaving.ask(),
        show: () => nowActing(),
      })
    : undefined;
  keys?.want(new Set(["q"]));
  try {
    const how = hasKeys ? "q" : "Ctrl-C";
    let { files } = edited.loaded;
    for (;;) {
      const edits = watchFiles(edited.loaded.file, files);
      try {
        const check = await Promise.race([checkOnce(context, request, edited.run), left]);
        if (typeof check === "number") return check;
        files = check.files ?? files;
        if (check.trouble === undefined) return undefined;
        context.terminal.note(`${check.trouble}\n`);
        for (const line of whyPaused(check, edited.run)) context.terminal.tell(line);
        if (hasKeys) await Promise.race([acting, left]);
        context.terminal.tell(`saving tries again  (${how} leaves it paused)`);
        const exitCode = await Promise.race([edits.happened, left]);
        if (exitCode !== undefined) return exitCode;
      } finally {
        edits.stop();
      }
    }
  } finally {
    keys?.close();
    leaving.stop();
  }
}

interface Check {
  /** Of the module, where it could be loaded. */
  readonly files: readonly string[] | undefined;
  /** What is in the way, for people; undefined: the code fits. */
  readonly trouble: string | undefined;
  /** Only the undoing of what is done would be refused. */
  readonly isOnRollbackOnly?: boolean;
}

function whyPaused({ isOnRollbackOnly }: Check, run: string): string[] {
  if (isOnRollbackOnly !== true) return ["the run stays paused until the code fits"];
  return [
    "the run stays paused: it could go on, but if it failed with this code, what it did could not be undone",
    "give each step its recorded name and a rollback handler again, or leave it paused and go on without:",
    `  wf resume ${run}`,
  ];
}

async function checkOnce(context: CommandContext, { reference, store }: HostRequest, run: string): Promise<Check> {
  let files: readonly string[] | undefined;
  try {
    const { events } = readGood(store, run);
    const { report } = await withLoadedWorkflow(context, reference, (found) => {
      ({ files } = found);
      return checkReplay(found, { events, folded: undefined });
    });
    const refused = report.differences.filter((each) => isRefused({ differences: [each] }));
    return {
      files,
      trouble: refused.length === 0 ? undefined : differences(context, run, report),
      isOnRollbackOnly: refused.length > 0 && refused.every(({ onRollbackOnly }) => onRollbackOnly === true),
    };
  } catch (error) {
    const { terminal } = context;
    return { files, trouble: errorView(toCliError(error), terminal.styles, terminal.noteWidth()) };
  }
}

function differences(context: CommandContext, run: string, report: ReplayReport): string {
  const { styles } = context.terminal;
  const lines = diffView(
    { name: run, against: "against the code as it was saved", report, warnings: [], isOver: false, offersDeep: false },
    { styles, width: context.terminal.width(), shortPath: (file) => shortPath(file, context.folder) },
  );
  return `${lines.join("\n")}\n`;
}

function shortName({ file }: FoundWorkflow): string {
  return escapeLine(file.replace(/^.*[\\/]/, ""));
}
