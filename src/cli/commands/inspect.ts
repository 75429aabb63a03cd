/** `wf inspect`: what happened in a run, what it waits for, and what to type next. */
import type { Command } from "../command.ts";
import { escapeJson } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { inspectView } from "../views/inspect-view.ts";
import { entryDocuments, eventDocument, runFields } from "../views/run-document.ts";

/** `wf inspect [run]` */
export const inspect: Command = async (context, [wanted], options) => {
  const store = await openCommandStore(context, options);
  const { facts, events } = readRun(store, resolveRun(store, wanted));
  const withEvents = options.events === true;
  return {
    exitCode: EXIT.done,
    document: () => ({
      schema: "wf.inspect/1",
      ok: true,
      ...runFields(facts),
      entries: [...entryDocuments(facts.history.root)],
      ...(withEvents && { events: events.map(eventDocument) }),
    }),
    text: () => {
      if (withEvents) return events.map((event) => `${escapeJson(JSON.stringify(eventDocument(event)))}\n`).join("");
      const { terminal } = context;
      return inspectView(facts, { now: Date.now(), styles: terminal.outStyles, width: terminal.outWidth() });
    },
  };
};
