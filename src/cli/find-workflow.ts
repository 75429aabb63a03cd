/**
 * Finds the workflow that `<module>[#export]` means: loads the module and picks the export.
 *
 * Invariants:
 * 1. Where several exports could be meant, it asks; it never guesses.
 * 2. What `defineWorkflow` made wins over plain functions: those may be helpers.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { isWorkflowDefinition, type Workflow } from "../engine/define-workflow.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";
import { LoadError } from "./load-module/load-error.ts";
import { shortPath, userFrames } from "./user-stack.ts";

/** A workflow, found in a module. */
export interface FoundWorkflow {
  /** Its name in run ids and lists. */
  readonly name: string;
  readonly workflow: Workflow;
  /** The module's file. */
  readonly file: string;
  /** Under which name the module exports it. */
  readonly exportName: string;
  /** Names of the messages it declares; undefined where it declares none. */
  readonly messageNames: readonly string[] | undefined;
  /** Every file of the user that was read. */
  readonly files: readonly string[];
}

/** `<module>[#export]`, taken apart. */
export interface ModuleReference {
  /** Absolute. */
  readonly file: string;
  readonly exportName?: string;
}

const ENDINGS = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs"];

/** @throws CliError when there is no such file */
export function parseModuleReference(text: string, folder: string): ModuleReference {
  const whole = resolve(folder, text);
  const at = text.lastIndexOf("#");
  if (at <= 0 || existsSync(whole)) return { file: existingModule(whole, text) };
  return {
    file: existingModule(resolve(folder, text.slice(0, at)), text.slice(0, at)),
    exportName: text.slice(at + 1),
  };
}

function existingModule(path: string, typed: string): string {
  if (path.includes("\0")) throw noModule(JSON.stringify(typed), "a path holds no NUL");
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() === true) {
    if (ENDINGS.some((ending) => path.endsWith(ending))) return path;
    throw noModule(typed, `a workflow is a module: ${ENDINGS.join(" ")}`, "is not a module");
  }
  const near = ENDINGS.map((ending) => path + ending).find((candidate) => existsSync(candidate));
  if (facts !== undefined) throw noModule(typed, "give the file in it", "is a folder, not a module");
  const meant = near === undefined ? neighbour(path, typed) : typed + near.slice(path.length);
  throw noModule(
    typed,
    meant === undefined ? "the path is taken from the working directory" : `did you mean ${meant}?`,
  );
}

/** The module in the same folder that was probably meant, as it would be typed. */
function neighbour(path: string, typed: string): string | undefined {
  const name = basename(path);
  try {
    const names = readdirSync(dirname(path)).filter((each) => ENDINGS.some((ending) => each.endsWith(ending)));
    const bare = names.map((each) => each.replace(/\.[^.]+$/, ""));
    const best = nearest(name, names) ?? names[bare.indexOf(nearest(name, bare) ?? "")];
    return best === undefined ? undefined : typed.slice(0, typed.length - name.length) + best;
  } catch {
    return undefined; // there is no such folder
  }
}

function noModule(typed: string, hint: string, what?: string): CliError {
  const message = what === undefined ? `no such module: ${typed}` : `${typed} ${what}`;
  return new CliError(message, { code: "no_module", exitCode: EXIT.notFound, hint });
}

/**
 * Waits as long as the module takes: `slow-load.ts` says so, and gives up.
 * @param onBegin called first, with what says which file's top level is being waited for
 * @throws CliError when the module does not load, or has no such workflow
 */
export async function findWorkflow(
  reference: ModuleReference,
  onBegin: (waitsFor: () => string | undefined) => void,
): Promise<FoundWorkflow> {
  const { loadModule } = await import("./load-module/index.ts");
  const loaded = await loadModule(reference.file, { aliases: ownPackage(), onBegin }).catch((error: unknown) => {
    throw error instanceof LoadError ? loadFailure(error) : error;
  });
  const candidates = workflowsOf(loaded.exports);
  const exportName = reference.exportName ?? onlyWorkflow(candidates, reference.file, Object.keys(loaded.exports));
  const workflow = candidates.get(exportName);
  if (workflow === undefined) throw noExport(exportName, reference.file, loaded.exports, [...candidates.keys()]);
  const defined = typeof workflow === "function" ? undefined : workflow;
  return {
    name: nameOf(workflow, exportName, reference.file),
    workflow,
    file: loaded.files[0] ?? reference.file,
    exportName,
    messageNames: defined?.messages === undefined ? undefined : Object.keys(defined.messages),
    files: loaded.files,
  };
}

