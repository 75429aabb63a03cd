/** `wf list`: the runs of a store, the newest first. No run is read whole for it that has a summary. */
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandOptions } from "../command.ts";
import type { ListDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { nearest } from "../nearest.ts";
import { openCommandStore } from "../open-store.ts";
import { pauseWords } from "../pause-reasons.ts";
import { openParts, shownStateOf, waitingForOf } from "../summary-fold.ts";
import { stateMeant } from "../state-meant.ts";
import { hasMessageFor } from "../read-run.ts";
import { parseSince } from "../times.ts";
import { type ListRow, listView } from "../views/list-view.ts";
import { describeOpenWait, isFinished, joinWaits, MOST_WAITS, WOKEN } from "../views/run-facts.ts";

const ORDERS: Readonly<Record<string, (a: Listed, b: Listed) => number>> = {
  started: (a, b) => b.startedAt - a.startedAt,
  updated: (a, b) => b.updatedAt - a.updatedAt,
  state: (a, b) => byText(a.row.state, b.row.state) || b.startedAt - a.startedAt,
  workflow: (a, b) => byText(a.row.workflow, b.row.workflow) || b.startedAt - a.startedAt,
  id: (a, b) => byText(a.row.run, b.row.run),
};

/** `wf list` */
export const list: Command = async (context, _args, options) => {
  const status = (options.status ?? []).map(stateMeant);
  const order = options.sort ?? "started";
  checkWord(order, Object.keys(ORDERS), "--sort");
  const limit = limitOf(options);
  const now = Date.now();
  const since = options.since === undefined ? 0 : parseSince(options.since, "--since", now);
  const store = await openCommandStore(context, options);
  const listings = store.list();
  const rows = listings
    .map((listing) => rowOf(store, listing, now))
    .filter(({ row }) => options.workflow === undefined || row.workflow === options.workflow)
    .filter(({ row }) => status.length === 0 || status.some((state) => state === row.state))
    .filter(({ updatedAt }) => since === 0 || updatedAt >= since)
    .toSorted(ORDERS[order]);
  const shown = limit === undefined ? rows : rows.slice(0, limit);
  return {
    exitCode: EXIT.done,
    document: () =>
      ({
        schema: "wf.list/1",
        ok: true,
        store: store.dir,
        runs: shown.map(({ document }) => document),
      }) satisfies ListDocument,
    text: () => {
      if (listings.length === 0) return "no runs yet  (wf run <module> starts one)\n";
      if (shown.length === 0) return "no run is like that  (wf list shows all)\n";
      const { terminal } = context;
      const hidden = rows.length - shown.length;
      const styles = terminal.outStyles;
      const table = listView(
        shown.map(({ row, updatedAt }) => (since !== 0 || order === "updated" ? { ...row, updatedAt } : row)),
        { now, styles, width: terminal.outWidth() },
      );
      return hidden === 0 ? table : `${table}${styles.dim(`… and ${hidden} more`)}\n`;
    },
  };
};

interface Listed {
  readonly row: ListRow;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly document: Readonly<Record<string, unknown>>;
}

function rowOf(store: Store, { run, summary, isOwned, problem }: RunListing, now: number): Listed {
  if (summary === undefined) {
    const why = problem?.message ?? "its history cannot be read";
    return {
      row: { run, workflow: "?", state: "corrupt", at: undefined, why },
      startedAt: 0,
      updatedAt: now,
      document: { run, state: "corrupt", error: { code: problem?.code ?? "corrupt", message: why } },
    };
  }
  const { workflow, createdAt, updatedAt } = summary;
  const state = shownStateOf(summary, isOwned);
  const hasBegun = createdAt > 0; // not one of which only an empty file is left
  const { module, error, endedAt, waits, isWoken, ...parts } = openParts(summary);
  const pausedBy = state === "paused" ? parts.pausedBy : undefined;
  const isOver = isFinished(state);
  const open = [...waits.values()].slice(0, MOST_WAITS).map((wait) => describeOpenWait(wait, now));
  const waiting = joinWaits(open, waits.size);
  const isIdle = state === "pending" && isWoken === true;
  const waitingFor = isOver ? undefined : waitingForOf(summary);
  const names = isOwned ? undefined : waitingFor?.messages;
  const isMessageWaiting = names !== undefined && hasMessageFor(store, run, names);
  const reasons = [pauseWords(pausedBy), waiting].filter((words) => words !== "");
  const why = error ?? (isIdle ? `${WOKEN}: wf resume ${run}` : reasons.join(", "));
  const document = {
    run,
    workflow,
    ...(module !== undefined && { module }),
    state,
    ...(error !== undefined && { error: { code: "workflow_failed", message: error } }),
    ...(pausedBy !== undefined && { pausedBy }),
    ...(waitingFor !== undefined && { waitingFor }),
    startedAt: createdAt,
    updatedAt,
    ...(isOver && { endedAt: endedAt ?? updatedAt }),
    ...(!isOver && { isOwned }),
    ...(isMessageWaiting && { isMessageWaiting }),
  };
  return {
    row: {
      run,
      workflow,
      state,
      at: hasBegun ? createdAt : undefined,
      why: isMessageWaiting ? `message waiting: wf resume ${run}` : why,
    },
    startedAt: createdAt,
    updatedAt,
    document,
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkWord(wanted: string, words: readonly string[], flag: string): void {
  if (words.includes(wanted)) return;
  const best = nearest(wanted, words);
  throw new CliError(`${flag} cannot be ${JSON.stringify(wanted)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: best === undefined ? `${flag} is one of ${words.join(", ")}` : `did you mean ${best}?`,
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
