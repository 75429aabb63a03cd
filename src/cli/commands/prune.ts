/**
 * `wf prune`: deletes runs that are over.
 *
 * Invariants:
 * 1. The list of runs, which trusts its cache, only proposes: whether a run is over is read in its history.
 * 2. What cannot be read is kept, unless `--damaged` says otherwise.
 */
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions } from "../command.ts";
import { escapeLine } from "../escape.ts";
import type { PruneDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore } from "../open-store.ts";
import { foldSummary } from "../summary-fold.ts";
import { parseSpan } from "../times.ts";
import { count, formatAge } from "../views/format.ts";
import { pad, textWidth } from "../views/text-width.ts";
import { wrap } from "../views/wrap.ts";

/** Most runs that are named before the question. */
const MOST_SHOWN = 10;
const FINISHED = ["completed", "failed", "cancelled"] as const;

/** `wf prune` */
export const prune: Command = async (context, _args, options) => {
  const choice = choiceOf(options);
  const store = await openCommandStore(context, options);
  const now = Date.now();
  const kept: Kept[] = [];
  const mayGo = (run: string): boolean => {
    const reason = reasonToKeep(store, run, choice.isDamagedToo);
    if (reason !== undefined) kept.push({ run, error: reason, exitCode: EXIT.corrupt });
    return reason === undefined;
  };
  const listings = store.list();
  const damaged = choice.isUnreadableToo ? unreadable(store, listings) : [];
  const chosen = [...choose(listings, choice, now), ...damaged].filter(({ run }) => unlessGone(() => mayGo(run)));
  const isDryRun = options.dryRun === true;
  if (!isDryRun && chosen.length > 0) await confirm(context, chosen, options);
  const deleted: string[] = [];
  for (const { run } of isDryRun ? [] : chosen) {
    try {
      // Asked again: it may have been taken up while a person was asked.
      if (await store.remove(run, () => mayGo(run))) deleted.push(run);
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (code === "not_found") continue; // Somebody else has deleted it.
      if (code !== "owned") throw error;
      kept.push({ run, error: message, exitCode: EXIT.owned });
    }
  }
  const what = isDryRun ? "would delete" : "deleted";
  const runs = isDryRun ? chosen.map(({ run }) => run) : deleted;
  return {
    exitCode: kept[0]?.exitCode ?? EXIT.done,
    document: () =>
      ({
        schema: "wf.prune/1",
        ok: kept.length === 0,
        isDryRun,
        runs,
        kept: kept.map(({ run, error }) => ({ run, error })),
      }) satisfies PruneDocument,
    text: () => {
      const lines = isDryRun ? linesOf(chosen, now) : [];
      for (const { error } of kept) lines.push(escapeLine(error));
      lines.push(`${what} ${count(runs.length, "run")}`);
      return `${lines.flatMap((text) => wrap(text, context.terminal.outWidth())).join("\n")}\n`;
    },
  };
};

/** False where another prune has deleted the run meanwhile. */
function unlessGone(ask: () => boolean): boolean {
  try {
    return ask();
  } catch (error) {
    if ((error as { code?: unknown }).code === "not_found") return false;
    throw error;
  }
}

/** A run that stays although it was chosen. */
interface Kept {
  readonly run: string;
  readonly error: string;
  readonly exitCode: number;
}

/** Why a run that was chosen stays: its history cannot be read (invariant 2), or says that it is not over (1). */
function reasonToKeep(store: Store, run: string, isDamagedToo: boolean): string | undefined {
  const { tail, events, file } = store.read(run);
  if (tail.state === "corrupt") {
    const where = `${file} is corrupt at byte ${tail.offset}: ${tail.reason}`;
    return isDamagedToo ? undefined : `${where}; run "${run}" is kept  (wf doctor ${run}, or --damaged)`;
  }
  const state = foldSummary(events)?.state ?? "pending";
  return isOver(state) ? undefined : `run "${run}" is ${state} by its history, whatever its summary says; it is kept`;
}

