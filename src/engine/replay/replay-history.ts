/**
 * Compares a recorded history with a workflow's code, and says what each location would make of it. Nothing runs and
 * nothing is written; the result is plain data.
 *
 * Invariants:
 * 1. Places in the source are looked for only when there is something to tell: the code is then looked at once more.
 * 2. What is taken for renamed, though the code still calls the recorded name, is looked at as new where the rename
 *    leads the code astray; that stands, unless the code then passes the recorded name by.
 * 3. What was taken for moved, and then asked for where it is recorded, is looked at without that mistake: branches
 *    that stand at different places ask for the same names.
 * 4. Where code seems to have gone astray for want of an inserted step's value, it is looked at without going past it.
 */
import { functionOf, parseInput, parseMessage, type Workflow } from "../define-workflow.ts";
import { locationOf, type Place } from "../history/entries.ts";
import type { HistoryEvent } from "../history/events.ts";
import type { History } from "../history/history.ts";
import { formatLocation, type Location } from "../history/location.ts";
import { adviseOnComputedNames } from "./computed-names.ts";
import { differenceAtEnd } from "./compare-results.ts";
import { mayBeNew } from "./counterparts.ts";
import { examine, type ExamineOptions, type Seen } from "./examination.ts";
import { fixesFor, fixesForLate } from "./fixes.ts";
import { tellForeignWait } from "./foreign-wait.ts";
import { listEntries } from "./list-entries.ts";
import { levelOf, type ReplayEntry, type ReplayReport, type Site } from "./report.ts";
import { missingHandlers } from "./rollback-reach.ts";
import { isAstray, isMisled } from "./supplied-values.ts";

/** Options of {@link replayHistory}. */
export type ReplayOptions = ExamineOptions;

/**
 * Replays a history against a workflow. The workflow function runs, a few times; no step body does.
 *
 * @example
 * const report = await replayHistory(order, events);
 * expect(report.differences).toEqual([]);
 */
export function replayHistory(
  workflow: Workflow,
  events: readonly HistoryEvent[],
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  return compareHistory(workflow, { events, folded: undefined }, options);
}

/** A history, and its fold where somebody made it already: that one is used up. */
export interface ReadHistory {
  readonly events: readonly HistoryEvent[];
  readonly folded: History | undefined;
}

/** As {@link replayHistory}, for who has folded the events already. */
export async function compareHistory(
  workflow: Workflow,
  { events, folded }: ReadHistory,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const run = functionOf(workflow);
  const look = async (how: Looking): Promise<Looked> => {
    const seen = await examine(run, events, { ...options, ...how });
    return { seen, entries: entriesFrom(seen) };
  };
  let { how, looked } = await lookTwice(look, { folded });
  const mistaken = looked.seen.assumptions.mistaken();
  if (mistaken.size > 0) ({ how, looked } = await lookTwice(look, { spared: mistaken }));
  const doubted = doubtful(looked);
  if (doubted.size > 0) {
    const other = await lookTwice(look, { spared: new Set([...mistaken, ...doubted]) });
    if (
      !other.looked.entries.some((entry) => entry.verdict === "missing" && doubted.has(formatLocation(entry.location)))
    )
      ({ how, looked } = other);
  }
  const { missed } = looked.seen.calls;
  if (missed.size > 0) looked = await look({ ...how, wanted: missed });
  const { seen, entries } = looked;
  adviseOnComputedNames(entries);
  for (const entry of await compareSchemas(workflow, seen)) entries.push(entry);
  const differences = entries.filter((entry) => entry.level !== "ok");
  return {
    compatible: differences.every((entry) => entry.level === "note"),
    entries,
    differences,
    stepsExecuted: 0,
  };
}

/** How one look differs from the others. */
interface Looking {
  readonly folded?: History | undefined;
  readonly leavesOut: boolean;
  readonly spared?: ReadonlySet<string>;
  readonly wanted?: ReadonlySet<number>;
}

interface Looked {
  readonly seen: Seen;
  readonly entries: ReplayEntry[];
}

/** Looks past inserted steps, or only up to them where that leads the code astray. */
async function lookTwice(
  look: (how: Looking) => Promise<Looked>,
  { folded, ...first }: Partial<Looking>,
): Promise<{ how: Looking; looked: Looked }> {
  const past = { ...first, leavesOut: true };
  const looked = await look({ ...past, folded });
  if (!isMisled(looked.seen.supplied, looked.entries)) return { how: past, looked };
  const upTo = { ...first, leavesOut: false };
  return { how: upTo, looked: await look(upTo) };
}

