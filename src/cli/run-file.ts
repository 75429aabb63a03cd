/**
 * A run as one file: what `export` writes and `import` reads, as CBOR or as JSON, the same content exactly.
 *
 * Invariants:
 * 1. What was written is read back equal, value for value; the CBOR carries a checksum.
 * 2. Nothing that is read is trusted: it is a history that this version could have written, or it is refused.
 */
import type { Message } from "../engine/driver.ts";
import { EVENT_TYPES, HISTORY_FORMAT, type HistoryEvent } from "../engine/history/events.ts";
import { foldHistory } from "../engine/history/history.ts";
import { decodeRunFile, encodeRunFile, type MessageResponse } from "../fs-driver/index.ts";
import { CliError } from "./cli-error.ts";
import { escapeJson } from "./escape.ts";
import { EXIT } from "./exit-codes.ts";
import { fromJson, toJson } from "./values-json.ts";

const SCHEMA = "wf.export/1";

/** A run with all that belongs to it. */
export interface RunFile {
  readonly schema: typeof SCHEMA;
  readonly run: string;
  readonly events: readonly HistoryEvent[];
  /** Sent and not yet received. */
  readonly messages: readonly Message[];
  readonly responses: readonly MessageResponse[];
}

/** How a run file is written. */
export type RunFileFormat = "cbor" | "json";

/** The content of a run file. JSON has one event a line, for `git diff`. */
export function writeRunFile(file: Omit<RunFile, "schema">, format: RunFileFormat): Uint8Array {
  const whole: RunFile = { schema: SCHEMA, ...file };
  if (format === "cbor") return encodeRunFile(whole);
  const lines = (items: readonly unknown[]): string =>
    items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${JSON.stringify(toJson(item))}`).join(",\n")}\n  ]`;
  const { run, events, messages, responses } = whole;
  const parts = [
    `  "schema": ${JSON.stringify(SCHEMA)}`,
    `  "run": ${JSON.stringify(run)}`,
    `  "events": ${lines(events)}`,
    `  "messages": ${lines(messages)}`,
    `  "responses": ${lines(responses)}`,
  ];
  return Buffer.from(escapeJson(`{\n${parts.join(",\n")}\n}\n`));
}

/** The run in a file's content. @throws CliError when there is none, or none that this version can go on with */
export function readRunFile(bytes: Uint8Array, name: string): RunFile {
  const whole = decoded(bytes, name);
  const reason = faultOf(whole);
  if (reason !== undefined) throw refusal(name, reason);
  return whole as RunFile;
}

function decoded(bytes: Uint8Array, name: string): unknown {
  try {
    const isJson = /^\s*\{/.test(
      Buffer.from(bytes.subarray(0, 256))
        .toString("latin1")
        .replace(/^\u00ef\u00bb\u00bf/, ""),
    );
    return isJson ? parsed(bytes) : decodeRunFile(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refusal(name, message.replace(/\s+/g, " ").slice(0, 200));
  }
}

function parsed(bytes: Uint8Array): unknown {
  const json: unknown = JSON.parse(
    Buffer.from(bytes)
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
  );
  return fromJson(json);
}

/** What is wrong with it; undefined: nothing. */
function faultOf(whole: unknown): string | undefined {
  if (!isRecord(whole)) return "it holds no run";
  if (whole["schema"] !== SCHEMA) return `its schema is not ${SCHEMA}`;
  const { run, events, messages, responses } = whole;
  if (typeof run !== "string") return "it names no run";
  if (!Array.isArray(events) || !Array.isArray(messages) || !Array.isArray(responses))
    return "it lacks events, messages or responses";
  for (const [index, message] of messages.entries()) if (!isMessage(message)) return `message ${index + 1} is none`;
  for (const [index, response] of responses.entries())
    if (!isRecord(response) || typeof response["id"] !== "string" || !("response" in response))
      return `response ${index + 1} is none`;
  return faultOfEvents(events);
}

function faultOfEvents(events: readonly unknown[]): string | undefined {
  let seq = 0;
  let at = -Infinity;
  for (const [index, event] of events.entries()) {
    const which = `event ${index + 1}`;
    if (!isRecord(event) || typeof event["type"] !== "string") return `${which} is none`;
    if (!EVENT_TYPES.has(event["type"])) return `${which} is of a type that is not known here: is wf up to date?`;
    if (!Number.isSafeInteger(event["seq"]) || (event["seq"] as number) <= seq) return `${which} is out of order`;
    if (!Number.isFinite(event["at"]) || (event["at"] as number) < at) return `${which} goes back in time`;
    if (!event["type"].startsWith("run.") && !isLocation(event["loc"])) return `${which} has no location`;
    seq = event["seq"] as number;
    at = event["at"] as number;
  }
  const [first] = events as readonly HistoryEvent[];
  if (first?.type !== "run.created") return "it does not begin with run.created";
  if (typeof first.seed !== "string" || typeof first.workflow !== "string") return "run.created lacks workflow or seed";
  if (!Number.isInteger(first.format) || first.format > HISTORY_FORMAT) return "it was written by a newer wf";
  try {
    foldHistory(events as readonly HistoryEvent[]);
    return undefined;
  } catch (error) {
    return `its events contradict each other: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isMessage(value: unknown): boolean {
  if (!isRecord(value) || !("body" in value)) return false;
  return typeof value["id"] === "string" && typeof value["name"] === "string" && Number.isFinite(value["sentAt"]);
}

function isLocation(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === "string" || Number.isSafeInteger(part));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusal(name: string, reason: string): CliError {
  return new CliError(`${name} cannot be imported: ${reason}`, {
    code: "bad_import",
    exitCode: EXIT.usage,
    hint: "it takes what wf export wrote; nothing was written",
  });
}
