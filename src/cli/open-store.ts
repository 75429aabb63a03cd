/** The store that a command works on, opened; loaded only by commands that need one. */
import { NotFoundError, openStore, type Store } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import type { CommandContext, CommandOptions } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { announceReading } from "./large-history.ts";
import { nearest } from "./nearest.ts";
import { foldSummary } from "./summary-fold.ts";

const DURABILITIES = ["sync", "os"] as const;

/** `--dir`, else `WF_DIR`, else the nearest `.workflows`. Nothing is made on disk. */
export async function openCommandStore(context: CommandContext, options: CommandOptions): Promise<Store> {
  const dir = options.dir ?? nonEmpty(context.env["WF_DIR"]);
  const durability = DURABILITIES.find((known) => known === (options.durability ?? "sync"));
  if (durability === undefined) throw badDurability(options.durability ?? "");
  if (dir?.includes("\0") === true)
    throw new CliError("--dir holds a NUL", { code: "usage", exitCode: EXIT.usage, hint: "give the path of a folder" });
  const store = await openStore({
    ...(dir !== undefined && { dir }),
    durability,
    fold: foldSummary,
    onWarning: (text) => {
      context.terminal.tell(`${context.terminal.styles.yellow("warning")}  ${text}`);
    },
  });
  return announceReading(store, context.terminal);
}

/** The run that an argument means; without one, the newest run that `isWanted`. */
export function resolveRun(store: Store, wanted: string | undefined, isWanted?: (state: string) => boolean): string {
  if (wanted !== undefined && (wanted !== "latest" || store.ids().length > 0)) return resolveId(store, wanted);
  const runs = store.list().filter(({ summary }) => isWanted === undefined || isWanted(summary?.state ?? "pending"));
  const [newest] = runs.toSorted((a, b) => (b.summary?.createdAt ?? 0) - (a.summary?.createdAt ?? 0));
  if (newest !== undefined) return newest.run;
  const isEmpty = store.ids().length === 0;
  throw new CliError(isEmpty ? `no runs in ${store.dir}` : "no run is unfinished", {
    code: "not_found",
    exitCode: EXIT.notFound,
    hint: isEmpty ? "wf run <module>  starts one" : "wf list  shows all",
  });
}

/** @throws NotFoundError; CliError where `latest` was probably meant */
function resolveId(store: Store, wanted: string): string {
  try {
    return store.resolve(wanted);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const suggestions = error.suggestions.filter(
      (id) => nearest(wanted, [id, id.slice(0, wanted.length)]) !== undefined,
    );
    const meant = [...suggestions, ...(nearest(wanted, ["latest"]) === undefined ? [] : ["latest"])];
    throw new CliError(error.message, {
      code: error.code,
      exitCode: EXIT.notFound,
      hint: meant.length === 0 ? "wf list  shows all" : `did you mean ${meant.join(" or ")}?  (wf list shows all)`,
      cause: error,
    });
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function badDurability(given: string): CliError {
  const best = nearest(given, DURABILITIES);
  return new CliError(`--durability is sync or os, not ${JSON.stringify(given)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: best === undefined ? "sync survives power loss, os a killed process" : `did you mean ${best}?`,
  });
}
