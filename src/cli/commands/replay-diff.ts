/** `wf replay-diff`: what recorded runs will make of the code as it is now. Nothing runs, nothing is written. */
import { basename } from "node:path";
import type { RunRecord } from "../../engine/history/history.ts";
import { isRefused } from "../../engine/replay/report.ts";
import { hashCode } from "../code-hash.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions, CommandResult } from "../command.ts";
import { envWish, loadEnvFile } from "../env-file.ts";
import { escapeLine } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import type { FoundWorkflow } from "../find-workflow.ts";
import type { ComparisonFields, ReplayDiffDocument } from "../replay-documents.ts";
import { type Assumed, checkAssumptions, readAssumptions } from "../replay-assume.ts";
import { checkReplay, withLoadedWorkflow } from "../replay-check.ts";
import type { WatchedComparison } from "../replay-watch.ts";
import { LoadError } from "../load-module/load-error.ts";
import { findTargets, type Target } from "../replay-targets.ts";
import { isSupervised } from "../supervised.ts";
import { toCliError } from "../to-cli-error.ts";
import { shortPath } from "../user-stack.ts";
import { VainWaits } from "../vain-waits.ts";
import { diffFields } from "../views/replay-diff-document.ts";
import { count } from "../views/format.ts";
import { type ComparedRun, runsView } from "../views/replay-diff-runs.ts";
import { tally } from "../views/replay-diff-tally.ts";
import { type DiffManners, diffView, type ReplayDiff } from "../views/replay-diff-view.ts";
import { isFinished, type RunFacts } from "../views/run-facts.ts";
import { textWidth } from "../views/text-width.ts";

const SCHEMA = "wf.replay-diff/1";

/** `wf replay-diff [run...]` */
export const replayDiff: Command = async (context, wanted, options) => {
  if (options.watch === true && options.json === true)
    throw new CliError("--watch goes on, and --json is one document", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "leave one of them out",
    });
  const assume = readAssumptions(options.assume ?? []);
  const compare = async (): Promise<WatchedComparison> => {
    const targets = await findTargets(context, wanted, options);
    const all: ComparedRun[] = [];
    const waits = new VainWaits();
    for (const target of targets) all.push(await compareTarget(context, target, { options, assume, waits }));
    checkAssumptions(
      assume,
      all.flatMap((each) => ("diff" in each ? [each.diff.report] : [])),
    );
    return { files: all.flatMap(({ files }) => files), conclude: () => conclude(context, all, options) };
  };
  const compared = await compare();
  if (options.watch !== true || compared.files.length === 0) return compared.conclude();
  const { watchAndRepeat } = await import("../replay-watch.ts");
  return watchAndRepeat(context, compared, compare);
};

async function compareTarget(
  context: CommandContext,
  target: Target,
  { options, assume, waits }: { options: CommandOptions; assume: Assumed; waits: VainWaits },
): Promise<ComparedRun> {
  let module: string | undefined;
  try {
    const { facts, events, reference } = target.read();
    module = reference.file;
    loadEnvFile(reference.file, envWish(options), context.env);
    const { state } = facts.history.run;
    // A failed run can still be retried.
    const isFinal = state === "completed" || state === "cancelled";
    const isOver = options.all === true && options.strict !== true && isFinished(state);
    const compare = async (found: FoundWorkflow): Promise<ComparedRun> => {
      const how = {
        vain: waits.placesIn(found),
        assume,
        deep: options.deep === true,
        isProbed: options.probe !== false,
      };
      // The fold is used up: nothing but what the run began with is asked of it afterwards.
      const { report, warnings } = await checkReplay(found, { events, folded: facts.history }, how);
      const code = hashCode(found.file, found.files);
      const recordedCode = facts.history.run.started?.code;
      const diff = {
        name: target.name,
        against: against(context, facts, found, code),
        report,
        warnings,
        isOver,
        isStrict: options.strict === true,
        isFinal,
        offersDeep: options.deep !== true,
      };
      const counted = report.differences.filter(({ verdict }) => verdict !== "not compared");
      const isClean = counted.length === 0 && warnings.length === 0;
      const isDiverged = options.strict === true ? !isClean : isRefused(report) && !isOver;
      const isCompatible = !isDiverged && (report.compatible || isOver);
      const codes = { ...(recordedCode !== undefined && { recordedCode }), ...(code !== undefined && { code }) };
      return { diff, isCompatible, isDiverged, files: found.files, codes };
    };
    return await waits.loading(reference.file, () => withLoadedWorkflow(context, reference, compare));
  } catch (error) {
    const told = toCliError(error);
    const { cause } = told.facts;
    const atFault = cause instanceof LoadError && cause.file !== undefined ? [cause.file] : [];
    return { name: target.name, error: told, files: module === undefined ? [] : [module, ...atFault] };
  }
}

