/** An error as three lines: what, where, what to do next. Below, the stack in the user's own files. Pure. */
import type { CliError } from "../cli-error.ts";
import type { ErrorDocument } from "../documents.ts";
import { escapeLine, escapeLines } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { wrap } from "./wrap.ts";

const INDENT = "       ";

/** The error in lines of at most `width` cells, with a line feed at its end. */
export function errorView(error: CliError, styles: Styles, width: number): string {
  const { where, hint, stack } = error.facts;
  const [what = "", ...more] = error.message.split("\n").flatMap((line) => wrap(escapeLine(line), width, INDENT));
  const lines = [`${styles.red("error")}  ${what.trimStart()}`, ...more];
  if (where !== undefined)
    lines.push(...wrap(`at ${escapeLine(where)}`, width, INDENT).map((line) => styles.dim(line)));
  if (stack !== undefined && stack !== "")
    lines.push(
      ...escapeLines(stack)
        .split("\n")
        .map((line) => INDENT + styles.dim(line)),
    );
  if (hint !== undefined) lines.push(...hint.split("\n").flatMap((line) => wrap(escapeLine(line), width, INDENT)));
  return `${lines.join("\n")}\n`;
}

/** The error as the JSON document that ends a failed command. */
export function errorDocument(error: CliError): Record<string, unknown> {
  const { code, hint, where, document = {} } = error.facts;
  const { error: recorded, ...fields } = document;
  const known = typeof recorded === "object" ? recorded : {};
  return {
    schema: "wf.error/1",
    ok: false,
    ...fields,
    error: { ...known, code, message: error.message, ...(where !== undefined && { where }), hint: hint ?? null },
  } satisfies ErrorDocument;
}
