/**
 * Turns whatever was thrown into what is told: message, place, next step, exit code.
 *
 * Invariant: errors of the engine and the store are known by their `code`, so that neither is loaded to say that a flag
 * is unknown.
 */
import { hostname } from "node:os";
import type { OwnedError } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { userFrames } from "./user-stack.ts";
import { formatTime } from "./views/format.ts";

const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  owned: EXIT.owned,
  corrupt: EXIT.corrupt,
  disk: EXIT.disk,
  not_found: EXIT.notFound,
  bad_id: EXIT.usage,
  finished: EXIT.failed,
  id_conflict: EXIT.usage,
  closed: EXIT.failed,
  history_diverged: EXIT.diverged,
  entry_in_progress: EXIT.diverged,
  message_not_completed: EXIT.diverged,
  rollback_failed: EXIT.failed,
  evicted: EXIT.failed,
  history_format: EXIT.corrupt,
  schema_mismatch: EXIT.usage,
  value_not_storable: EXIT.usage,
  run_state: EXIT.failed,
};

const HINT_BY_CODE: Readonly<Record<string, string>> = {
  history_format: "npm install dotworkflows@latest",
  schema_mismatch: "nothing was written",
  value_not_storable: "plain objects, arrays, Date, Map, Set, bytes, bigint and errors can be stored",
};

/** What is told of an error. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return unexpected(new Error(String(error), { cause: error }));
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  const exitCode = typeof code === "string" ? EXIT_BY_CODE[code] : undefined;
  if (typeof code !== "string" || exitCode === undefined) return diskError(error, code) ?? unexpected(error);
  if (code === "owned") return ownedError(error);
  return new CliError(error.message, {
    code,
    exitCode,
    hint: typeof hint === "string" ? hint : HINT_BY_CODE[code],
    cause: error,
  });
}

/** Another process has the run. */
function ownedError(error: Error & Partial<Pick<OwnedError, "run" | "owner">>): CliError {
  const { run, owner } = error;
  const { pid, host, since } = owner ?? {};
  const parts = [
    pid === undefined ? "" : `pid ${pid}`,
    host === undefined || host === hostname() ? "" : `on ${host}`,
    since === undefined ? "" : `since ${formatTime(since, Date.now())}`,
  ].filter((part) => part !== "");
  const who = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return new CliError(run === undefined ? error.message : `run ${run} is in the hands of another process${who}`, {
    code: "owned",
    exitCode: EXIT.owned,
    hint: run === undefined ? "wait for it, or stop it first" : `wf inspect ${run} --follow  watches it`,
    document: { ...(run !== undefined && { run }), ...(owner !== undefined && { owner }) },
    cause: error,
  });
}

/** An error of Node's own file system. */
function diskError(error: Error, code: unknown): CliError | undefined {
  if (typeof code !== "string" || !("syscall" in error)) return undefined;
  return new CliError(error.message, {
    code: "disk",
    exitCode: EXIT.disk,
    hint: "check the space, the rights and the path",
    cause: error,
  });
}

function unexpected(error: Error): CliError {
  return new CliError(`unexpected: ${error.message}`, {
    code: "unexpected",
    exitCode: EXIT.failed,
    stack: userFrames(error.stack).join("\n"),
    hint: "WF_DEBUG=1 shows the whole stack",
    cause: error,
  });
}
