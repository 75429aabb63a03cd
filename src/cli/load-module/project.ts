/**
 * What the user's project says about its own files: package.json and tsconfig.json, with everything a tsconfig extends.
 * One instance serves one load and reads each file once; the next load sees what was edited.
 */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { TransformOptions } from "oxc-transform";

/** An object from a JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** What a tsconfig means for one file. */
interface FileSettings {
  readonly transform: TransformOptions;
  /** Absolute paths that `paths` and `baseUrl` give for a bare specifier, best first. */
  candidates(specifier: string): string[];
}

/** Whether there is a regular file at this path, links followed. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The object in a package.json's or tsconfig's field; undefined where it holds anything else. */
export function asJson(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Reads and remembers the configuration files around the user's modules. */
export class Project {
  readonly #files = new Map<string, Json | undefined>();
  readonly #nearest = new Map<string, { path: string; json: Json } | undefined>();
  readonly #settings = new Map<string, FileSettings>();

  /** The closest file of this name in the folder or above it. */
  nearest(folder: string, name: string): { path: string; json: Json } | undefined {
    const key = join(folder, name);
    if (this.#nearest.has(key)) return this.#nearest.get(key);
    const json = this.read(key);
    const parent = dirname(folder);
    const found = json !== undefined ? { path: key, json } : parent === folder ? undefined : this.nearest(parent, name);
    this.#nearest.set(key, found);
    return found;
  }

  /** `module` when the closest package.json says that `.js` and `.ts` are ES modules. */
  packageType(file: string): unknown {
    return this.nearest(dirname(file), "package.json")?.json["type"];
  }

  /** A JSON file, comments and trailing commas allowed; undefined when there is none. */
  read(path: string): Json | undefined {
    if (this.#files.has(path)) return this.#files.get(path);
    const json = isFile(path) ? parseLenient(readFileSync(path, "utf8"), path) : undefined;
    this.#files.set(path, json);
    return json;
  }

  /** What the closest tsconfig.json means for a file. */
  settingsFor(file: string): FileSettings {
    const path = this.nearest(dirname(file), "tsconfig.json")?.path ?? "";
    let settings = this.#settings.get(path);
    if (settings === undefined) {
      settings = settingsOf(path === "" ? {} : this.#compilerOptions(path, new Set()));
      this.#settings.set(path, settings);
    }
    return settings;
  }

  /** The compiler options of a tsconfig with everything it extends; paths made absolute. */
  #compilerOptions(path: string, seen: Set<string>): Json {
    const json = this.read(path);
    if (json === undefined || seen.has(path)) return {};
    seen.add(path);
    const own: Record<string, unknown> = { ...asJson(json["compilerOptions"]) };
    if (typeof own["baseUrl"] === "string") own["baseUrl"] = resolve(dirname(path), own["baseUrl"]);
    if (own["paths"] !== undefined) own["pathsBase"] = dirname(path);
    const parents = strings(json["extends"]).map((parent) => extendedPath(parent, path));
    const inherited = parents.map((parent) => this.#compilerOptions(parent, seen));
    return Object.assign({}, ...inherited, own) as Json;
  }
}

/** The strings of a field that may hold one or a list of them. */
function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string");
}

function extendedPath(specifier: string, from: string): string {
  if (specifier.startsWith(".") || isAbsolute(specifier)) {
    const path = resolve(dirname(from), specifier);
    return isFile(path) ? path : `${path}.json`;
  }
  const require = createRequire(from);
  for (const name of [`${specifier}/tsconfig.json`, specifier, `${specifier}.json`]) {
    try {
      return require.resolve(name);
    } catch {
      // The next form may be the one.
    }
  }
  return specifier;
}

function parseLenient(text: string, path: string): Json {
  const withoutComments = text
    .replace(/^\uFEFF/, "")
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1")
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1");
  try {
    return asJson(JSON.parse(withoutComments) as unknown) ?? {};
  } catch (error) {
    throw new SyntaxError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function settingsOf(options: Json): FileSettings {
  const definesFields = options["useDefineForClassFields"] !== false;
  return {
    candidates: (specifier) => pathCandidates(options, specifier),
    transform: {
      typescript: {
        onlyRemoveTypeImports: options["verbatimModuleSyntax"] === true,
        ...(definesFields ? {} : { removeClassFieldsWithoutInitializer: true }),
      },
      ...(definesFields ? {} : { assumptions: { setPublicClassFields: true } }),
      decorator: { legacy: true, emitDecoratorMetadata: options["emitDecoratorMetadata"] === true },
      jsx: jsxSettings(options),
    },
  };
}

function jsxSettings(options: Json): NonNullable<Exclude<TransformOptions["jsx"], string>> {
  const names = { jsxImportSource: "importSource", jsxFactory: "pragma", jsxFragmentFactory: "pragmaFrag" };
  const given = Object.entries(names).flatMap(([from, to]) => {
    const value = options[from];
    return typeof value === "string" ? [[to, value] as const] : [];
  });
  return { runtime: options["jsx"] === "react" ? "classic" : "automatic", ...Object.fromEntries(given) };
}

function pathCandidates(options: Json, specifier: string): string[] {
  const paths = asJson(options["paths"]) ?? {};
  const baseUrl = typeof options["baseUrl"] === "string" ? options["baseUrl"] : undefined;
  const base = baseUrl ?? (typeof options["pathsBase"] === "string" ? options["pathsBase"] : ".");
  const rank = (pattern: string): number => (pattern.includes("*") ? pattern.indexOf("*") : Number.POSITIVE_INFINITY);
  const best = Object.keys(paths)
    .filter((pattern) => starOf(pattern, specifier) !== undefined)
    .toSorted((a, b) => rank(b) - rank(a))[0];
  const targets = best === undefined ? [] : strings(paths[best]);
  const star = best === undefined ? "" : (starOf(best, specifier) ?? "");
  const mapped = targets.map((target) => resolve(base, target.replace("*", star)));
  return baseUrl === undefined ? mapped : [...mapped, resolve(baseUrl, specifier)];
}

/** What the `*` of a pattern stands for in a specifier; undefined when the pattern does not match. */
export function starOf(pattern: string, specifier: string): string | undefined {
  const [head = "", tail] = pattern.split("*");
  if (tail === undefined) return pattern === specifier ? "" : undefined;
  const matches = specifier.startsWith(head) && specifier.endsWith(tail) && specifier.length >= pattern.length - 1;
  return matches ? specifier.slice(head.length, specifier.length - tail.length) : undefined;
}
