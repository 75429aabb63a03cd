/** `wf import`: a run from a file that `wf export` wrote; under its own id it is a move, under `--id` a copy. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { freshSeed } from "../../engine/chance.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import type { Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { escapeLine } from "../escape.ts";
import type { ImportDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore } from "../open-store.ts";
import { readRunFile, type RunFile } from "../run-file.ts";
import { count } from "../views/format.ts";

/** Largest file that is read, bytes. */
const LARGEST = 1024 * 1024 * 1024;

/** `wf import <file>` */
export const importRun: Command = async (context, [file = ""], options) => {
  const content = readRunFile(read(resolve(context.folder, file), file), file);
  const store = await openCommandStore(context, options);
  const run = options.id ?? content.run;
  const events = options.id === undefined ? content.events : asCopy(content);
  if (store.has(run)) throw taken(run);
  await put(store, run, events, content);
  const kind = options.id === undefined ? "moved here: its keys stay" : "a copy, with idempotency keys of its own";
  context.terminal.tell(`imported ${count(events.length, "event")} as run ${escapeLine(run)} (${kind})`);
  return {
    exitCode: EXIT.done,
    document: () =>
      ({ schema: "wf.import/1", ok: true, run, from: content.run, events: events.length }) satisfies ImportDocument,
    text: () => `${run}\n`,
  };
};

/** A copy has a seed of its own, so that what it does outside is not taken for what the original did. */
function asCopy({ run, events }: RunFile): HistoryEvent[] {
  const seq = events.at(-1)?.seq ?? 0;
  return events.map((event) =>
    event.type === "run.created" ? { ...event, seed: freshSeed(), origin: { run, seq } } : event,
  );
}

/** All or nothing: the run becomes visible with its one commit, after its messages are in place. */
async function put(store: Store, run: string, events: readonly HistoryEvent[], content: RunFile): Promise<void> {
  const driver = await store.open(run);
  try {
    if ([...(await driver.load())].length > 0) throw taken(run);
    for (const message of content.messages) await driver.inbox.add(message);
    for (const { id, response } of content.responses) await driver.inbox.respond(id, response);
    await driver.commit(events);
  } finally {
    await driver.close();
  }
}

function taken(run: string): CliError {
  return new CliError(`there is a run ${run} already`, {
    code: "id_taken",
    exitCode: EXIT.usage,
    hint: `--id makes a copy under another id\nwf inspect ${run}  shows the one that is there`,
  });
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
