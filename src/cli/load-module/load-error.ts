/**
 * Why a user's module could not be loaded, and where in the user's own files.
 *
 * Invariant: `line` and `column` count from 1 in the file as the user wrote it, never in transformed code.
 */
import { readFileSync } from "node:fs";

/** `not-found`: no such file or package. `syntax`: it does not parse. `threw`: its top level threw. */
export type LoadErrorCode = "not-found" | "syntax" | "threw";

/** A point in a user's file. */
export interface SourcePoint {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A user's module could not be loaded. `cause` is what was thrown underneath. */
export class LoadError extends Error implements SourcePoint {
  override readonly name = "LoadError";
  readonly code: LoadErrorCode;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(code: LoadErrorCode, message: string, point: SourcePoint, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.file = point.file;
    this.line = point.line;
    this.column = point.column;
  }
}

/** Where the end of `before` lies: the text of a file up to the point that is meant. */
export function pointAfter(file: string, before: string): SourcePoint {
  const lines = before.split("\n");
  return { file, line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** Where a file names a specifier; only the file where it does not name it literally. */
export function pointOfSpecifier(file: string, specifier: string): SourcePoint {
  const source = readFileSync(file, "utf8");
  for (const quote of ['"', "'", "`"]) {
    const at = source.indexOf(quote + specifier + quote);
    if (at >= 0) return pointAfter(file, source.slice(0, at));
  }
  return { file };
}

/** The value of a JSON file that a module imports. */
export function parseJsonModule(file: string, source: string): unknown {
  try {
    return JSON.parse(source.replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = /position (\d+)/.exec(message)?.[1]; // some versions of Node leave it out
    const point = offset === undefined ? { file } : pointAfter(file, source.slice(0, Number(offset)));
    throw new LoadError("syntax", message, point, error);
  }
}
