/**
 * Turns a user's file into code that the module runner can call: oxc strips the types, then rewrites imports and
 * exports into calls. Nothing is written to disk.
 *
 * Invariant: the code keeps its lines and columns where the maps say, so what is wrapped around it stands before the
 * first column of the first line.
 */
import type { SourceMapPayload } from "node:module";
import { extname } from "node:path";
import vm from "node:vm";
import * as oxc from "oxc-transform";
import { LoadError, pointAfter } from "./load-error.ts";
import type { Project } from "./project.ts";
import { rememberMaps } from "./source-maps.ts";

/** A file's transformed code. */
export interface Compiled {
  readonly code: string;
  /** It is an ES module; otherwise CommonJS. */
  readonly isModule: boolean;
}

/** What the transformed code calls, in the order in which the function takes them. */
const PARAMETERS = [
  "__vite_ssr_exports__",
  "__vite_ssr_exportAll__",
  "__vite_ssr_import__",
  "__vite_ssr_dynamic_import__",
  "__vite_ssr_import_meta__",
  "module",
  "exports",
  "require",
  "__filename",
  "__dirname",
  "babelHelpers",
].join(",");

/** A call that loads a CommonJS module, by a name that is no computed one. */
const REQUIRED = /\brequire\(\s*(["'])([^"']+)\1\s*\)/g;

/** What only ES modules have; `import()` may stand in CommonJS, too. */
const MODULE_SYNTAX = /__vite_ssr_(?:exports|exportAll|import|import_meta)__/;

/**
 * Rewrites imports and exports into calls. oxc makes it for Vite and calls it deprecated for everybody else, so its
 * version is pinned and test/cli/load-module.test.ts holds what it does.
 */
const { moduleRunnerTransformSync: toRunnable } = oxc as {
  moduleRunnerTransformSync: (
    filename: string,
    source: string,
    options: { sourcemap: boolean },
  ) => { code: string; map?: SourceMapPayload; deps: string[]; dynamicDeps: string[]; errors: oxc.OxcError[] };
};

/** A value of the `HelperMode` enum, which has no counterpart at run time under `isolatedModules`. */
const EXTERNAL_HELPERS = "External" as oxc.HelperMode;

/** @throws LoadError at the user's line and column, when the file does not parse */
export function compile(file: string, source: string, project: Project): Compiled {
  const ending = extname(file);
  const { script, runnable } = transform(file, source, project);
  const scriptMap = script.map as unknown as SourceMapPayload | undefined;
  rememberMaps(
    file,
    [runnable.map, scriptMap].filter((map) => map !== undefined),
  );
  const saysModule = !ending.startsWith(".c") && (ending.startsWith(".m") || project.packageType(file) === "module");
  return { code: runnable.code.replace(/^#!/, "//"), isModule: saysModule || MODULE_SYNTAX.test(runnable.code) };
}

/** The specifiers that a file imports or requires, types left out. @throws LoadError when it does not parse */
export function importedBy(file: string, source: string, project: Project): string[] {
  const { script, runnable } = transform(file, source, project);
  const required = [...script.code.matchAll(REQUIRED)].map(([, , specifier = ""]) => specifier);
  return [...runnable.deps, ...runnable.dynamicDeps, ...required];
}

function transform(
  file: string,
  source: string,
  project: Project,
): { script: oxc.TransformResult; runnable: ReturnType<typeof toRunnable> } {
  const script = oxc.transformSync(file, source, {
    ...project.settingsFor(file).transform,
    ...(extname(file) === ".js" && { lang: "jsx" as const }),
    helpers: { mode: EXTERNAL_HELPERS },
    sourcemap: true,
    target: "es2022",
  });
  failOnErrors(script.errors, file, source);
  const runnable = toRunnable(`${file}.js`, script.code, { sourcemap: true });
  failOnErrors(runnable.errors, file, source);
  return { script, runnable };
}

/** The function that runs the code: asynchronous for a module that is imported, synchronous for one required. */
export function evaluate(file: string, compiled: Compiled, isAsync: boolean): (...given: unknown[]) => unknown {
  const isStrict = compiled.isModule || /^\s*["']use strict["']/.test(compiled.code);
  // The inner block lets the user's own top-level `const __dirname = …` shadow the parameters.
  const head = `(${isAsync ? "async " : ""}function(${PARAMETERS}){${isStrict ? '"use strict";' : ""}{`;
  const body = isAsync ? compiled.code : withoutAwait(compiled.code);
  const script = new vm.Script(`${head}${body}\n}})`, { filename: file, columnOffset: -head.length });
  return script.runInThisContext() as (...given: unknown[]) => unknown;
}

/** A required module imports synchronously. Of the same length, so that columns stay right. */
function withoutAwait(code: string): string {
  return code.replaceAll("await __vite_ssr_import__(", "      __vite_ssr_import__(");
}

function failOnErrors(errors: readonly oxc.OxcError[], file: string, source: string): void {
  const first = errors.find((error) => String(error.severity) === "Error");
  if (first === undefined) return;
  const label = first.labels.find((each) => each.message?.includes("redeclared") === true) ?? first.labels[0];
  const before = Buffer.from(source)
    .subarray(0, label?.start ?? 0)
    .toString(); // oxc counts UTF-8 bytes
  throw new LoadError("syntax", first.message, pointAfter(file, before), first);
}
