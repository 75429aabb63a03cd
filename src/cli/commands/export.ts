/** `wf export`: a run as one file. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Message } from "../../engine/driver.ts";
import { foldHistory, type History } from "../../engine/history/history.ts";
import type { Location } from "../../engine/history/location.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { locationsMeant } from "../find-place.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { redactEvents, redactMessages } from "../redact.ts";
import { type RunFileFormat, writeRunFile } from "../run-file.ts";
import { count } from "../views/format.ts";

/** Means the run itself: its input, its output, and all that is in it. */
const ALL = "all";
const NAMES_STAY =
  "its data was taken out: inputs, outputs, errors, messages; ids, names of entries and who had it are left";

/** `wf export <run>` */
export const exportRun: Command = async (context, [wanted], options) => {
  const format = formatOf(options.output, options.json === true);
  if (options.force === true && options.output === undefined)
    throw new CliError("--force writes over the file that --output names", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "add --output FILE, or leave out --force",
    });
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  const { events } = readRun(store, run);
  const { messages, responses } = store.examine(run);
  const history = foldHistory(events);
  const locations = (options.redact ?? []).flatMap((typed): readonly Location[] =>
    typed === ALL ? [[]] : locationsMeant(history, events, typed),
  );
  const isAll = locations.some((location) => location.length === 0);
  const content = writeRunFile(
    {
      run,
      events: redactEvents(events, locations),
      messages: isAll ? redactMessages(messages) : messages,
      responses: isAll ? responses.map(({ id }) => ({ id, response: "[redacted]" })) : responses,
    },
    format,
  );
  const what = `${count(events.length, "event")}${andMessages(messages, history)} of run ${run}`;
  const secrets = isAll ? NAMES_STAY : "it holds the data of the run: inputs, outputs and messages";
  if (options.output === undefined) {
    refuseTerminal(format);
    context.terminal.out(content);
  } else {
    write(resolve(context.folder, options.output), content, options.force === true);
  }
  const redacted = new Set(locations.map((location) => JSON.stringify(location))).size;
  const some =
    isAll || redacted === 0 ? "" : `; without the data of ${redacted === 1 ? "1 entry" : `${redacted} entries`}`;
  context.terminal.tell(`exported ${what}${some}; ${secrets}`);
  return { exitCode: EXIT.done, isStreamed: true, document: () => ({}), text: () => "" };
};

/** ` and 2 messages that it has not received`: they go into the file. */
export function andMessages(messages: readonly Message[], history: History): string {
  const open = messages.filter(({ id }) => !history.received.has(id)).length;
  return open === 0 ? "" : ` and ${count(open, "message")} that it has not received`;
}

/** The ending decides; standard output gets CBOR, with `--json` JSON. */
function formatOf(output: string | undefined, isJson: boolean): RunFileFormat {
  if (output === undefined) return isJson ? "json" : "cbor";
  const ending = /\.(cbor|json)$/i.exec(output)?.[1]?.toLowerCase();
  if (ending === "cbor" || ending === "json") return ending;
  throw new CliError(`--output ends in .cbor or .json, not like ${JSON.stringify(output)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: "the ending decides what is written",
  });
}

function refuseTerminal(format: RunFileFormat): void {
  if (format === "json" || !process.stdout.isTTY) return;
  throw new CliError("CBOR is not for terminals", {
    code: "usage",
    exitCode: EXIT.usage,
    hint: "wf export RUN --output FILE.cbor, or --json",
  });
}

function write(file: string, content: Uint8Array, isForced: boolean): void {
  try {
    writeFileSync(file, content, { flag: isForced ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CliError(`${file} is there already`, {
      code: "file_exists",
      exitCode: EXIT.usage,
      hint: "choose another --output, or write over it with --force",
    });
  }
}
