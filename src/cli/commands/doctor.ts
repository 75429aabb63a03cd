/** `wf doctor`: checks the environment, the store and each history; `--repair` mends a corrupt one. */
import { existsSync, realpathSync } from "node:fs";
import { EXIT } from "../exit-codes.ts";
import type { RepairReport, RunHealth, Store } from "../../fs-driver/index.ts";
import { foldHistory } from "../../engine/history/history.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import type { DoctorDocument } from "../documents.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { placeWarnings } from "../store-place.ts";
import { toCliError } from "../to-cli-error.ts";
import { type CheckedRun, doctorView, type StoreCheck } from "../views/doctor-view.ts";
import { count, goodBefore } from "../views/format.ts";
import { isDeaf } from "../views/run-facts.ts";

const SCHEMA = "wf.doctor/1";

/** `wf doctor [run]` */
export const doctor: Command = async (context, [wanted], options) => {
  const store = await openCommandStore(context, options);
  const runs = wanted === undefined ? store.ids() : [resolveRun(store, wanted)];
  if (options.dryRun === true && options.repair !== true)
    throw new CliError("--dry-run goes with --repair", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "wf doctor alone changes nothing either",
    });
  const isDryRun = options.dryRun === true;
  const checked: CheckedRun[] = [];
  const began = performance.now();
  for (const run of runs) checked.push(await check(store, run, options.repair === true ? { isDryRun } : undefined));
  const place = checkStore(store);
  const took = performance.now() - began;
  const exitCode = exitCodeOf(checked);
  return {
    exitCode,
    document: () =>
      ({
        schema: SCHEMA,
        ok: exitCode === EXIT.done,
        ...place,
        runs: checked.map(({ lines, ...rest }) => ({ ...rest, notes: lines })),
      }) satisfies DoctorDocument,
    text: () =>
      doctorView(place, checked, {
        styles: context.terminal.outStyles,
        width: context.terminal.outWidth(),
        wasAsked: wanted !== undefined,
        took,
      }),
  };
};

function exitCodeOf(checked: readonly CheckedRun[]): number {
  const bad = checked.filter(({ isMended }) => !isMended).map(({ state }) => state);
  if (bad.includes("corrupt")) return EXIT.corrupt;
  return bad.includes("unreadable") ? EXIT.disk : EXIT.done;
}

function checkStore(store: Store): StoreCheck {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    wf: answering(),
    store: store.dir,
    isThere: existsSync(store.dir),
    durability: store.durability,
    warnings: placeWarnings(store),
  };
}

/** Which file answers to `wf` here: another package ships a command of that name. */
function answering(): string {
  const [, script = ""] = process.argv;
  try {
    return realpathSync(script);
  } catch {
    return script;
  }
}

/** One run. What cannot be read is told, never thrown: the next run is to be looked at too. */
async function check(store: Store, run: string, repair: { isDryRun: boolean } | undefined): Promise<CheckedRun> {
  const lines: string[] = [];
  const health = examine(store, run);
  if ("lines" in health) return { run, isMended: false, events: 0, bytes: 0, ...health };
  const { tail, events, owner, file, bytes } = health.reading;
  lines.push(...notesOf(health));
  if (tail.state === "torn" && owner === undefined)
    lines.push("its last write was cut short; wf resume sets the rest aside");
  if (tail.state !== "corrupt") {
    const unknown = faultOf(health);
    if (unknown !== undefined) lines.push(unknown);
    return {
      run,
      state: unknown === undefined ? "good" : "corrupt",
      isMended: false,
      events: events.length,
      bytes,
      lines,
    };
  }
  const where = `${file}, byte ${tail.offset}, ${tail.record === 0 ? "the header" : `record ${tail.record}`}`;
  lines.push(`${tail.reason}: ${where}; ${goodBefore(events.length)}`);
  if (repair === undefined) {
    lines.push(`wf doctor ${run} --repair  keeps a copy and says what is lost  (--dry-run only says it)`);
    return { run, state: "corrupt", isMended: false, events: events.length, bytes, lines };
  }
  const plan = await store.repair(run, { isDryRun: true });
  // An empty run would be no run: nobody knows its workflow, nor when it began.
  const report = plan.kept === 0 ? plan : await store.repair(run, repair);
  lines.push(...(plan.kept === 0 ? hopelessLines(plan) : repairLines(report)));
  return {
    run,
    state: "corrupt",
    isMended: report.copy !== undefined,
    events: report.kept,
    bytes,
    repair: documentOf(report),
    lines,
  };
}

