/** Which histories `wf replay-diff` is to compare, and with which module: runs of a store, or files that were exported. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { HistoryEvent } from "../engine/history/events.ts";
import { foldHistory } from "../engine/history/history.ts";
import type { Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import type { CommandContext, CommandOptions } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { type ModuleReference, parseModuleReference } from "./find-workflow.ts";
import { moduleOf } from "./module-of.ts";
import { openCommandStore, resolveRun } from "./open-store.ts";
import { stateMeant } from "./state-meant.ts";
import { readRun } from "./read-run.ts";
import { readRunFile, type RunFile } from "./run-file.ts";
import { shortPath } from "./user-stack.ts";
import { type RunFacts, shownState } from "./views/run-facts.ts";

/** One history. */
export interface Target {
  /** The run's id, or the file's path as it was typed. */
  readonly name: string;
  /** @throws CliError when the history or the module cannot be read */
  read(): { facts: RunFacts; events: readonly HistoryEvent[]; reference: ModuleReference };
}

/** What the arguments mean. @throws CliError when they mean nothing */
export async function findTargets(
  context: CommandContext,
  wanted: readonly string[],
  options: CommandOptions,
): Promise<Target[]> {
  checkChoice(wanted, options);
  const files = wanted.filter(isHistoryFile);
  if (files.length === wanted.length && files.length > 0)
    return files.map((file) => fileTarget(context, file, options));
  const store = await openCommandStore(context, options);
  if (options.all === true) return allTargets(context, store, options);
  if (wanted.length === 0) return [runTarget(context, store, resolveRun(store, undefined), options)];
  return wanted.map((each) => {
    if (isHistoryFile(each)) return fileTarget(context, each, options);
    return runTarget(context, store, resolveRun(store, each), options);
  });
}

/** @throws CliError where what was typed would go unheard */
function checkChoice(wanted: readonly string[], { all, status, workflow }: CommandOptions): void {
  const unheard =
    all === true
      ? wanted.length > 0 && "--all compares every run: name none, or leave it out"
      : (status !== undefined || workflow !== undefined) && "--status and --workflow choose among --all";
  if (unheard === false) return;
  throw new CliError(unheard, { code: "usage", exitCode: EXIT.usage, hint: "wf replay-diff --help" });
}

function isHistoryFile(text: string): boolean {
  return /\.(?:cbor|json)$/.test(text);
}

function allTargets(context: CommandContext, store: Store, options: CommandOptions): Target[] {
  const { workflow } = options;
  const status = (options.status ?? []).map(stateMeant);
  const listings = store
    .list()
    .filter(({ summary }) => workflow === undefined || summary === undefined || summary.workflow === workflow)
    .toSorted((a, b) => (b.summary?.createdAt ?? 0) - (a.summary?.createdAt ?? 0));
  const runs = listings.map(({ run }) => run).filter((run) => isInState(store, run, status));
  if (runs.length > 0) return runs.map((run) => runTarget(context, store, run, options));
  throw new CliError("no run matches", { code: "not_found", exitCode: EXIT.notFound, hint: "wf list shows all" });
}

/** A run that cannot be read is compared, and told of: nobody knows its state. */
function isInState(store: Store, run: string, status: readonly string[]): boolean {
  if (status.length === 0) return true;
  try {
    return status.includes(shownState(readRun(store, run).facts));
  } catch {
    return true;
  }
}

function runTarget(context: CommandContext, store: Store, run: string, options: CommandOptions): Target {
  const read: Target["read"] = () => {
    const { facts, events } = readRun(store, run);
    return { facts, events, reference: moduleOf(context, store, facts, options.module) };
  };
  return { name: run, read };
}

function fileTarget(context: CommandContext, typed: string, options: CommandOptions): Target {
  const file = resolve(context.folder, typed);
  if (!existsSync(file)) {
    throw new CliError(`no such file: ${typed}`, {
      code: "not_found",
      exitCode: EXIT.notFound,
      hint: "wf export <run> --output FILE writes one",
    });
  }
  const read: Target["read"] = () => {
    const { run, events } = readFixture(file, typed);
    const facts = { run, history: foldHistory(events), isOwned: false };
    return { facts, events, reference: fixtureModule(context, file, facts, options.module) };
  };
  return { name: shortPath(file, context.folder), read };
}

/** An exported history. @throws CliError as for a run whose history is corrupt */
function readFixture(file: string, typed: string): RunFile {
  try {
    return readRunFile(readFileSync(file), typed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(reason.replace(" cannot be imported", " is no history that can be read"), {
      code: "corrupt",
      exitCode: EXIT.corrupt,
      hint: "wf export <run> --output FILE writes one",
      cause: error,
    });
  }
}

/** `--module`, or where the run had its module, seen from the fixture's folder or one above it. */
function fixtureModule(
  context: CommandContext,
  file: string,
  { history }: RunFacts,
  given: string | undefined,
): ModuleReference {
  if (given !== undefined) return parseModuleReference(given, context.folder);
  const remembered = history.run.started?.module ?? history.run.created?.module;
  for (let folder = dirname(file); remembered !== undefined; folder = dirname(folder)) {
    if (existsSync(resolve(folder, remembered.replace(/#[^#/]*$/, ""))))
      return parseModuleReference(remembered, folder);
    if (folder === dirname(folder)) break;
  }
  throw new CliError(`the module of ${shortPath(file, context.folder)} is not to be found`, {
    code: "no_module",
    exitCode: EXIT.notFound,
    hint: "say where it is: --module FILE[#export]",
  });
}
