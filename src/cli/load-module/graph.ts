/**
 * The module runner: loads a file with everything it imports, once each. Local files run here, packages and built-ins
 * go through Node's own `import()` and `require()`, resolved from the user's file.
 *
 * Invariants:
 * 1. A file is run once per graph; a cycle of static imports sees what the other side has exported so far.
 * 2. What was `require`d is loaded synchronously, with all it imports.
 * 3. A file whose top level failed leaves no record: the failure reaches everybody who imports it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile, evaluate } from "./compile.ts";
import { babelHelpers, type Namespace, toNamespace, withCommonJsNames } from "./interop.ts";
import { LoadError, parseJsonModule, pointOfSpecifier } from "./load-error.ts";
import { Project } from "./project.ts";
import { Resolver } from "./resolve.ts";

interface CommonJsModule {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  loaded: boolean;
  readonly require: Require;
}

type Require = (specifier: string) => unknown;

interface LoadedFile {
  readonly namespace: Namespace;
  commonJs: CommonJsModule | undefined;
  /** Settles when an asynchronous module has run to its end. */
  done: Promise<void> | undefined;
}

/** One load of a module and its dependencies. */
export class Graph {
  /** Every local file that was read. */
  readonly files: Set<string> = new Set();
  readonly #project = new Project();
  readonly #resolver: Resolver;
  readonly #loaded = new Map<string, LoadedFile>();
  /** Importer, and the static import it waits for. */
  readonly #waiting = new Map<string, string>();

  /** Files whose top level has begun and not ended. */
  readonly #running = new Set<string>();

  constructor(aliases: Readonly<Record<string, string>>) {
    this.#resolver = new Resolver(this.#project, aliases);
  }

  /** The file whose top level waits for something else than the files that it imports; the newest of several. */
  get waitsFor(): string | undefined {
    return [...this.#running].findLast((file) => !this.#waiting.has(file));
  }

  /** The exports of a file. `importer` waits for it, unless the two wait for each other. */
  async load(file: string, importer?: string): Promise<Namespace> {
    const loaded = this.#loaded.get(file) ?? this.#start(file, true);
    if (loaded.done === undefined || this.#isCycle(file, importer)) return loaded.namespace;
    if (importer !== undefined) this.#waiting.set(importer, file);
    try {
      await loaded.done;
    } finally {
      if (importer !== undefined) this.#waiting.delete(importer);
    }
    return loaded.namespace;
  }

  #loadSync(file: string): unknown {
    const loaded = this.#loaded.get(file) ?? this.#start(file, false);
    return loaded.commonJs === undefined ? loaded.namespace : loaded.commonJs.exports;
  }

  #isCycle(file: string, importer: string | undefined): boolean {
    if (importer === undefined) return false;
    for (let at: string | undefined = file; at !== undefined; at = this.#waiting.get(at))
      if (at === importer) return true;
    return false;
  }

  #start(file: string, isAsync: boolean): LoadedFile {
    this.files.add(file);
    const namespace = Object.create(null, { [Symbol.toStringTag]: { value: "Module" } }) as Namespace;
    const loaded: LoadedFile = { namespace, commonJs: undefined, done: undefined };
    this.#loaded.set(file, loaded);
    try {
      const source = readFileSync(file, "utf8");
      if (extname(file) === ".json") this.#runJson(file, source, loaded);
      else this.#run(file, source, loaded, isAsync);
      return loaded;
    } catch (error) {
      this.#loaded.delete(file);
      throw error;
    }
  }

  #runJson(file: string, source: string, loaded: LoadedFile): void {
    const value = parseJsonModule(file, source);
    loaded.commonJs = { exports: value, id: file, filename: file, loaded: true, require: () => undefined };
    Object.assign(loaded.namespace, typeof value === "object" ? value : {}, { default: value });
  }

  #run(file: string, source: string, loaded: LoadedFile, isAsync: boolean): void {
    const { namespace } = loaded;
    const compiled = compile(file, source, this.#project);
    const require = this.#requireFor(file);
    const module: CommonJsModule = { exports: {}, id: file, filename: file, loaded: false, require };
    if (!compiled.isModule) loaded.commonJs = module;
    const waits = compiled.isModule && isAsync;
    const result = evaluate(file, compiled, waits).call(
      compiled.isModule ? undefined : module.exports,
      namespace,
      (from: Namespace) => {
        exportAll(namespace, from);
      },
      waits
        ? (specifier: string, imported?: { importedNames?: string[] }) =>
            this.#import(specifier, file, { isStatic: true, names: imported?.importedNames ?? [] })
        : (specifier: string) => toNamespace(require(specifier)),
      (specifier: unknown) => this.#import(String(specifier), file, { isStatic: false, names: [] }),
      this.#metaOf(file),
      module,
      module.exports,
      require,
      file,
      dirname(file),
      babelHelpers,
    );
    const finish = (): void => {
      module.loaded = true;
      if (!compiled.isModule) Object.assign(namespace, toNamespace(module.exports));
    };
    if (!waits) return finish();
    this.#running.add(file);
    loaded.done = (result as Promise<unknown>).then(finish).finally(() => this.#running.delete(file));
    loaded.done.catch(() => undefined); // whoever imports it reports the failure
  }

  async #import(
    specifier: string,
    importer: string,
    options: { readonly isStatic: boolean; readonly names: readonly string[] },
  ): Promise<Namespace> {
    const target = this.#resolver.resolve(specifier, importer);
    if (target.local !== undefined) return this.load(target.local, options.isStatic ? importer : undefined);
    if (target.url === undefined) throw noPackage(specifier, importer);
    // Node's import() of JSON wants the attribute that TypeScript lets one leave out, and is experimental in Node 20.
    if (extname(target.url) === ".json") return toNamespace(createRequire(importer)(fileURLToPath(target.url)));
    const namespace = (await import(target.url)) as Namespace;
    return withCommonJsNames(namespace, { file: importer, project: this.#project }, options.names);
  }

  #requireFor(file: string): Require {
    const native = createRequire(file);
    const require = (specifier: string): unknown => {
      const target = this.#resolver.resolve(specifier, file);
      return target.local === undefined ? native(target.specifier) : this.#loadSync(target.local);
    };
    const resolve = (specifier: string): string => {
      const target = this.#resolver.resolve(specifier, file);
      return target.local ?? native.resolve(target.specifier);
    };
    return Object.assign(require, { resolve, cache: native.cache });
  }

  #metaOf(file: string): Record<string, unknown> {
    const resolve = (specifier: string): string => {
      const target = this.#resolver.resolve(specifier, file);
      const url = target.local === undefined ? target.url : pathToFileURL(target.local).href;
      if (url === undefined) throw noPackage(specifier, file);
      return url;
    };
    return { url: pathToFileURL(file).href, filename: file, dirname: dirname(file), main: false, resolve };
  }
}

function noPackage(specifier: string, importer: string): LoadError {
  const message = `Cannot find package '${specifier}' imported from ${importer}`;
  return new LoadError("not-found", message, pointOfSpecifier(importer, specifier));
}

/** `export * from`: own exports win, and later changes show through. */
function exportAll(namespace: Namespace, from: Namespace): void {
  for (const key of Object.keys(from)) {
    if (key === "default" || key in namespace) continue;
    Object.defineProperty(namespace, key, { enumerable: true, configurable: true, get: () => from[key] });
  }
}