/** What is found in a run; where nothing can be, why. */
function examine(store: Store, run: string): RunHealth | Pick<CheckedRun, "state" | "lines"> {
  try {
    return store.examine(run);
  } catch (error) {
    const told = toCliError(error);
    if (told.facts.exitCode === EXIT.notFound)
      return {
        state: "corrupt",
        lines: ["there is no history in its folder: nothing of it can be had back, and the folder can be deleted"],
      };
    if (told.facts.exitCode !== EXIT.disk) throw error;
    return { state: "unreadable", lines: [told.message, ...(told.facts.hint === undefined ? [] : [told.facts.hint])] };
  }
}

/** A history whose bytes are whole may still say what this version does not understand. */
function faultOf({ reading }: RunHealth): string | undefined {
  try {
    foldHistory(reading.events);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function notesOf({ reading, messages, unreadable, quarantined, strangers }: RunHealth): string[] {
  const notes: string[] = [];
  if (reading.owner !== undefined) notes.push(`process ${reading.owner.pid ?? "?"} has it`);
  const { open, isNever } = undelivered(reading.events, messages);
  if (open > 0)
    notes.push(`${count(open, "message")} ${isNever ? "never received: the run is over" : "not received yet"}`);
  if (unreadable.length > 0) notes.push(`cannot be read: ${unreadable.join(", ")}`);
  if (quarantined.length > 0) notes.push(`was set aside: ${quarantined.join(", ")}`);
  if (strangers.length > 0) notes.push(`does not belong there: ${strangers.join(", ")}`);
  return notes;
}

/** Messages that the run has not taken, and whether it never will. Of a history that cannot be understood: all, perhaps. */
function undelivered(
  events: RunHealth["reading"]["events"],
  messages: RunHealth["messages"],
): { open: number; isNever: boolean } {
  const sent = messages.filter(({ name }) => !name.startsWith("wf:"));
  try {
    const history = foldHistory(events);
    return { open: sent.filter(({ id }) => !history.received.has(id)).length, isNever: isDeaf(history) };
  } catch {
    return { open: sent.length, isNever: false };
  }
}

function repairLines({ kept, lostBytes, lostEvents, hasNewHeader, copy }: RepairReport): string[] {
  const did = copy === undefined ? "would keep" : "kept";
  const lost = hasNewHeader
    ? "nothing is lost: only the header was damaged"
    : `${lostBytes} bytes are given up; ${count(lostEvents.length, "event")} could still be read in them`;
  const where = copy === undefined ? [] : [`the damaged history is in ${copy}`];
  return [`${did} ${count(kept, "event")}; ${lost}`, ...lostEvents.slice(0, 20).map(describe), ...where];
}

function hopelessLines({ lostEvents }: RepairReport): string[] {
  const behind = lostEvents.length === 0 ? "" : `; ${count(lostEvents.length, "event")} could still be read behind it`;
  return [
    `no event before the damage is good: there is nothing to keep, and nothing is changed${behind}`,
    ...lostEvents.slice(0, 20).map(describe),
    "its folder can be kept as it is, or deleted",
  ];
}

function describe(event: RepairReport["lostEvents"][number]): string {
  const where = "loc" in event ? ` ${JSON.stringify(event.loc)}` : "";
  return `lost: ${event.type}${where} (event ${event.seq})`;
}

function documentOf({ kept, lostBytes, lostEvents, hasNewHeader, copy }: RepairReport): Record<string, unknown> {
  const lost = lostEvents.map((event) => ({
    seq: event.seq,
    type: event.type,
    ...("loc" in event && { location: event.loc }),
  }));
  return { kept, lostBytes, lostEvents: lost, hasNewHeader, ...(copy !== undefined && { copy }) };
}
