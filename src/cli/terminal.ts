/**
 * What the terminal can do, and the few styles that are used. Decides once per process; knows nothing of runs.
 *
 * Invariants:
 * 1. `--color` and `--no-color` win, then NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal outside CI.
 * 2. Without a terminal there are no redraws, no prompts and no colour.
 */
import { supervisedWidth } from "./supervised.ts";
import { wrap } from "./views/wrap.ts";

/** Styles; each returns the text as it is where colour is off. */
export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** No colour, whatever the text goes to. */
export const PLAIN: Styles = stylesFor(false);

/** An output stream, as far as it matters here. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array, done?: () => void): unknown;
}

/** What is known of where text goes. */
export interface Terminal {
  /** Standard error is a terminal: a person watches, lines may be redrawn. */
  readonly isLive: boolean;
  /** Styles for standard error. */
  readonly styles: Styles;
  /** Styles for standard output. */
  readonly outStyles: Styles;
  /** Width of standard error as it is now, in cells. */
  width(): number;
  /** Width of what people read on standard error: unlimited where nobody watches. */
  noteWidth(): number;
  /** Width of what people see on standard output: unlimited where it is no terminal. */
  outWidth(): number;
  /** Writes to standard error. */
  note(text: string): void;
  /** Writes a sentence of ours to standard error, in lines that fit a person's terminal. */
  tell(text: string): void;
  /** Writes to standard output. */
  out(text: string | Uint8Array): void;
}

/** What decides about colour. */
export interface ColorWish {
  /** `--color` true, `--no-color` false. */
  readonly flag?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The terminal of this process. */
export function openTerminal(wish: ColorWish, error: Output, out: Output): Terminal {
  const isCI = isSet(wish.env["CI"]);
  const isLive = error.isTTY === true && !isCI && wish.env["TERM"] !== "dumb";
  const given = supervisedWidth(wish.env);
  const noteWidth = (): number => (isLive ? error.columns || 80 : (given ?? Number.POSITIVE_INFINITY));
  return {
    isLive,
    styles: stylesFor(wantsColor(wish, isLive)),
    outStyles: stylesFor(wantsColor(wish, out.isTTY === true && !isCI)),
    width: () => error.columns || given || 80,
    noteWidth,
    outWidth: () => (out.isTTY === true ? out.columns || 80 : (given ?? Number.POSITIVE_INFINITY)),
    note: (text) => void error.write(text),
    tell: (text) => void error.write(`${wrap(text, noteWidth()).join("\n")}\n`),
    out: (text) => void out.write(text),
  };
}

function wantsColor({ flag, env }: ColorWish, isTerminal: boolean): boolean {
  if (flag !== undefined) return flag;
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined) return isSet(env["FORCE_COLOR"]) || env["FORCE_COLOR"] === "";
  return isTerminal && env["TERM"] !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

function stylesFor(hasColor: boolean): Styles {
  const style =
    (open: number, close: number) =>
    (text: string): string =>
      hasColor && text !== "" ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}
