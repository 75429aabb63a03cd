/**
 * The summary of a run, and its cache `summary.cbor`, which makes `list` cheap: what the fold gave, and the place in
 * the journal up to which it was folded. The fold itself belongs to the engine and is handed in.
 *
 * Invariants:
 * 1. A cache counts only if the journal still has, at the place it names, the record it names.
 * 2. It is a cache: writing it may fail, and losing it costs time only.
 */
import type { HistoryEvent } from "../engine/history/events.ts";
import { decodeValue, encodeValue } from "./codec.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { putFile, readFile } from "./files.ts";
import { HEAD_BYTES, openEnvelope, readHead, wrapItem } from "./frame.ts";
import type { RunPaths } from "./layout.ts";
import { type Boundary, scanRecords } from "./scan.ts";

const SUMMARY_KIND = "wf-summary";

/** What `list` shows of a run. */
export interface RunSummary {
  readonly state: string;
  readonly workflow: string;
  /** ms since 1970, as all times. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly waitingFor?: { readonly messages?: readonly string[]; readonly anyMessage?: true; readonly until?: number };
  /** The last thing that happened was a pause. */
  readonly paused?: true;
  /** Whatever the fold needs to go on from here. */
  readonly carry?: unknown;
}

/**
 * Folds events into a summary; with `from`, goes on from it. May answer undefined for "I need all events", and is then
 * called again with them and without `from`.
 */
export type SummaryFold = (events: readonly HistoryEvent[], from?: RunSummary) => RunSummary | undefined;

/** A summary, and the place in the journal that it stands for. */
export interface PlacedSummary {
  readonly summary: RunSummary;
  readonly at: Boundary;
}

/** Writes the cache. */
export function writeSummary(disk: Disk, paths: RunPaths, placed: PlacedSummary): void {
  putFile(disk, paths.summary, wrapItem(SUMMARY_KIND, 0, encodeValue(placed)).bytes, "cache");
}

/** The cache, when it is whole and belongs to this journal; its events beyond are yet to be folded. */
export function readSummary(disk: Disk, paths: RunPaths, journal: DiskFile): PlacedSummary | undefined {
  const envelope = openEnvelope(SUMMARY_KIND, readFile(disk, paths.summary) ?? new Uint8Array());
  if (envelope.state !== "good") return undefined;
  try {
    const placed = decodeValue(envelope.item) as PlacedSummary;
    return isOf(placed.at, journal) ? placed : undefined;
  } catch {
    return undefined; // Invariant 2.
  }
}

function isOf(at: Boundary, journal: DiskFile): boolean {
  const bytes = new Uint8Array(HEAD_BYTES);
  if (journal.read(bytes, at.lastOffset) < HEAD_BYTES) return false;
  const head = readHead(bytes, 0);
  return head?.seq === at.seq && head.payloadCrc === at.crc && at.lastOffset + HEAD_BYTES + head.length === at.offset;
}

/** A summary brought up to the journal's end at `size`; undefined when the fold, or the journal's tail, needs a whole reading. */
export function catchUp(
  placed: PlacedSummary,
  journal: DiskFile,
  size: number,
  fold: SummaryFold,
): RunSummary | undefined {
  if (size === placed.at.offset) return placed.summary;
  if (size < placed.at.offset) return undefined;
  const bytes = new Uint8Array(size - placed.at.offset);
  const count = journal.read(bytes, placed.at.offset);
  const scan = scanRecords(bytes.subarray(0, count), placed.at, placed.at.offset);
  return scan.tail.state === "corrupt" ? undefined : fold(scan.events, placed.summary);
}

/** The fold that a store uses when it is given none: what the events of the run as a whole say, and no more. */
export const foldRunEvents: SummaryFold = (events, from) => {
  let summary: RunSummary = from ?? { state: "pending", workflow: "", createdAt: 0, updatedAt: 0 };
  for (const event of events) summary = applyEvent(summary, event);
  const updatedAt = events.at(-1)?.at ?? summary.updatedAt;
  return updatedAt === summary.updatedAt ? summary : { ...summary, updatedAt };
};

function applyEvent(before: RunSummary, event: HistoryEvent): RunSummary {
  const { type } = event;
  const { workflow, createdAt, updatedAt } = before;
  const turned = (state: string): RunSummary => ({ state, workflow, createdAt, updatedAt });
  switch (type) {
    case "run.created":
      return { ...turned("pending"), workflow: event.workflow, createdAt: event.at };
    case "run.waiting": {
      const { until, messages, anyMessage } = event;
      const waitingFor = {
        ...(until === undefined ? {} : { until }),
        ...(messages === undefined ? {} : { messages }),
        ...(anyMessage === undefined ? {} : { anyMessage }),
      };
      return { ...turned("sleeping"), waitingFor };
    }
    case "run.paused":
      return { ...before, paused: true };
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
    case "run.rolling_back":
      return turned(type.slice("run.".length));
    case "run.recovered":
      return turned("running");
    case "run.seen":
      return before;
    default:
      return staysAsItIs(before) ? before : turned("running");
  }
}

/** No event of an entry turns a run that runs, rolls back or is over; it ends a wait and a pause. */
function staysAsItIs({ state, paused }: RunSummary): boolean {
  return isOver(state) || state === "rolling_back" || (state === "running" && paused === undefined);
}

/** Whether a run in this state receives no more messages. */
export function isOver(state: string): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}
