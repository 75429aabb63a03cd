/** `wf list`: the runs of a store, the newest first. */
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandOptions } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { nearest } from "../nearest.ts";
import { openCommandStore } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { type ListRow, listView } from "../views/list-view.ts";
import { runFields } from "../views/run-document.ts";
import { describeState, isFinished, type ShownState, shownState } from "../views/run-facts.ts";

const STATES: readonly ShownState[] = [
  "pending",
  "running",
  "sleeping",
  "paused",
  "interrupted",
  "failed",
  "completed",
  "cancelled",
  "rolling_back",
];

/** `wf list` */
export const list: Command = async (context, _args, options) => {
  const { status = [] } = options;
  for (const wanted of status) checkStatus(wanted);
  const limit = limitOf(options);
  const store = await openCommandStore(context, options);
  const now = Date.now();
  const listings = store
    .list()
    .filter(({ summary }) => options.workflow === undefined || summary?.workflow === options.workflow)
    .toSorted((a, b) => (b.summary?.createdAt ?? 0) - (a.summary?.createdAt ?? 0));
  const rows = listings
    .map((listing) => rowOf(store, listing, now))
    .filter(({ row }) => status.length === 0 || status.includes(row.state));
  const shown = limit === undefined ? rows : rows.slice(0, limit);
  return {
    exitCode: EXIT.done,
    document: () => ({ schema: "wf.list/1", ok: true, store: store.dir, runs: shown.map(({ document }) => document) }),
    text: () => {
      if (listings.length === 0) return "no runs yet  (wf run <module> starts one)\n";
      if (shown.length === 0) return "no run is like that  (wf list shows all)\n";
      const { terminal } = context;
      return listView(
        shown.map(({ row }) => row),
        { now, styles: terminal.outStyles, width: terminal.outWidth() },
      );
    },
  };
};

interface Listed {
  readonly row: ListRow;
  readonly document: Readonly<Record<string, unknown>>;
}

function rowOf(store: Store, listing: RunListing, now: number): Listed {
  const { run, summary, problem } = listing;
  if (summary === undefined) {
    const why = problem?.message ?? "its history cannot be read";
    return {
      row: { run, workflow: "?", state: "corrupt", at: undefined, why },
      document: { run, state: "corrupt", error: { code: "corrupt", message: why } },
    };
  }
  const { workflow, createdAt, updatedAt } = summary;
  if (isFinished(summary.state as ShownState))
    return {
      row: { run, workflow, state: summary.state, at: createdAt, why: "" },
      document: { run, workflow, state: summary.state, startedAt: createdAt, endedAt: updatedAt },
    };
  const { facts } = readRun(store, run);
  const state = shownState(facts);
  const described = describeState(facts, now);
  const why = described === state ? "" : described.replace(`${state.replace("_", " ")}, `, "");
  return { row: { run, workflow, state, at: createdAt, why }, document: runFields(facts) };
}

function checkStatus(wanted: string): void {
  if (STATES.some((state) => state === wanted)) return;
  const best = nearest(wanted, STATES);
  throw new CliError(`no run can be ${JSON.stringify(wanted)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: best === undefined ? `--status is one of ${STATES.join(", ")}` : `did you mean ${best}?`,
  });
}

function limitOf({ limit }: CommandOptions): number | undefined {
  if (limit === undefined) return undefined;
  if (/^\d{1,9}$/.test(limit)) return Number(limit);
  throw new CliError(`--limit is a number, not ${JSON.stringify(limit)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: "for example: wf list --limit 20",
  });
}