function against(
  { folder }: CommandContext,
  { history }: RunFacts,
  found: FoundWorkflow,
  code: string | undefined,
): string {
  const recorded = history.run.started?.code;
  const module = shortPath(found.file, folder);
  if (recorded === undefined) return `against ${module}`;
  return recorded === code
    ? `against ${module} (unchanged)`
    : `recorded with ${recordedModule(history.run, found.file) ?? module}@${recorded.slice(0, 4)}…  against ${module} (edited)`;
}

/** What the module was called when the run was recorded, where it is called otherwise now. */
function recordedModule({ started, created }: RunRecord, file: string): string | undefined {
  const recorded = (started?.module ?? created?.module)?.replace(/#[^#/]*$/, "");
  return recorded === undefined || basename(recorded) === basename(file) ? undefined : escapeLine(recorded);
}

function conclude(context: CommandContext, all: readonly ComparedRun[], options: CommandOptions): CommandResult {
  const [only] = all;
  if (all.length === 1 && only !== undefined && "error" in only) throw only.error;
  const exitCode = worst(all.map(exitCodeOf));
  const { terminal } = context;
  const manners: DiffManners = {
    styles: terminal.outStyles,
    width: terminal.outWidth(),
    shortPath: (file) => shortPath(file, context.folder),
  };
  return {
    exitCode,
    document: () => documentOf(all, exitCode, options),
    text: () => {
      const isSingle = all.length === 1 && options.all !== true;
      const lines = isSingle
        ? all.flatMap((each) => ("diff" in each ? diffView(each.diff, manners) : []))
        : runsView(all, manners);
      const diffs = all.flatMap((each) => ("diff" in each ? [each.diff] : []));
      const last = [
        resultText(diffs, all.length - diffs.length),
        `0 steps executed, history untouched${isSupervised() ? "" : ` · exit ${exitCode}`}`,
      ];
      const end = textWidth(last.join(" · ")) <= manners.width ? [last.join(" · ")] : last;
      return `${[...lines, "", ...end.map((line) => manners.styles.bold(line))].join("\n")}\n`;
    },
  };
}

function resultText(diffs: readonly ReplayDiff[], failed: number): string {
  if (diffs.length === 0) return "nothing compared";
  return failed === 0 ? tally(diffs) : `${tally(diffs)}, ${count(failed, "run")} not compared`;
}

function documentOf(all: readonly ComparedRun[], exitCode: number, options: CommandOptions): Record<string, unknown> {
  const documents = all.map((each): ComparisonFields =>
    "diff" in each
      ? { ...diffFields(each.diff, each.isCompatible), ...each.codes }
      : { run: each.name, compatible: false, error: { code: each.error.facts.code, message: each.error.message } },
  );
  const ok = exitCode === EXIT.done;
  const [only] = documents;
  if (only !== undefined && documents.length === 1 && options.all !== true)
    return { schema: SCHEMA, ok, ...only } satisfies ReplayDiffDocument;
  const isCompatible = all.every((each) => "diff" in each && each.isCompatible);
  return {
    schema: SCHEMA,
    ok,
    compatible: isCompatible,
    stepsExecuted: 0,
    runs: documents,
  } satisfies ReplayDiffDocument;
}

function exitCodeOf(compared: ComparedRun): number {
  if ("error" in compared) return compared.error.facts.exitCode;
  if (compared.isDiverged) return EXIT.diverged;
  return compared.isCompatible ? EXIT.done : EXIT.failed;
}

/** A corrupt history, then a divergence, then a module that is not there. */
function worst(codes: readonly number[]): number {
  const ranks: readonly number[] = [EXIT.corrupt, EXIT.diverged, EXIT.notFound];
  return ranks.find((code) => codes.includes(code)) ?? codes.find((code) => code !== EXIT.done) ?? EXIT.done;
}
