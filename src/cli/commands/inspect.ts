/** `wf inspect`: what happened in a run, what it waits for, and what to type next. */
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { locationOf } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import { History } from "../../engine/history/history.ts";
import { isWithin } from "../../engine/history/location.ts";
import type { Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions, CommandResult } from "../command.ts";
import type { EntryDocument, InspectDocument } from "../documents.ts";
import { escapeJson } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import { findPlace, findPlaces } from "../find-place.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { inboxOf, lastFacts, type ReadRun, readRun } from "../read-run.ts";
import { entryView } from "../views/entry-view.ts";
import { inspectView } from "../views/inspect-view.ts";
import { entryDocument, entryDocuments, eventDocument, runFields } from "../views/run-document.ts";
import { foldWithTimeline } from "../views/timeline.ts";

const SCHEMA = "wf.inspect/1";

/** `wf inspect [run]` */
export const inspect: Command = async (context, [wanted], options) => {
  const window = windowOf(options);
  refuseUnheard(options);
  if (options.output !== undefined && options.step === undefined)
    throw new CliError("--output writes what --step shows", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "add --step LOCATION; a whole run is written by wf export, or by wf inspect --json",
    });
  const wantedAt = numberOf(options.at, "--at");
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  if (options.follow === true) return (await import("../follow.ts")).follow(context, store, run, options);
  const read = readRun(store, run);
  const seen = wantedAt === undefined ? withInbox(store, read) : asItWas(read, wantedAt);
  const { facts, events, timeline } = seen;
  // The run as it was is told of as it would have been then.
  const now = wantedAt === undefined ? Date.now() : facts.history.lastAt;
  if (options.step !== undefined) return oneEntry(context, seen, { step: options.step, output: options.output, now });
  // Beyond the end it is the last event.
  const at = wantedAt === undefined ? undefined : (events.at(-1)?.seq ?? wantedAt);
  const listed = (): readonly HistoryEvent[] => inWindow(events, window);
  return {
    exitCode: EXIT.done,
    document: () =>
      ({
        schema: SCHEMA,
        ok: true,
        ...runFields(facts),
        ...(at !== undefined && { at }),
        entries: [...entryDocuments(facts.history.root)],
        ...(options.events === true && { events: listed().map(eventDocument) }),
      }) satisfies InspectDocument,
    text: () => {
      if (options.events === true)
        return listed()
          .map((event) => `${escapeJson(JSON.stringify(eventDocument(event)))}\n`)
          .join("");
      const { terminal } = context;
      return inspectView(facts, {
        now,
        styles: terminal.outStyles,
        width: terminal.outWidth(),
        events,
        timeline,
        at,
        here: hostname(),
      });
    },
  };
};

/** @throws CliError where what was typed would go unheard */
function refuseUnheard({ follow, step, at, events }: CommandOptions): void {
  const unheard =
    follow === true && (step !== undefined || at !== undefined || events === true)
      ? "--follow shows the whole run as it goes on: it takes no --step, --at or --events"
      : step !== undefined && events === true && "--step shows the events of its entry: it takes no --events";
  if (unheard === false) return;
  throw new CliError(unheard, { code: "usage", exitCode: EXIT.usage, hint: "wf inspect --help" });
}

function withInbox(store: Store, read: ReadRun): ReadRun {
  const inbox = inboxOf(store, read.facts);
  return inbox.length === 0 ? read : { ...read, facts: { ...read.facts, inbox } };
}

/** The run after its event `at`. */
function asItWas({ facts, events, owner }: ReadRun, at: number): ReadRun {
  const before = events.filter((event) => event.seq <= at);
  if (before.length === 0)
    throw new CliError(`the history of ${facts.run} has no event up to ${at}`, {
      code: "usage",
      exitCode: EXIT.usage,
      hint: `its first event is ${events[0]?.seq ?? "not there"}\nwf inspect ${facts.run} --events  shows all`,
    });
  // Somebody had it then: what was running, ran.
  const history = new History();
  const timeline = foldWithTimeline(history, before);
  const then = { run: facts.run, history, isOwned: true, ...lastFacts(before) };
  return { facts: then, events: before, owner, timeline };
}

function oneEntry(
  context: CommandContext,
  { facts, events, timeline }: ReadRun,
  { step, output, now }: { readonly step: string; readonly output: string | undefined; readonly now: number },
): CommandResult {
  const places = findPlaces(facts.history, step);
  const place = places.at(-1) ?? findPlace(facts.history, step);
  const location = locationOf(place);
  const others = places.slice(0, -1).map(locationOf);
  const isScope = place.entry === undefined;
  const own = events.filter((event) => "loc" in event && isWithin(event.loc, location) && (isScope || isOwn(event)));
  function isOwn(event: HistoryEvent): boolean {
    return "loc" in event && (event.loc.length === location.length || event.type.startsWith("branch."));
  }
  const document = {
    schema: "wf.entry/1",
    ok: true,
    run: facts.run,
    ...entryDocument(place),
    events: own.map(eventDocument),
    ...(others.length > 0 && { others }),
  } satisfies EntryDocument;
  if (output !== undefined) {
    const file = resolve(context.folder, output);
    writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
    context.terminal.tell(`wrote ${output}`);
  }
  return {
    exitCode: EXIT.done,
    document: () => document,
    text: () => {
      if (output !== undefined) return "";
      return entryView(
        facts,
        { place, events: own, others, timeline },
        {
          now,
          styles: context.terminal.outStyles,
          width: context.terminal.outWidth(),
        },
      );
    },
  };
}

interface Window {
  readonly head?: number | undefined;
  readonly tail?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

function windowOf(options: CommandOptions): Window {
  const { head, tail, from, to } = options;
  const window = {
    head: numberOf(head, "--head"),
    tail: numberOf(tail, "--tail"),
    from: numberOf(from, "--from"),
    to: numberOf(to, "--to"),
  };
  const isUsed = Object.values(window).some((value) => value !== undefined);
  if (isUsed && options.events !== true)
    throw new CliError("--head, --tail, --from and --to choose among events", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "add --events",
    });
  return window;
}

function inWindow(events: readonly HistoryEvent[], { head, tail, from = 0, to = Infinity }: Window): HistoryEvent[] {
  const within = events.filter(({ seq }) => seq >= from && seq <= to);
  const first = head === undefined ? within : within.slice(0, head);
  return tail === undefined ? first : first.slice(Math.max(0, first.length - tail));
}

function numberOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CliError(`${flag} is a number, not ${JSON.stringify(text)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: `for example: ${flag} 20`,
  });
}
