/** What a person is asked, through @clack/prompts on standard error. Loaded only where somebody is asked. */
import { Writable } from "node:stream";
import { isCancel, select, text } from "@clack/prompts";
import { escapeJson, escapeLine } from "./escape.ts";
import { changedNumber, describeChangedNumber } from "./json-numbers.ts";
import { fromJson } from "./values-json.ts";

/** A message to be sent. */
export interface AskedMessage {
  readonly name: string;
  readonly body: unknown;
}

const TO_ERROR = { input: process.stdin, output: process.stderr };

const ESCAPE = String.raw`\u001B\[`;
/** A line feed, or a move of the cursor up or down by so many lines. */
const ROW = new RegExp(`\n|${ESCAPE}(\\d*)([AB])`, "g");

/**
 * Standard error, as a prompt may use it: what comes after its answer ends no line any more, for by then other things
 * may have been drawn. A prompt breaks its lines by itself, so its rows can be counted, and taken back.
 */
class PromptOutput extends Writable {
  readonly isTTY = true;
  isAnswered = false;
  /** Rows from where the first prompt began down to the cursor. */
  #rows = 0;

  get columns(): number {
    return process.stderr.columns;
  }

  get rows(): number {
    return process.stderr.rows;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString("utf8");
    for (const [, by = "", where] of text.matchAll(ROW)) this.#rows += rowsOf(by, where);
    process.stderr.write(this.isAnswered ? text.replaceAll("\n", "") : text);
    done();
  }

  /** Takes off the screen what was asked: nobody answered. */
  takeBack(): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    process.stderr.write(`\r${this.#rows > 0 ? `\u001B[${this.#rows}A` : ""}\u001B[J`);
  }
}

function rowsOf(by: string, where: string | undefined): number {
  if (where === undefined) return 1;
  return (where === "A" ? -1 : 1) * Number(by === "" ? 1 : by);
}

/**
 * Asks for a message; `names` are those that are waited for, `[]`: any. Undefined: the person thought better of it, or
 * the run went on; nothing is left of the question then.
 */
export async function askMessage(
  names: readonly string[],
  bodyOf: (name: string) => string,
  signal: AbortSignal,
): Promise<AskedMessage | undefined> {
  const output = new PromptOutput();
  const takeBack = (): void => output.takeBack();
  // Before the prompt hears of it, and before anything else is drawn.
  signal.addEventListener("abort", takeBack);
  try {
    const message = await ask(names, bodyOf, { input: process.stdin, output, signal });
    if (message === undefined) takeBack();
    return message;
  } finally {
    output.isAnswered = true;
    signal.removeEventListener("abort", takeBack);
  }
}

interface PromptPlace {
  readonly input: NodeJS.ReadStream;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

async function ask(
  names: readonly string[],
  bodyOf: (name: string) => string,
  place: PromptPlace,
): Promise<AskedMessage | undefined> {
  const name = await askName(names, place);
  if (name === undefined) return undefined;
  const example = escapeJson(bodyOf(name));
  const typed = await text({
    ...place,
    message: `Body of ${escapeLine(name)}, as JSON`,
    placeholder: example,
    defaultValue: "{}",
    validate: (value) => {
      if (value !== undefined && value !== "") return whyNotJson(value);
      return example === "{}" ? undefined : `a body is needed, such as ${example}`;
    },
  });
  return isCancel(typed) ? undefined : { name, body: fromJson(JSON.parse(typed)) };
}

async function askName(names: readonly string[], place: PromptPlace): Promise<string | undefined> {
  const [first] = names;
  if (first !== undefined && names.length === 1) return first;
  const message = "Which message?";
  const options = names.map((name) => ({ value: name, label: escapeLine(name) }));
  const name =
    first === undefined
      ? await text({ ...place, message, validate: (value) => ((value ?? "") === "" ? "a name" : undefined) })
      : await select({ ...place, message, options });
  return isCancel(name) ? undefined : name;
}

/** Asks for one of several things; `initialValue` is the one that Return takes. */
export async function askOne(
  message: string,
  options: readonly { readonly value: string; readonly label: string }[],
  initialValue: string,
): Promise<string | undefined> {
  const chosen = await select({ ...TO_ERROR, message, options: [...options], initialValue });
  return isCancel(chosen) ? undefined : chosen;
}

function whyNotJson(value: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return `not JSON: a string needs quotes, such as "yes"`;
  }
  const token = changedNumber(value);
  if (token !== undefined) return describeChangedNumber(token).message;
  try {
    fromJson(json);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
