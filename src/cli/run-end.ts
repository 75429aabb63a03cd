/** How a command that stayed with a run ends: exit code, last line, document and result. */
import { locationOf, type Place } from "../engine/history/entries.ts";
import type { Location } from "../engine/history/location.ts";
import type { RunState } from "../engine/history/history.ts";
import { branchPlaces, deepestStack } from "./branch-places.ts";
import { CliError } from "./cli-error.ts";
import type { CommandResult } from "./command.ts";
import type { RunDocument } from "./documents.ts";
import { EXIT, exitCodeOfSignal } from "./exit-codes.ts";
import type { HostEnd } from "./host.ts";
import { reasonIn } from "./pause-reasons.ts";
import { isSupervised } from "./supervised.ts";
import { toCliError } from "./to-cli-error.ts";
import { userFrames, userPlace } from "./user-stack.ts";
import { escapeJson } from "./escape.ts";
import type { Styles } from "./terminal.ts";
import { toJson } from "./values-json.ts";
import { errorLine } from "./views/error-line.ts";
import { formatDuration } from "./views/format.ts";
import { errorFields, runFields } from "./views/run-document.ts";
import { createdAt, describeState, describeWaits, nextCommands, type RunFacts } from "./views/run-facts.ts";
import { nameAt, type RunView } from "./views/run-view.ts";

const SCHEMA = "wf.run/1";

/** Shows the end and says what the command returns. @throws CliError when the run failed or could not go on */
export function concludeRun(end: HostEnd, view: RunView, styles: Styles): CommandResult {
  const { facts } = end;
  const { state } = facts.history.run;
  if (end.isAtOnce === true) return leave(end, view, "stopped at once");
  // What was refused before there was a run has not been stopped.
  if (end.error !== undefined && facts.history.run.created === undefined) throw runError(facts, end.error);
  if (end.error !== undefined) {
    view.end(`${styles.red("✗")} ${lastWords(facts, state === "failed" || state === "cancelled" ? state : "stopped")}`);
    throw runError(facts, end.error, end.hasBegun);
  }
  if (state === "completed") {
    view.end(`${styles.green("✓")} ${lastWords(facts, "completed")}`);
    return finishedResult(facts);
  }
  const { paused } = facts.history.run;
  if (end.signal !== undefined || paused) return leave(end, view, paused ? "paused" : "stopped");
  // A supervisor takes the run up when a message comes: to such a run it is only sent.
  view.waits(describeState(facts, Date.now()), nextCommands(isSupervised() ? { ...facts, isOwned: true } : facts));
  return unfinished(facts, EXIT.waiting);
}

/** A completed run: its output goes to standard output. */
export function finishedResult(facts: RunFacts): CommandResult {
  const { output } = facts.history.run;
  return {
    exitCode: EXIT.done,
    document: () => ({ schema: SCHEMA, ok: true, ...runFields(facts) }) satisfies RunDocument,
    text: () => (output === undefined ? "" : `${escapeJson(JSON.stringify(toJson(output), undefined, 2))}\n`),
  };
}

function leave(end: HostEnd, view: RunView, what: string): CommandResult {
  const { run, history } = end.facts;
  const open = [describeWaits(history, Date.now()), againText(history.root)].filter((part) => part !== "");
  view.end([what, ...open].join(", "), isSupervised() ? [] : [`wf resume ${run}`]);
  return unfinished(end.facts, end.signal === undefined ? EXIT.waiting : exitCodeOfSignal(end.signal));
}

/** Which steps had begun and did not end. */
function againText(root: Place): string {
  const again = cutOffSteps(root).slice(0, 3).map(nameAt);
  return again.length === 0
    ? ""
    : `${again.join(", ")} ${again.length === 1 ? "was" : "were"} cut off and will run again`;
}

/** Steps that had begun and did not end. */
function cutOffSteps(place: Place): Location[] {
  const { entry } = place;
  if (entry?.kind === "step" && (entry.status === "running" || entry.status === "interrupted"))
    return [locationOf(place)];
  return [...(place.children?.values() ?? [])].flatMap(cutOffSteps);
}

