/** `wf import`: a run from a file that `wf export` wrote: the same run under its own id, a copy under `--id`. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { freshSeed } from "../../engine/chance.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import type { Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { escapeLine } from "../escape.ts";
import type { ImportDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { moduleOf } from "../module-of.ts";
import { writeNewRun } from "../new-run.ts";
import { openCommandStore } from "../open-store.ts";
import { andMessages } from "./export.ts";
import { inboxOf, readRun } from "../read-run.ts";
import { readRunFile, type RunFile } from "../run-file.ts";
import { toCliError } from "../to-cli-error.ts";
import { count } from "../views/format.ts";
import { isFinished, nextCommands, type RunFacts, shownState } from "../views/run-facts.ts";

/** Largest file that is read, bytes. */
const LARGEST = 1024 * 1024 * 1024;

/** `wf import <file>` */
export const importRun: Command = async (context, [file = ""], options) => {
  const content = readRunFile(read(resolve(context.folder, file), file), file);
  const store = await openCommandStore(context, options);
  const run = options.id ?? content.run;
  const events = options.id === undefined ? content.events : asCopy(content);
  await writeNewRun(store, { run, events, messages: content.messages, responses: content.responses });
  const copied = options.id === undefined ? undefined : content.run;
  for (const line of toldOf(context, store, { run, copied, messages: content.messages })) context.terminal.tell(line);
  return {
    exitCode: EXIT.done,
    document: () =>
      ({
        schema: "wf.import/1",
        ok: true,
        run,
        from: content.run,
        events: events.length,
        messages: content.messages.length,
      }) satisfies ImportDocument,
    text: () => `${run}\n`,
  };
};

interface Imported {
  readonly run: string;
  /** The run that it is a copy of; undefined: it is that run. */
  readonly copied: string | undefined;
  readonly messages: RunFile["messages"];
}

/** What there is now, and how it goes on. */
function toldOf(context: CommandContext, store: Store, { run, copied, messages }: Imported): string[] {
  const { facts, events } = readRun(store, run);
  const what = `imported ${count(events.length, "event")}${andMessages(messages, facts.history)} as run ${run}`;
  const next = nextCommands({ ...facts, inbox: inboxOf(store, facts) });
  const goesOn = `this goes on with it${copied === undefined ? " here" : ""}:`;
  const shows = next.length === 0 ? [`  wf inspect ${run}  shows it`] : next.map((command) => `  ${command}`);
  const lines =
    copied === undefined
      ? [
          `${what}: the same run, with the same idempotency keys`,
          ...(next.length === 0
            ? []
            : ["let it go on in one place only, here or where it came from: outside, both are one"]),
        ]
      : [`${what}: a copy of ${copied}, with idempotency keys of its own`];
  return [...lines, ...(next.length === 0 ? [] : [goesOn]), ...shows, ...moduleLines(context, store, facts)].map(
    escapeLine,
  );
}

/** Where its module is not where the run had it. */
function moduleLines(context: CommandContext, store: Store, facts: RunFacts): string[] {
  if (isFinished(shownState(facts))) return [];
  try {
    moduleOf(context, store, facts, undefined);
    return [];
  } catch (error) {
    const { where } = toCliError(error).facts;
    return [`its module is not here${where === undefined ? "" : ` (${where})`}: add --module FILE[#export]`];
  }
}

/** A copy has a seed of its own, so that what it does outside is not taken for what the original did. */
function asCopy({ run, events }: RunFile): HistoryEvent[] {
  const seq = events.at(-1)?.seq ?? 0;
  const at = Date.now();
  return events.map((event) =>
    event.type === "run.created" ? { ...event, seed: freshSeed(), origin: { run, seq, at } } : event,
  );
}

function read(file: string, name: string): Uint8Array {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) throw unreadable(`no such file: ${name}`);
  if (!facts.isFile()) throw unreadable(`${name} is no regular file`);
  if (facts.size > LARGEST) throw unreadable(`${name} is larger than 1 GB`);
  return readFileSync(file);
}

function unreadable(message: string): CliError {
  return new CliError(message, { code: "usage", exitCode: EXIT.usage, hint: "wf export RUN --output FILE writes one" });
}
