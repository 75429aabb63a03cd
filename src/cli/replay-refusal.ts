/**
 * What is told when a run cannot be taken up since its history and the code contradict each other. The engine has
 * refused before anything ran, but for what `removed` licensed and what came before a name used twice; here the whole difference is shown, and the ways on.
 */
import type { DivergenceFacts } from "../engine/errors.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { formatLocation, type Location } from "../engine/history/location.ts";
import { isRefused, type ReplayReport } from "../engine/replay/report.ts";
import type { Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import type { CommandContext } from "./command.ts";
import { escapeLine, shellQuote } from "./escape.ts";
import { EXIT } from "./exit-codes.ts";
import type { ModuleReference } from "./find-workflow.ts";
import { readGood } from "./read-run.ts";
import { checkReplay, withLoadedWorkflow } from "./replay-check.ts";
import { isSupervised } from "./supervised.ts";
import { toCliError } from "./to-cli-error.ts";
import { shortPath } from "./user-stack.ts";
import { tally } from "./views/replay-diff-tally.ts";
import { diffView } from "./views/replay-diff-view.ts";
import { diffFields } from "./views/replay-diff-document.ts";

/** The run that was refused. */
export interface Refused {
  readonly store: Store;
  readonly run: string;
  readonly reference: ModuleReference;
  readonly error: unknown;
  /** The `seq` of the last event on record when the run was taken up. */
  readonly since: number;
  /** Called before the difference is shown: the live screen makes room. */
  readonly beforeShown: () => void;
}

/** Shows the difference. @returns what to throw; undefined when the error is no divergence, or none that was recorded */
export async function explainRefusal(context: CommandContext, refused: Refused): Promise<CliError | undefined> {
  const { store, run, reference, error, since, beforeShown } = refused;
  if (error === undefined || toCliError(error).facts.exitCode !== EXIT.diverged) return undefined;
  const { events } = readGood(store, run);
  const { report } = await withLoadedWorkflow(context, reference, (found) =>
    checkReplay(found, { events, folded: undefined }),
  );
  if (!isRefused(report)) return undefined;
  const { terminal } = context;
  const against = `against ${shortPath(reference.file, context.folder)}`;
  const diff = { name: run, against, report, warnings: [], isOver: false, offersDeep: false };
  const lines = diffView(diff, {
    styles: terminal.styles,
    width: terminal.width(),
    shortPath: (file) => shortPath(file, context.folder),
  });
  beforeShown();
  terminal.note(`${lines.join("\n")}\n\n`);
  const missed = missedHandlers(error);
  const ran = whatRan(events, since);
  const what =
    missed === undefined || !(error instanceof Error)
      ? `${run} does not fit the code any more: ${tally([diff])}; ${ran}`
      : `${run} cannot be rolled back with this code: ${escapeLine(error.message)}; ${ran}`;
  return new CliError(what, {
    code: "history_diverged",
    exitCode: EXIT.diverged,
    where: placeOf(report, context.folder),
    hint: missed === undefined ? waysOn(run, report) : waysOnBack(run),
    document: {
      schema: "wf.run/1",
      ...diffFields(diff, false),
      ...(missed !== undefined && { missingHandlers: missed }),
    },
    cause: error,
  });
}

/** What `removed` licensed to run runs before the rest is known to fit. */
function whatRan(events: readonly HistoryEvent[], since: number): string {
  const begun = events.flatMap((event) => (event.type === "step.started" && event.seq > since ? [event.loc] : []));
  const names = [...new Set(begun.map((location) => `"${escapeLine(formatLocation(location))}"`))];
  if (names.length === 0) return "nothing was run";
  return `before that was seen, ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""} ran`;
}

/** Where the code first asks for something else. */
function placeOf({ differences }: ReplayReport, folder: string): string | undefined {
  const site = differences.find(({ level }) => level === "difference")?.site;
  return site === undefined ? undefined : `${shortPath(site.file, folder)}:${site.line}:${site.column}`;
}

/** The steps that a rollback was refused for, by their locations; undefined: it was refused for something else. */
function missedHandlers(error: unknown): readonly Location[] | undefined {
  const { facts } = error as { facts?: Partial<DivergenceFacts> };
  return facts?.kind === "rollback" ? facts.unasked : undefined;
}

/** A run that rolls back goes nowhere else: nothing stands in for a handler. */
function waysOnBack(run: string): string {
  return [
    `1  give each step its recorded name and a rollback handler again${isSupervised() ? "" : `, then wf resume ${run}`}`,
    `2  wf cancel ${run}  leaves what was done as it is`,
  ].join("\n");
}

function waysOn(run: string, report: ReplayReport): string {
  const from = lastCommonStep(report);
  const fork =
    from === undefined
      ? `wf run starts anew: no recorded step is left as it was`
      : `wf fork ${run} --from ${shellQuote(from)}  begins a new run there, with the history before it`;
  return [
    isSupervised() ? "1  mend the code as shown" : `1  mend the code as shown, then wf resume ${run}`,
    "2  where it changed on purpose: ctx.removed, or ctx.getVersion for new runs only",
    `3  ${fork}`,
  ].join("\n");
}

/** The last step before the first difference. */
function lastCommonStep({ entries }: ReplayReport): string | undefined {
  const first = entries.findIndex(({ level }) => level === "difference");
  const step = entries.slice(0, first).findLast(({ verdict, asked }) => verdict === "same" && asked?.kind === "step");
  return step === undefined ? undefined : formatLocation(step.location);
}