/** Where a module cannot resolve this package itself, it gets the running copy. */
export function ownPackage(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const names = ["dotworkflows", "dotworkflows/testing", "dotworkflows/fs"];
  return Object.fromEntries(
    names.flatMap((name) => {
      try {
        return [[name, require.resolve(name)]];
      } catch {
        return []; // a copy that was not built has no such entry
      }
    }),
  );
}

function workflowsOf(exports: Readonly<Record<string, unknown>>): Map<string, Workflow> {
  const defined = Object.entries(exports).filter(([, value]) => isWorkflowDefinition(value));
  const functions = Object.entries(exports).filter(([, value]) => isPlainFunction(value));
  return new Map([...defined, ...functions]) as Map<string, Workflow>;
}

function isPlainFunction(value: unknown): boolean {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** The export that is meant when none is named: `default`, the one defined workflow, or the one function. */
function onlyWorkflow(candidates: ReadonlyMap<string, Workflow>, file: string, exported: readonly string[]): string {
  if (candidates.has("default")) return "default";
  const names = [...candidates.keys()];
  const defined = names.filter((name) => typeof candidates.get(name) !== "function");
  const meant = defined.length > 0 ? defined : names;
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  const path = shortPath(file);
  if (only === undefined) {
    const list =
      exported.length === 0 ? "it exports nothing" : `it exports ${exported.join(", ")}, which is no function`;
    throw new CliError(`${path} has no workflow: ${list}`, {
      code: "no_workflow",
      exitCode: EXIT.notFound,
      hint: "a workflow is an exported async function: export default async function order(ctx, input) { … }",
    });
  }
  throw new CliError(`${path} has several workflows: ${meant.join(", ")}`, {
    code: "several_workflows",
    exitCode: EXIT.usage,
    hint: `say which: ${path}#${only}`,
  });
}

function noExport(
  name: string,
  file: string,
  exports: Readonly<Record<string, unknown>>,
  workflows: readonly string[],
): CliError {
  const path = shortPath(file);
  const message = name in exports ? `${path} exports ${name}, but it is no workflow` : `${path} has no export ${name}`;
  const best = nearest(name, workflows);
  const list = workflows.length === 0 ? "it exports no workflow" : `its workflows: ${workflows.join(", ")}`;
  return new CliError(message, {
    code: "no_export",
    exitCode: EXIT.notFound,
    hint: best === undefined ? list : `did you mean ${path}#${best}?`,
  });
}

function nameOf(workflow: Workflow, exportName: string, file: string): string {
  if (typeof workflow !== "function" && workflow.name !== undefined) return workflow.name;
  const own = typeof workflow === "function" ? workflow.name : "";
  if (own !== "" && own !== "default" && !own.startsWith("__")) return own;
  return exportName === "default" ? basename(file).replace(/\.[^.]+$/, "") : exportName;
}

function loadFailure(error: LoadError): CliError {
  const place = [error.file === undefined ? "" : shortPath(error.file), error.line, error.column];
  const where = error.file === undefined ? undefined : place.filter((part) => part !== undefined).join(":");
  const facts = { where, cause: error };
  switch (error.code) {
    case "not-found":
      return new CliError(error.message.split("\n", 1)[0]?.replace(/ imported from .*$/, "") ?? "", {
        ...facts,
        code: "module_not_found",
        exitCode: EXIT.notFound,
        hint: /package '(.+)'/.test(error.message)
          ? "npm install it in the module's project"
          : "check the path of the import",
      });
    case "syntax":
      return new CliError(`syntax error: ${error.message.split("\n", 1)[0]}`, {
        ...facts,
        code: "syntax_error",
        exitCode: EXIT.usage,
        hint: "nothing was started",
      });
    case "threw": {
      const thrown = error.cause instanceof Error ? error.cause : undefined;
      return new CliError(`the module threw while it was loaded: ${error.message}`, {
        ...facts,
        code: "module_threw",
        exitCode: EXIT.failed,
        stack: userFrames(thrown?.stack)
          .filter((frame) => !frame.replace(/\)$/, "").endsWith(String(facts.where)))
          .join("\n"),
        hint: "nothing was started",
      });
    }
  }
}