/**
 * The recorded locations for which something else was taken, renamed, though the code still calls their names: where
 * that led the code astray, or to a wait that is still open and has quite another name.
 */
function doubtful({ seen, entries }: Looked): ReadonlySet<string> {
  const { history, whereabouts } = seen;
  const doubted = entries.flatMap(({ verdict, recorded, site, location }, at) => {
    if (recorded === undefined || (verdict !== "renamed?" && verdict !== "duplicate")) return [];
    const place = history.find(recorded.location);
    if (place === undefined || whereabouts.callsOf(place, site).length === 0) return [];
    const isOpen = mayBeNew(place, String(location.at(-1)));
    return isOpen || entries.slice(at).some(isAstray) ? [formatLocation(recorded.location)] : [];
  });
  return new Set(doubted);
}

/** What was seen, in order. */
function entriesFrom(seen: Seen): ReplayEntry[] {
  const { entries: listed, unexcused } = listEntries(seen);
  const entries = listed.filter((entry) => !isToldOf(entry, listed));
  for (const entry of compareEnd(seen)) entries.push(entry);
  tellForeignWait(seen, entries, unexcused);
  const isExplained = seen.isStuck || entries.some((entry) => entry.level === "difference");
  for (const entry of isExplained ? [] : unexcused) {
    entry.verdict = "missing";
    entry.level = "difference";
    entry.detail = "the code waits before it asks for this: a resume would be refused";
    entry.fix = fixesForLate(String(entry.location.at(-1)));
  }
  for (const entry of missingHandlers(seen, entries)) entries.push(entry);
  return entries;
}

/** The code came to the call of which a note says that it would be refused. */
function isToldOf({ verdict, level, site }: ReplayEntry, entries: readonly ReplayEntry[]): boolean {
  if (verdict !== "duplicate" || level !== "note" || site === undefined) return false;
  const isThere = ({ file, line }: Site): boolean => file === site.file && line === site.line;
  return entries.some((each) => each.level === "difference" && each.site !== undefined && isThere(each.site));
}

/** Whether the run would end as it did. */
function compareEnd({ history, end, root, calls, isRecordedError }: Seen): ReplayEntry[] {
  if (end === undefined || root.findings.some((finding) => finding.verdict === "threw")) return [];
  const difference = differenceAtEnd(history, end, isRecordedError);
  if (difference === undefined) return [];
  const { verdict, level = levelOf(verdict), detail } = difference;
  const entry: ReplayEntry = { verdict, level, location: [], asked: { location: [], kind: "run" } };
  if (detail !== undefined) entry.detail = detail;
  const thrown = "error" in end && end.error instanceof Error ? end.error : undefined;
  const site = level === "ok" ? undefined : ((thrown && calls.thrown(thrown).site) ?? calls.last?.site);
  if (site !== undefined) entry.site = site;
  const fixes = level === "ok" ? [] : fixesFor({ verdict, level, location: [], kind: "run" });
  if (fixes.length > 0) entry.fix = fixes;
  return [entry];
}

/** Whether the recorded input and messages still fit what the workflow declares. */
async function compareSchemas(workflow: Workflow, { history }: Seen): Promise<ReplayEntry[]> {
  if (typeof workflow === "function") return [];
  const entries: ReplayEntry[] = [];
  const check = async (
    verdict: "input" | "message",
    location: Location,
    parse: () => Promise<unknown>,
  ): Promise<void> => {
    try {
      await parse();
    } catch (error) {
      const detail = `${error instanceof Error ? error.message : String(error)}; a resume uses the recorded value`;
      const kind = verdict === "input" ? "run" : "message";
      entries.push({ verdict, level: "note", location, recorded: { location, kind }, detail });
    }
  };
  await check("input", [], () => parseInput(workflow, history.run.created?.input));
  if (workflow.messages === undefined) return entries;
  for (const place of placesBelow(history.root)) {
    if (place.entry?.kind !== "message") continue;
    for (const { name, body } of place.entry.messages) {
      await check("message", locationOf(place), () => parseMessage(workflow, name, body));
    }
  }
  return entries;
}

function* placesBelow(place: Place): Iterable<Place> {
  for (const child of place.children?.values() ?? []) {
    yield child;
    yield* placesBelow(child);
  }
}
