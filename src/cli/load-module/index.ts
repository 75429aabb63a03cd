/**
 * Loads a user's TypeScript or JavaScript module in this process, without a build step, loader hooks, a worker, or
 * anything written to disk. Every call starts anew, so edited files and edited dependencies are always seen.
 */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Graph } from "./graph.ts";
import type { Namespace } from "./interop.ts";
import { LoadError } from "./load-error.ts";
import { isFile } from "./project.ts";
import { FRAME, installStackMapping, mapPosition } from "./source-maps.ts";

/** How to load. */
export interface LoadOptions {
  /** Files that answer for packages which the user's project has not installed, by package name. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Called first, with what says while it loads which file's top level is being waited for. */
  readonly onBegin?: (waitsFor: () => string | undefined) => void;
}

/** A module that was loaded. */
export interface LoadedModule {
  readonly exports: Readonly<Record<string, unknown>>;
  /** Every local file that was read for it, the module's own first. */
  readonly files: readonly string[];
}

/** @throws LoadError with the user's file, line and column */
export async function loadModule(path: string, options: LoadOptions = {}): Promise<LoadedModule> {
  installStackMapping();
  const file = resolve(path);
  if (!isFile(file)) throw new LoadError("not-found", `Cannot find module ${file}`, { file });
  const graph = new Graph(options.aliases ?? {});
  options.onBegin?.(() => graph.waitsFor);
  try {
    const exports: Namespace = await graph.load(realpathSync(file));
    return { exports, files: [...graph.files] };
  } catch (error) {
    throw asLoadError(error, graph.files);
  }
}

function asLoadError(error: unknown, files: ReadonlySet<string>): LoadError {
  if (error instanceof LoadError) return error;
  const message = readable(error instanceof Error ? error.message : String(error));
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  if (error instanceof SyntaxError) {
    // V8 puts `file:line`, the source line and a row of carets before the stack of a syntax error of its own.
    const [, place, line, indent] = /^(.+?):(\d+)\n.*\n( *)\^/.exec(stack) ?? [];
    if (place !== undefined && line !== undefined && indent !== undefined) {
      const file = place.startsWith("file:") ? fileURLToPath(place) : place;
      return new LoadError("syntax", message, { file, ...mapPosition(file, Number(line), indent.length + 1) }, error);
    }
  }
  for (const frame of stack.split("\n")) {
    const [, file, line, column] = FRAME.exec(frame) ?? [];
    if (file === undefined || !files.has(file)) continue;
    return new LoadError("threw", message, { file, line: Number(line), column: Number(column) }, error);
  }
  return new LoadError("threw", message, {}, error);
}

/** V8 names what the transformed code calls; the user knows it by the name that was imported. */
function readable(message: string): string {
  return message.replace(/\(0 , __vite_ssr_import_\d+__\.(\w+)\)/g, "$1").replace(/__vite_ssr_import_\d+__\./g, "");
}
