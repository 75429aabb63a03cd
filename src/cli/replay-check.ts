/**
 * What the code as it is now would make of recorded runs: loads the module, compares, and lets nothing of the user's
 * code be heard. Shared by `replay-diff` and by whoever refuses a run that has diverged.
 *
 * Invariant: no step body runs, nothing is written, no lock is taken.
 */
import type { ForeignWait } from "../engine/replay/examination.ts";
import type { ReplayOptions } from "../engine/replay/replay-history.ts";
import { compareHistory, type ReadHistory } from "../engine/replay/replay-history.ts";
import type { ReplayReport } from "../engine/replay/report.ts";
import type { CommandContext } from "./command.ts";
import type { FoundWorkflow, ModuleReference } from "./find-workflow.ts";
import { adaptFixes } from "./fix-text.ts";
import { Patience } from "./patience.ts";
import { type ProbeWarning, withProbe } from "./probe.ts";
import { findOrGiveUp } from "./slow-load.ts";
import { sourceOf } from "./source-calls.ts";
import { withUserCode } from "./user-code.ts";

/** A comparison, and what the determinism probe found. */
export interface Checked {
  readonly report: ReplayReport;
  readonly warnings: readonly ProbeWarning[];
}

/** How to compare. */
export interface CheckOptions extends Pick<ReplayOptions, "assume" | "deep"> {
  readonly isProbed?: boolean;
  /** Where comparisons of the same code have waited in vain; it is added to. */
  readonly vain?: Set<string>;
}

/** Compares one history with a workflow that was loaded. `console` in the workflow must be muted by the caller. */
export async function checkReplay(
  found: Pick<FoundWorkflow, "workflow" | "files">,
  history: ReadHistory,
  { isProbed = false, vain = new Set(), ...options }: CheckOptions = {},
): Promise<Checked> {
  const pending = new Set<ForeignWait>();
  const patience = new Patience(() => [...pending].at(-1), vain);
  const compare = (): Promise<ReplayReport> =>
    compareHistory(found.workflow, history, {
      ...options,
      source: sourceOf(found.files),
      onBegin: (look) => {
        pending.clear();
        patience.begin(look);
      },
    });
  try {
    if (!isProbed) return { report: adaptFixes(await compare()), warnings: [] };
    const { result, warnings } = await withProbe(compare, pending);
    return { report: adaptFixes(result), warnings };
  } finally {
    patience.end();
  }
}

/**
 * What the probe finds in the workflow's code over the whole record, in finished loops and branches, too: for
 * `run --check`. Nothing where the code cannot be walked through.
 */
export async function probeRun(
  context: CommandContext,
  found: FoundWorkflow,
  history: ReadHistory,
): Promise<readonly ProbeWarning[]> {
  try {
    return await withUserCode(context, { print: () => undefined }, async (session) => {
      session.isReplaying = () => true;
      return (await checkReplay(found, history, { isProbed: true, deep: true })).warnings;
    });
  } catch {
    return [];
  }
}

/** Loads a module and does work with its workflow, whose output nobody hears. */
export async function withLoadedWorkflow<T>(
  context: CommandContext,
  reference: ModuleReference,
  work: (found: FoundWorkflow) => Promise<T>,
): Promise<T> {
  return withUserCode(context, { print: (text) => context.terminal.note(text) }, async (session) => {
    const found = await findOrGiveUp(reference, context.terminal);
    session.isReplaying = () => true;
    return work(found);
  });
}
