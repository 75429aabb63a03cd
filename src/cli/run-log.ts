/**
 * `ctx.log`: JSON lines through pino, and pino-pretty's reading of them on a terminal. Both are loaded with the first
 * line that is logged.
 */
import { createRequire } from "node:module";
import type { Logger, pino as createPino } from "pino";
import type { PrettyOptions } from "pino-pretty";
import type { WorkflowLog } from "../engine/api.ts";
import { escapeJson, escapeLines } from "./escape.ts";

/** Where the log goes, and for whom. */
export interface RunLogOptions {
  readonly run: string;
  /** A person reads it. */
  readonly isPretty: boolean;
  print(text: string): void;
}

type Level = keyof WorkflowLog;
type Pretty = (line: string) => string;

/** The logger of one run. */
export function createRunLog(options: RunLogOptions): WorkflowLog {
  let logger: Logger | undefined;
  const write =
    (level: Level) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      logger ??= openLogger(options);
      logger[level](fields, message);
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

function openLogger(options: RunLogOptions): Logger {
  const { run, isPretty } = options;
  const require = createRequire(import.meta.url);
  const pino = require("pino") as typeof createPino;
  const pretty = isPretty ? openPretty(require) : undefined;
  const write = (line: string): void => {
    options.print(pretty === undefined ? escapeJson(line) : escapeLines(pretty(line)));
  };
  return pino({ level: "debug", ...(isPretty ? { base: null } : { base: { run } }) }, { write });
}

function openPretty(require: NodeJS.Require): Pretty {
  const { prettyFactory } = require("pino-pretty") as { prettyFactory: (options: PrettyOptions) => Pretty };
  return prettyFactory({ colorize: false, translateTime: "HH:MM:ss.l", ignore: "pid,hostname" });
}