interface Choice {
  readonly states: ReadonlySet<string>;
  /** ms. */
  readonly olderThan: number;
  /** The newest finished runs that stay. */
  readonly keep: number;
  /** Runs whose history cannot be read may go. */
  readonly isDamagedToo: boolean;
  /** Also those of which neither state nor age is known: not where one of these was asked for. */
  readonly isUnreadableToo: boolean;
}

function choiceOf({ status, olderThan, keep = "0", damaged = false }: CommandOptions): Choice {
  for (const state of status ?? [])
    if (!isOver(state))
      throw usage(
        `only runs that are over are deleted, and ${JSON.stringify(state)} is not`,
        `--status is one of ${FINISHED.join(", ")}`,
      );
  if (!/^\d{1,9}$/.test(keep))
    throw usage(`--keep is a number, not ${JSON.stringify(keep)}`, "for example: wf prune --keep 20");
  const age = olderThan === undefined ? 0 : parseSpan(olderThan, "--older-than");
  const isUnreadableToo = damaged && status === undefined && olderThan === undefined;
  const states = new Set(status ?? FINISHED);
  return { states, olderThan: age, keep: Number(keep), isDamagedToo: damaged, isUnreadableToo };
}

/** The newest finished runs stay, whatever their state; of the others those that were asked for go. */
function choose(listings: readonly RunListing[], { states, olderThan, keep }: Choice, now: number): RunListing[] {
  const updatedAt = ({ summary }: RunListing): number => summary?.updatedAt ?? now;
  const stateOf = ({ summary }: RunListing): string => summary?.state ?? "";
  return listings
    .filter((listing) => !listing.isOwned && isOver(stateOf(listing)))
    .toSorted((a, b) => updatedAt(b) - updatedAt(a))
    .slice(keep)
    .filter((listing) => states.has(stateOf(listing)) && now - updatedAt(listing) >= olderThan);
}

/** Nobody has them, and their history cannot be read, whatever their cached summary says: shown without one. */
function unreadable(store: Store, listings: readonly RunListing[]): RunListing[] {
  const isUnreadable = ({ run, isOwned, summary, problem }: RunListing): boolean => {
    if (isOwned || isOver(summary?.state ?? "") || (problem !== undefined && problem.code !== "corrupt")) return false;
    return unlessGone(() => store.read(run).tail.state === "corrupt");
  };
  return listings.filter(isUnreadable).map(({ run, isOwned }) => ({ run, isOwned, summary: undefined }));
}

async function confirm(context: CommandContext, chosen: readonly RunListing[], options: CommandOptions): Promise<void> {
  if (options.yes === true) return;
  const what = count(chosen.length, "run");
  if (context.terminal.isLive && process.stdin.isTTY && options.json !== true) {
    for (const shown of linesOf(chosen.slice(0, MOST_SHOWN), Date.now())) context.terminal.tell(shown);
    if (chosen.length > MOST_SHOWN)
      context.terminal.tell(`… and ${chosen.length - MOST_SHOWN} more  (wf prune --dry-run)`);
    const prompts = await import("@clack/prompts");
    const answer = await prompts.confirm({
      message: `Delete ${what} for good?`,
      initialValue: false,
      output: process.stderr,
    });
    if (answer === true) return;
    const isInterrupted = prompts.isCancel(answer);
    throw new CliError("nothing was deleted", {
      code: isInterrupted ? "interrupted" : "refused",
      exitCode: isInterrupted ? EXIT.interrupted : EXIT.failed,
      hint: "wf prune --dry-run  lists them",
    });
  }
  throw usage(`this would delete ${what} for good`, "say --yes, or look first with --dry-run");
}

/** In columns. */
function linesOf(listings: readonly RunListing[], now: number): string[] {
  const width = Math.max(...listings.map(({ run }) => textWidth(escapeLine(run))), 0);
  return listings.map(({ run, summary }) => {
    const state = pad(summary?.state ?? "damaged", "cancelled".length);
    const age = summary === undefined ? "unknown" : formatAge(summary.updatedAt, now);
    return `${pad(escapeLine(run), width)}  ${state}  ${age}`;
  });
}

function isOver(state: string): boolean {
  return FINISHED.some((known) => known === state);
}

function usage(message: string, hint: string): CliError {
  return new CliError(message, { code: "usage", exitCode: EXIT.usage, hint });
}
