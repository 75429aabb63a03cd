/**
 * Makes every stack of this process show the user's own file, line and column. Owns the maps of transformed files.
 *
 * Invariants:
 * 1. Each file has two chained maps (runner output to JavaScript, JavaScript to TypeScript), parsed on first use: a
 *    module that never throws never pays for them.
 * 2. Frames of files that were not transformed here stay as V8 wrote them.
 */
import { SourceMap, type SourceMapPayload } from "node:module";

interface FileMaps {
  readonly payloads: readonly SourceMapPayload[];
  parsed?: readonly SourceMap[];
}

const maps = new Map<string, FileMaps>();

/** An absolute path with line and column, at the end of a stack frame. */
export const FRAME: RegExp = /((?:\/|[A-Za-z]:[\\/])[^()\n]*?):(\d+):(\d+)(?=\)?$)/;

/** Remembers how to get from a file's transformed code back to its source; later calls replace earlier ones. */
export function rememberMaps(file: string, payloads: readonly SourceMapPayload[]): void {
  maps.set(file, { payloads });
}

/** The user's line and column of a point in transformed code; both count from 1. */
export function mapPosition(file: string, line: number, column: number): { line: number; column: number } {
  const known = maps.get(file);
  if (known === undefined) return { line, column };
  known.parsed ??= known.payloads.map((payload) => new SourceMap(payload));
  let at = { line, column };
  for (const map of known.parsed) {
    const found = map.findEntry(at.line - 1, at.column - 1);
    if ("originalLine" in found) at = { line: found.originalLine + 1, column: found.originalColumn + 1 };
  }
  return at;
}

/** From now on `error.stack` is mapped as it is first read. Calling it again changes nothing. */
export function installStackMapping(): void {
  if (Error.prepareStackTrace === prepareMappedStack) return;
  Error.prepareStackTrace = prepareMappedStack;
}

function prepareMappedStack(error: Error, sites: NodeJS.CallSite[]): string {
  return [headOf(error), ...sites.map((site) => mapFrame((site as { toString(): string }).toString()))].join(
    "\n    at ",
  );
}

function headOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}

function mapFrame(frame: string): string {
  return frame.replace(FRAME, (all, file: string, line: string, column: string) => {
    if (!maps.has(file)) return all;
    const at = mapPosition(file, Number(line), Number(column));
    return `${file}:${at.line}:${at.column}`;
  });
}
