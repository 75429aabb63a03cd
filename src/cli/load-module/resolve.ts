/**
 * Where a specifier points: a file that is run here, or something that Node itself imports. Knows files, packages
 * (`exports`, `imports`) and tsconfig `paths`; the configuration files are `project.ts`.
 *
 * Invariants:
 * 1. A file is local when it is code or JSON outside `node_modules`, links followed: only local files are run here.
 * 2. An alias answers only where the user's project has no package of that name; where it has one and the package is
 *    local (a linked clone), Node imports it, so that there is one copy of it in the process.
 */
import { realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LoadError, pointOfSpecifier } from "./load-error.ts";
import { asJson, isFile, type Json, type Project, starOf } from "./project.ts";

/** A file that is run here, or what Node is asked for (`url` undefined: no such package is installed). */
export type Target =
  | { readonly local: string }
  | { readonly local?: never; readonly specifier: string; readonly url: string | undefined };

const CODE = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
const CODE_JAVASCRIPT_FIRST = [...CODE.slice(4), ...CODE.slice(0, 4)];
const TYPESCRIPT_FOR: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
const CONDITIONS: ReadonlySet<string> = new Set(["import", "node", "module-sync", "default"]);

/** Resolves the specifiers of one load. */
export class Resolver {
  readonly #project: Project;
  readonly #aliases: Readonly<Record<string, string>>;

  constructor(project: Project, aliases: Readonly<Record<string, string>>) {
    this.#project = project;
    this.#aliases = aliases;
  }

  /** @throws LoadError when a file that is named by its path does not exist */
  resolve(specifier: string, importer: string): Target {
    if (isBuiltin(specifier) || /^(?:node|data|https?):/.test(specifier)) return { specifier, url: specifier };
    const plain = specifier.replace(/(?<!^)[?#].*$/, "");
    if (isPath(plain)) return fileTarget(specifier, plain, importer);
    for (const candidate of this.#project.settingsFor(importer).candidates(plain)) {
      const file = resolveFile(candidate, importer);
      if (file !== undefined && isLocal(file)) return { local: file };
    }
    const file = this.#package(plain, importer);
    const alias = this.#aliases[specifier];
    if (file !== undefined && isLocal(file) && alias === undefined) return { local: file };
    if (file !== undefined) return { specifier, url: pathToFileURL(file).href };
    if (alias !== undefined) return { specifier: alias, url: pathToFileURL(alias).href };
    return { specifier, url: undefined };
  }

  /** The file that a bare specifier means for `import`; undefined when no such package is installed. */
  #package(specifier: string, importer: string): string | undefined {
    const own = this.#project.nearest(dirname(importer), "package.json");
    if (specifier.startsWith("#")) return own && this.#mapped(own.json["imports"], specifier, own.path, importer);
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    const subpath = `.${specifier.slice(name.length)}`;
    if (own?.json["name"] === name && own.json["exports"] !== undefined)
      return this.#mapped(own.json["exports"], subpath, own.path, importer);
    for (let folder = dirname(importer); ; folder = dirname(folder)) {
      const root = join(folder, "node_modules", name);
      const json = this.#project.read(join(root, "package.json"));
      if (json?.["exports"] !== undefined)
        return this.#mapped(json["exports"], subpath, join(root, "package.json"), importer);
      if (json !== undefined) return resolveFile(resolve(root, subpath === "." ? mainOf(json) : subpath), root);
      if (folder === dirname(folder)) return undefined;
    }
  }

  /** Looks a key up in an `exports` or `imports` field: the longest pattern wins. */
  #mapped(field: unknown, key: string, packageFile: string, importer: string): string | undefined {
    const table = asJson(field);
    const entries =
      table !== undefined && Object.keys(table).some((name) => /^[.#]/.test(name)) ? table : { ".": field };
    const rank = (pattern: string): number => (pattern.includes("*") ? pattern.indexOf("*") : Number.POSITIVE_INFINITY);
    const best = Object.keys(entries)
      .filter((pattern) => starOf(pattern, key) !== undefined)
      .toSorted((a, b) => rank(b) - rank(a))[0];
    if (best === undefined) return undefined;
    const target = pickCondition(entries[best])?.replaceAll("*", starOf(best, key) ?? "");
    if (target === undefined) return undefined;
    const root = dirname(packageFile);
    return target.startsWith(".") ? resolveFile(join(root, target), root) : this.#package(target, importer);
  }
}

/** Whether a file is run here rather than by Node. */
function isLocal(file: string): boolean {
  return CODE.includes(extname(file)) && !file.includes(`${sep}node_modules${sep}`);
}

function isPath(specifier: string): boolean {
  return (
    /^\.{0,2}\//.test(specifier) ||
    /^\.{1,2}$/.test(specifier) ||
    isAbsolute(specifier) ||
    specifier.startsWith("file:")
  );
}

function fileTarget(specifier: string, plain: string, importer: string): Target {
  const path = plain.startsWith("file:") ? fileURLToPath(plain) : resolve(dirname(importer), plain);
  const file = resolveFile(path, importer);
  if (file === undefined) {
    const message = `Cannot find module '${specifier}' imported from ${importer}`;
    throw new LoadError("not-found", message, pointOfSpecifier(importer, specifier));
  }
  return isLocal(file) ? { local: file } : { specifier: file, url: pathToFileURL(file).href };
}

/** `./x`, `./x.js` (which may mean x.ts), or a folder with an index. TypeScript wins for TypeScript importers only. */
function resolveFile(path: string, importer: string): string | undefined {
  const ending = extname(path);
  const twins = (TYPESCRIPT_FOR[ending] ?? []).map((other) => path.slice(0, path.length - ending.length) + other);
  const fromTypeScript = /\.[cm]?tsx?$/.test(importer);
  const endings = fromTypeScript ? CODE : CODE_JAVASCRIPT_FIRST;
  const exact = fromTypeScript ? [...twins, path] : [path, ...twins];
  const indexes = endings.map((other) => join(path, `index${other}`));
  const found = [...exact, ...endings.map((other) => path + other), ...indexes].find(isFile);
  return found === undefined ? undefined : realpathSync(found);
}

function mainOf(json: Json): string {
  return typeof json["main"] === "string" && json["main"] !== "" ? json["main"] : "index.js";
}

function pickCondition(entry: unknown): string | undefined {
  if (typeof entry === "string") return entry;
  if (Array.isArray(entry)) return entry.map(pickCondition).find((found) => found !== undefined);
  for (const [condition, value] of Object.entries(entry ?? {})) {
    const found = CONDITIONS.has(condition) ? pickCondition(value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
