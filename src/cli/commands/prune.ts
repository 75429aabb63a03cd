/** `wf prune`: deletes runs that are over. */
import type { RunListing } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions } from "../command.ts";
import { escapeLine } from "../escape.ts";
import type { PruneDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore } from "../open-store.ts";
import { parseSpan } from "../times.ts";
import { count, formatAge } from "../views/format.ts";

const FINISHED = ["completed", "failed", "cancelled"] as const;

/** `wf prune` */
export const prune: Command = async (context, _args, options) => {
  const choice = choiceOf(options);
  const store = await openCommandStore(context, options);
  const now = Date.now();
  const chosen = choose(store.list(), choice, now);
  const isDryRun = options.dryRun === true;
  if (!isDryRun && chosen.length > 0) await confirm(context, chosen.length, options);
  const deleted: string[] = [];
  const kept: { run: string; error: string }[] = [];
  for (const { run } of isDryRun ? [] : chosen) {
    try {
      await store.remove(run);
      deleted.push(run);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "owned") throw error;
      kept.push({ run, error: (error as Error).message });
    }
  }
  const what = isDryRun ? "would delete" : "deleted";
  const runs = isDryRun ? chosen.map(({ run }) => run) : deleted;
  return {
    exitCode: kept.length === 0 ? EXIT.done : EXIT.owned,
    document: () => ({ schema: "wf.prune/1", ok: kept.length === 0, isDryRun, runs, kept }) satisfies PruneDocument,
    text: () => {
      const lines = isDryRun ? chosen.map((listing) => line(listing, now)) : [];
      for (const { error } of kept) lines.push(escapeLine(error));
      return `${[...lines, `${what} ${count(runs.length, "run")}`].join("\n")}\n`;
    },
  };
};

interface Choice {
  readonly states: ReadonlySet<string>;
  /** ms. */
  readonly olderThan: number;
  /** The newest finished runs that stay. */
  readonly keep: number;
}

function choiceOf({ status, olderThan, keep = "0" }: CommandOptions): Choice {
  for (const state of status ?? [])
    if (!FINISHED.some((known) => known === state))
      throw usage(
        `only runs that are over are deleted, and ${JSON.stringify(state)} is not`,
        `--status is one of ${FINISHED.join(", ")}`,
      );
  if (!/^\d{1,9}$/.test(keep))
    throw usage(`--keep is a number, not ${JSON.stringify(keep)}`, "for example: wf prune --keep 20");
  const age = olderThan === undefined ? 0 : parseSpan(olderThan, "--older-than");
  return { states: new Set(status ?? FINISHED), olderThan: age, keep: Number(keep) };
}

/** The newest finished runs stay, whatever their state; of the others those that were asked for go. */
function choose(listings: readonly RunListing[], { states, olderThan, keep }: Choice, now: number): RunListing[] {
  const updatedAt = ({ summary }: RunListing): number => summary?.updatedAt ?? now;
  const stateOf = ({ summary }: RunListing): string => summary?.state ?? "";
  return listings
    .filter((listing) => !listing.isOwned && FINISHED.some((state) => state === stateOf(listing)))
    .toSorted((a, b) => updatedAt(b) - updatedAt(a))
    .slice(keep)
    .filter((listing) => states.has(stateOf(listing)) && now - updatedAt(listing) >= olderThan);
}

async function confirm(context: CommandContext, amount: number, options: CommandOptions): Promise<void> {
  if (options.yes === true) return;
  const what = count(amount, "run");
  if (context.terminal.isLive && process.stdin.isTTY && options.json !== true) {
    const message = `Delete ${what} for good?`;
    const prompts = await import("@clack/prompts");
    if ((await prompts.confirm({ message, initialValue: false, output: process.stderr })) === true) return;
    throw new CliError("nothing was deleted", {
      code: "refused",
      exitCode: EXIT.failed,
      hint: "wf prune --dry-run  lists them",
    });
  }
  throw usage(`this would delete ${what} for good`, "say --yes, or look first with --dry-run");
}

function line({ run, summary }: RunListing, now: number): string {
  return `${escapeLine(run)}  ${summary?.state ?? ""}  ${formatAge(summary?.updatedAt ?? now, now)}`;
}

function usage(message: string, hint: string): CliError {
  return new CliError(message, { code: "usage", exitCode: EXIT.usage, hint });
}
