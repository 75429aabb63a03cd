/**
 * What tests of workflows need: a driver in memory, a clock moved by hand, and recorded histories replayed against the
 * code as it is now.
 *
 * It is the engine's own kit, in which `replayHistory` also takes what `wf export` wrote: reading that is the command
 * line's business, and the engine reads no files.
 *
 * @module
 */
import type { Workflow } from "../engine/define-workflow.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { replayHistory as replayEvents, type ReplayOptions } from "../engine/replay/replay-history.ts";
import type { ReplayReport } from "../engine/replay/report.ts";
import { adaptFixes } from "./fix-text.ts";
import { readRunFile } from "./run-file.ts";
import { sourceAround } from "./source-calls.ts";
import { PLAIN } from "./terminal.ts";
import { shortPath } from "./user-stack.ts";
import { differenceLines } from "./views/replay-diff-view.ts";

/** Width of a line, in cells. */
const WIDTH = 100;

export * from "../engine/testing/index.ts";

/**
 * A recorded history: its events; or what `wf export` wrote, as the bytes of a `.cbor` or `.json` file, as the text of
 * the latter, or parsed.
 */
export type RecordedHistory = readonly HistoryEvent[] | Uint8Array | string | { readonly events: readonly unknown[] };

/**
 * Replays a history against a workflow. The workflow function runs, a few times; no step body does, and nothing is
 * written.
 *
 * @example
 * const report = await replayHistory(order, readFileSync("fixtures/waiting.cbor"));
 * expect(report.differences).toEqual([]);
 * @throws TypeError when the history is none that `wf export` wrote, or not whole
 */
export async function replayHistory(
  workflow: Workflow,
  history: RecordedHistory,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  return replayEvents(workflow, eventsOf(history), { source: sourceAround(), ...options });
}

/**
 * The differences of a comparison in the words of `wf replay-diff`: where they are, and what to paste. Notes are among
 * them. For the message of a test that fails.
 *
 * @returns lines; empty where nothing differs
 * @example
 * expect(describeDifferences(await replayHistory(order, readFileSync("fixtures/waiting.cbor")))).toBe("");
 */
export function describeDifferences(report: ReplayReport): string {
  const diff = { name: "", against: "", report: adaptFixes(report), warnings: [], isOver: false, offersDeep: false };
  const shown = differenceLines([diff], { styles: PLAIN, width: WIDTH, shortPath: (file) => shortPath(file) });
  return shown.map((line) => line.trimEnd()).join("\n");
}

function eventsOf(history: RecordedHistory): readonly HistoryEvent[] {
  if (isEvents(history)) return history;
  try {
    return readRunFile(bytesOf(history), "the history").events;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(reason.replace(" cannot be imported", " cannot be read"), { cause: error });
  }
}

function bytesOf(history: Exclude<RecordedHistory, readonly HistoryEvent[]>): Uint8Array {
  if (history instanceof Uint8Array) return history;
  return Buffer.from(typeof history === "string" ? history : JSON.stringify(history));
}

function isEvents(history: RecordedHistory): history is readonly HistoryEvent[] {
  return Array.isArray(history);
}
