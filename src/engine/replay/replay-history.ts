/**
 * Compares a recorded history with a workflow's code, and says what each location would make of it. Nothing runs and
 * nothing is written; the result is plain data.
 */
import { functionOf, parseInput, parseMessage, type Workflow } from "../define-workflow.ts";
import type { Place } from "../history/entries.ts";
import { locationOf } from "../history/entries.ts";
import type { HistoryEvent } from "../history/events.ts";
import type { Location } from "../history/location.ts";
import { hashValue } from "../value-hash.ts";
import { siteOf } from "./call-sites.ts";
import { examine, type ExamineOptions, type Seen } from "./examination.ts";
import { fixesFor } from "./fixes.ts";
import type { Finding, RecordedChild, ScopeLedger } from "./ledger.ts";
import { levelOf, type ReplayEntry, type ReplayReport } from "./report.ts";

/** Options of {@link replayHistory}. */
export type ReplayOptions = ExamineOptions;

/**
 * Replays a history against a workflow.
 *
 * @example
 * const report = await replayHistory(order, events);
 * expect(report.differences).toEqual([]);
 */
export async function replayHistory(
  workflow: Workflow,
  events: readonly HistoryEvent[],
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const seen = await examine(functionOf(workflow), events, options);
  const entries: ReplayEntry[] = [...entriesOf(seen.root), ...compareEnd(seen)];
  entries.push(...(await compareSchemas(workflow, seen)));
  const differences = entries.filter((entry) => entry.level !== "ok");
  return {
    compatible: differences.every((entry) => entry.level === "note"),
    entries,
    differences,
    stepsExecuted: 0,
  };
}

/** The findings of a scope and of those inside it, with what is missing at its recorded place. */
function entriesOf(ledger: ScopeLedger): ReplayEntry[] {
  const entries: ReplayEntry[] = [];
  const waiting = ledger.unclaimed();
  const flushBefore = (index: number): void => {
    while (waiting[0] !== undefined && waiting[0].index < index) {
      const child = waiting.shift();
      if (child !== undefined) entries.push(unclaimedEntry(ledger, child));
    }
  };
  const entered = new Set<string>();
  for (const finding of ledger.findings) {
    if (finding.index !== undefined) flushBefore(finding.index);
    const name = String(finding.location.at(-1));
    const inner = finding.location.length > ledger.location.length ? (ledger.inner.get(name) ?? []) : [];
    const first = inner.length > 0 && !entered.has(name);
    entries.push(entryOf(finding, inner.length > 0));
    if (!first) continue;
    entered.add(name);
    for (const scope of inner) entries.push(...entriesOf(scope));
  }
  flushBefore(Number.POSITIVE_INFINITY);
  for (const [name, scopes] of ledger.inner) {
    if (!entered.has(name)) for (const scope of scopes) entries.push(...entriesOf(scope));
  }
  return entries;
}

function entryOf(finding: Finding, entered: boolean): ReplayEntry {
  const { verdict, location, kind, place, recordedLocation, call, detail } = finding;
  const level = verdict === "changed" && kind === "send" ? "difference" : levelOf(verdict);
  const entry: ReplayEntry = { verdict, level, location, asked: { location, kind } };
  if (finding.askedValue !== undefined) entry.asked = { location, kind, value: finding.askedValue };
  if (place !== undefined && recordedLocation !== undefined) {
    entry.recorded = { location: recordedLocation, kind: kindOf(place) };
    if (!entered) addFolded(entry, place);
  }
  if (finding.recordedValue !== undefined) {
    entry.recorded = { ...(entry.recorded ?? { location, kind }), value: finding.recordedValue };
  }
  if (level === "ok") return entry;
  const site = siteOf(call?.stack);
  if (site !== undefined) entry.site = site;
  if (detail !== undefined) entry.detail = detail;
  const fixes = fixesFor(finding);
  if (fixes.length > 0) entry.fixes = fixes;
  return entry;
}

function unclaimedEntry(ledger: ScopeLedger, child: RecordedChild): ReplayEntry {
  const location = [...ledger.location, child.name];
  const kind = kindOf(child.place);
  const verdict = ledger.isMissing(child) ? "missing" : "unreached";
  const entry: ReplayEntry = { verdict, level: levelOf(verdict), location, recorded: { location, kind } };
  addFolded(entry, child.place);
  if (verdict === "unreached") return entry;
  const before = ledger.findings.filter((finding) => (finding.index ?? -1) < child.index).at(-1);
  const site = siteOf(before?.call?.stack);
  if (site !== undefined) entry.site = site;
  entry.fixes = fixesFor({ verdict, location, kind });
  return entry;
}

function addFolded(entry: ReplayEntry, place: Place): void {
  const entries = countEntries(place);
  if (entries === 0) return;
  const iterations = place.entry?.kind === "loop" ? { iterations: place.entry.iteration + 1 } : {};
  entry.folded = { ...iterations, entries };
}

function countEntries(place: Place): number {
  let count = 0;
  for (const child of place.children?.values() ?? []) {
    count += (child.entry === undefined ? 0 : 1) + countEntries(child);
  }
  return count;
}

function kindOf(place: Place): string {
  return place.entry?.kind ?? "try";
}

/** Whether a finished run would end as it did. */
function compareEnd({ history, end, root }: Seen): ReplayEntry[] {
  const { state, output, error } = history.run;
  const entry = (verdict: "threw" | "result" | "next", detail: string): ReplayEntry => ({
    verdict,
    level: levelOf(verdict),
    location: [],
    detail,
    ...(verdict === "result" && { fixes: fixesFor({ verdict, location: [], kind: "run" }) }),
  });
  if (end === undefined || root.findings.some((finding) => finding.verdict === "threw")) return [];
  if ("error" in end) {
    const text = end.error instanceof Error ? `${end.error.name}: ${end.error.message}` : String(end.error);
    if (state === "completed") return [entry("threw", `the code now throws ${text}, but the recorded run completed`)];
    if (state !== "failed" && state !== "rolling_back") return [entry("next", `the run would fail: ${text}`)];
    if (error === undefined || error.message === (end.error instanceof Error ? end.error.message : "")) return [];
    return [entry("result", `the recorded run failed with "${error.message}", the code now throws ${text}`)];
  }
  if (state === "failed" || state === "rolling_back") {
    return [entry("threw", `the recorded run failed with "${error?.message}", but the code now completes`)];
  }
  if (state !== "completed" || hashValue(output) === hashValue(end.output)) return [];
  return [entry("result", "the code now gives another output than is recorded")];
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
      entries.push({ verdict, level: "note", location, detail });
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
