/**
 * Inputs and message bodies as they are typed: JSON, `@file.json`, `-` for standard input, `-f key=value`.
 *
 * Invariants:
 * 1. What is not JSON is an error that shows where; nothing is silently taken for a string.
 * 2. No number is changed by being read: JSON that holds such a one is refused, and the value of a `-f` that would
 *    print differently is a string.
 */
import { readFileSync, statSync } from "node:fs";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { changedNumber, describeChangedNumber, isPlainNumber } from "./json-numbers.ts";
import { fromJson } from "./values-json.ts";

/** Largest input file, in bytes. */
const LARGEST = 256 * 1024 * 1024;

/** How else a value can be given, by what it is called. */
const OTHER_WAYS: Readonly<Record<string, string>> = {
  body: "; or use --text yes, or -f key=value",
  "--input": "; or use -f key=value",
};

/** What to do about a key that is given twice. */
const TWICE = `give one of them; a list is JSON: -f 'key=["a","b"]'`;

/** How a value was given. */
export interface GivenValue {
  /** JSON text, `@file`, or `-`. */
  readonly json?: string | undefined;
  /** `key=value` pairs. */
  readonly fields?: readonly string[] | undefined;
  /** A string, taken as it is. */
  readonly text?: string | undefined;
  /** What the value is called in messages: `--input`, `body`. */
  readonly name: string;
}

/** The value that was given; undefined when none was. Tagged JSON (`{"$date": …}`) is read back. */
export async function readGivenValue(given: GivenValue): Promise<unknown> {
  const { json, fields = [], text, name } = given;
  const ways = [json !== undefined && name, fields.length > 0 && "-f", text !== undefined && "--text"].filter(Boolean);
  if (ways.length > 1) throw usage(`${ways.join(" and ")} cannot be given together`, "choose one of them");
  if (text !== undefined) return text;
  if (fields.length > 0) return objectOf(fields);
  if (json === undefined) return undefined;
  const hint = `a string needs quotes: '"yes"'${OTHER_WAYS[name] ?? ""}`;
  if (json === "-") return readJson(await readStandardInput(), "standard input", hint);
  if (json.startsWith("@")) return readJson(readInputFile(json.slice(1)), json.slice(1), hint);
  return readJson(json, name, hint);
}

/** `-f a.b=1 -f name=ann`: dots make objects. @throws CliError where a key is given twice: none goes unheard */
function objectOf(fields: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of fields) {
    const at = field.indexOf("=");
    if (at <= 0) throw usage(`-f ${JSON.stringify(field)} is no key=value`, "for example: -f name=ann -f amount=3");
    const path = field.slice(0, at).split(".");
    setAt(result, path, valueOf(field.slice(at + 1), field), field);
  }
  return result;
}

/**
 * The value of a field: a number where JavaScript would print it just so (`3`, not `1.10` or `1e5`), `true`, `false`,
 * `null`, and an object, a list or a string in quotes as JSON; all else is a string as it stands.
 */
function valueOf(text: string, field: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof json === "number") return isPlainNumber(text) ? json : text;
  return valueIn(json, text, `-f ${field}`);
}

function refuseChangedNumber(json: string, where: string): void {
  const token = changedNumber(json);
  if (token === undefined) return;
  const { message, hint } = describeChangedNumber(token);
  throw usage(`${where}: ${message}`, hint);
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown, field: string): void {
  let at = target;
  for (const [index, key] of path.entries()) {
    if (key === "__proto__") throw usage(`-f ${JSON.stringify(field)}: __proto__ cannot be a key`, "use --input");
    if (index === path.length - 1) {
      if (Object.hasOwn(at, key)) throw usage(`-f ${field}: ${key} already has a value`, TWICE);
      at[key] = value;
      return;
    }
    const next: unknown = Object.hasOwn(at, key) ? at[key] : {};
    if (!isObject(next)) throw usage(`-f ${field}: ${key} already has a value`, TWICE);
    at[key] = next;
    at = next;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readInputFile(path: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw usage(`no such file: ${path}`, "@ reads the JSON from a file");
  if (!facts.isFile())
    throw usage(`${path} is not a regular file`, "@ reads the JSON from a file; - reads standard input");
  if (facts.size > LARGEST)
    throw usage(`${path} is larger than ${LARGEST / 1024 / 1024} MB`, "pass the file's name instead");
  return decode(readFileSync(path), path);
}

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > LARGEST) throw usage("standard input is larger than 256 MB", "pass a file's name instead");
  }
  return decode(Buffer.concat(parts), "standard input");
}

/** Without its byte order mark. @throws CliError where it is no UTF-8: no character becomes another one unseen */
function decode(bytes: Buffer, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usage(`${where} is not UTF-8`, "JSON is UTF-8; iconv -t UTF-8 converts it");
  }
}

/**
 * The value of a JSON text, tagged values read back.
 * @param where what holds the text, in messages
 * @param hint what to do where it is no JSON
 * @throws CliError where it is none, or holds a number or a tagged value that cannot be kept
 */
export function readJson(text: string, where: string, hint: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(`${where} is not JSON: ${reasonOf(message)}`, {
      code: "bad_json",
      exitCode: EXIT.usage,
      where: pointer(text, message),
      hint,
    });
  }
  return valueIn(json, text, where);
}

/** What parsed JSON stands for. @throws CliError where that is not what its text says */
function valueIn(json: unknown, text: string, where: string): unknown {
  refuseChangedNumber(text, where);
  try {
    return fromJson(json);
  } catch (error) {
    if (error instanceof RangeError)
      throw usage(`${where} is nested too deeply`, "a step can read such data by itself");
    const message = error instanceof Error ? error.message : String(error);
    throw usage(
      `${where} holds a tagged value that cannot be read: ${message}`,
      'such as {"$date":"2026-01-31T09:30:00Z"} or {"$bigint":"5"}',
    );
  }
}

function reasonOf(message: string): string {
  return message.replace(/,? (?:in JSON )?at position.*$/s, "").replace(/,? "[\s\S]*" is not valid JSON$/, "");
}

/** The line and column of the offence, and what stands there. */
function pointer(text: string, message: string): string | undefined {
  const offset = /position (\d+)/.exec(message)?.[1];
  const at = offset === undefined ? (/end of JSON/.test(message) ? text.length : undefined) : Number(offset);
  const found = at ?? offsetOfToken(text, message);
  if (found === undefined) return undefined;
  const before = text.slice(0, found).split("\n");
  const line = text.split("\n")[before.length - 1] ?? "";
  const column = (before.at(-1) ?? "").length;
  const from = Math.max(0, column - 30);
  return `line ${before.length}, column ${column + 1}: ${from > 0 ? "…" : ""}${line.slice(from, column)}⟨here⟩${line.slice(column, column + 30)}`;
}

/** Newer versions of V8 name the token and not its place when the text is short. */
function offsetOfToken(text: string, message: string): number | undefined {
  const token = /Unexpected token '?(.)'?,/u.exec(message)?.[1];
  const at = token === undefined ? -1 : text.indexOf(token);
  return at < 0 ? undefined : at;
}

function usage(message: string, hint: string): CliError {
  return new CliError(message, { code: "usage", exitCode: EXIT.usage, hint });
}
