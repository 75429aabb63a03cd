/**
 * `wf inspect --follow`: shows what is recorded while another process has the run. Takes no lock; the journal is read
 * again when it has changed, and not more often than that costs.
 */
import { statSync } from "node:fs";
import type { HistoryEvent } from "../engine/history/events.ts";
import { History } from "../engine/history/history.ts";
import type { RunReading, Store } from "../fs-driver/index.ts";
import type { CommandContext, CommandOptions, CommandResult } from "./command.ts";
import { escapeJson } from "./escape.ts";
import { EXIT } from "./exit-codes.ts";
import { readGood, readRun } from "./read-run.ts";
import { describeState, isFinished, nextCommands, shownState } from "./views/run-facts.ts";
import { eventDocument } from "./views/run-document.ts";
import { openView } from "./views/open-view.ts";
import { PlainView } from "./views/plain-view.ts";
import { Timeline } from "./views/timeline.ts";

/** Between two looks, ms. */
const LOOK_EVERY = 100;
/** Share of the time that reading may take. */
const READING_SHARE = 0.2;

/** Follows a run until it is over, nobody has it any more, or the reader has left (`| head`). */
export async function follow(
  context: CommandContext,
  store: Store,
  run: string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { terminal } = context;
  const history = new History();
  const timeline = new Timeline();
  const isJson = options.json === true;
  const view = isJson
    ? new PlainView({ ...terminal, note: () => undefined, tell: () => undefined })
    : openView(terminal);
  let isBegun = false;
  const show = (event: HistoryEvent): void => {
    timeline.see(event, history);
    history.apply(event);
    if (isJson) terminal.out(`${escapeJson(JSON.stringify(eventDocument(event)))}\n`);
    if (!isBegun)
      view.begin({
        run,
        module: history.run.created?.module ?? "",
        history,
        timeline,
        leaving: "Ctrl-C stops looking",
        isFollowed: true,
      });
    isBegun = true;
    view.recorded(event);
  };
  const hasLeft = watchReader(isJson ? process.stdout : process.stderr);
  let file: string | undefined;
  for (;;) {
    // Before it is read: what is written from now on is another journal than this.
    const before = file === undefined ? "" : stamp(file);
    const begun = performance.now();
    const reading = readGood(store, run);
    ({ file } = reading);
    for (const event of reading.events) if (event.seq > history.lastSeq) show(event);
    if (isOver(reading, history)) break;
    await pause(Math.max(LOOK_EVERY, (performance.now() - begun) / READING_SHARE));
    if (hasLeft()) break;
    await changed(file, before);
  }
  const { facts } = readRun(store, run);
  const isEnded = isFinished(shownState(facts));
  view.end(describeState(facts, Date.now()), isEnded ? [] : nextCommands(facts));
  return { exitCode: EXIT.done, isStreamed: true, document: () => ({}), text: () => "" };
}

/** Tells whether the reader of a stream has left: a write that failed says it. The process has one such command. */
function watchReader(stream: NodeJS.WriteStream): () => boolean {
  let hasLeft = false;
  stream.once("error", () => {
    hasLeft = true;
  });
  return () => hasLeft;
}

function isOver(reading: RunReading, history: History): boolean {
  return reading.owner === undefined || isFinished(history.run.state);
}

/** Resolves when the journal is another than it was `before`, or after a while. */
async function changed(file: string, before: string): Promise<void> {
  for (let looks = 0; looks < 10 && stamp(file) === before; looks++) await pause(LOOK_EVERY);
}

function stamp(file: string): string {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? "" : `${facts.ino} ${facts.size} ${facts.mtimeMs}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