/** A run of which there is nothing more to say: paused, waiting, or in other hands. */
export function unfinished(facts: RunFacts, exitCode: number): CommandResult {
  return {
    exitCode,
    document: () => ({ schema: SCHEMA, ok: true, ...runFields(facts) }) satisfies RunDocument,
    text: () => "",
  };
}

function lastWords(facts: RunFacts, what: string): string {
  const started = createdAt(facts.history);
  const { endedAt } = facts.history.run;
  return started === undefined || endedAt === undefined ? what : `${what} in ${formatDuration(endedAt - started)}`;
}

/**
 * What is told of a run that failed, was cancelled, diverged or met a bad disk.
 * @param hasBegun it has begun steps since it was taken up
 */
export function runError(facts: RunFacts, error: unknown, hasBegun = false): CliError {
  const { run, history } = facts;
  const document = { schema: SCHEMA, ...runFields(facts) };
  if (isOver(history.run.state)) return overError(facts, error, document);
  // The error on record is why it rolls back, and not what is told here.
  const { error: _recorded, ...open } = document;
  const told = toCliError(error);
  const stack = callStackOf(error) ?? (error instanceof Error ? error.stack : undefined);
  const again = isSupervised()
    ? `wf inspect ${run}`
    : `${beforeGoingOn(facts, told, hasBegun)}this goes on:\nwf resume ${run}`;
  return new CliError(told.message, {
    ...told.facts,
    where: told.facts.where ?? userPlace(stack),
    hint: history.run.created === undefined ? told.facts.hint : again,
    document: history.run.created === undefined ? {} : open,
  });
}

/** What is to be done first, and what there is now. */
function beforeGoingOn(
  { history, pausedBy }: RunFacts,
  { facts: { exitCode, hint } }: CliError,
  hasBegun: boolean,
): string {
  if (exitCode === EXIT.disk)
    return `what is on record is safe; ${hint?.replace(/, then try again.*$/, "") ?? "check the disk"}, then `;
  const ran = history.run.state === "rolling_back" ? "" : hasBegun ? begunText(history) : "nothing new was run; ";
  if (exitCode !== EXIT.diverged) return ran;
  const paused = reasonIn(pausedBy) === undefined ? "" : "the run is left paused, for nobody to take up by chance; ";
  return `${ran}${paused}mend the code, then `;
}

/** What becomes of what it began. */
function begunText({ root }: RunFacts["history"]): string {
  const again = againText(root);
  return again === "" ? "what was run is on record; " : `${again}; `;
}

function overError(facts: RunFacts, error: unknown, document: Readonly<Record<string, unknown>>): CliError {
  const { run, history } = facts;
  const name = history.run.created?.workflow ?? run;
  if (history.run.state === "cancelled")
    return new CliError(
      `run ${run} was cancelled${facts.cancelReason === undefined ? "" : `: ${facts.cancelReason}`}`,
      {
        code: "cancelled",
        exitCode: EXIT.failed,
        hint: `wf inspect ${run}`,
        document,
      },
    );
  const record = history.run.error;
  const stack = deepestStack(error);
  return new CliError(`${name} failed: ${record === undefined ? "unknown" : errorLine(record)}`, {
    code: record === undefined ? "workflow_failed" : String(errorFields(record)["code"]),
    exitCode: EXIT.failed,
    where: userPlace(stack),
    stack: [...userFrames(stack).slice(1), ...branchPlaces(error)].join("\n"),
    hint: history.rolledBack ? `wf inspect ${run}` : `wf inspect ${run}  shows it\nwf retry ${run}  tries again`,
    document,
    cause: error,
  });
}

function isOver(state: RunState): boolean {
  return state === "failed" || state === "cancelled";
}

/** Where the workflow's code made the call that contradicts the history. */
function callStackOf(error: unknown): string | undefined {
  const facts = (error as { facts?: { callStack?: unknown } } | undefined)?.facts;
  return typeof facts?.callStack === "string" ? facts.callStack : undefined;
}
