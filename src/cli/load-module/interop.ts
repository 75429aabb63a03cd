/** How CommonJS and ES modules see each other, and the helpers that transformed code calls. */
import type { Project } from "./project.ts";
import { Using } from "./using.ts";

/** What a module exports, by name. */
export type Namespace = Record<string, unknown>;

/** What `import` sees of what `module.exports` holds. */
export function toNamespace(exports: unknown): Namespace {
  if (typeof exports === "function") return Object.assign({} as Namespace, exports, { default: exports });
  if (typeof exports !== "object" || exports === null) return { default: exports };
  const from: Namespace & { [Symbol.toStringTag]?: unknown } = exports as Namespace;
  if (from[Symbol.toStringTag] === "Module") return from;
  return { ...from, default: from["__esModule"] === true ? from["default"] : from };
}

/**
 * Node's namespace of a package, with the CommonJS names that its lexer missed, and with TypeScript's reading of
 * `default` where the importer is CommonJS.
 */
export function withCommonJsNames(
  namespace: Namespace,
  importer: { readonly file: string; readonly project: Project },
  names: readonly string[] = [],
): Namespace {
  const value = namespace["default"];
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return namespace;
  const own = value as Namespace;
  const importerIsModule = importer.file.endsWith(".mts") || importer.project.packageType(importer.file) === "module";
  const asCommonJs = own["__esModule"] === true && !importerIsModule;
  if (!asCommonJs && names.every((name) => name in namespace || !(name in own))) return namespace;
  return { ...own, ...namespace, default: asCommonJs ? own["default"] : own };
}

type Decorator = (target: unknown, key?: unknown, descriptor?: unknown) => unknown;

/** What oxc makes of legacy decorators and of `using` calls these, under this name. */
export const babelHelpers = {
  decorate(
    decorators: readonly (Decorator | undefined)[],
    target: object,
    key?: string,
    kind?: PropertyDescriptor | null,
  ): unknown {
    const own = key === undefined ? target : kind === null ? Object.getOwnPropertyDescriptor(target, key) : kind;
    let result: unknown = own;
    for (const decorator of decorators.toReversed())
      result = (key === undefined ? decorator?.(result) : decorator?.(target, key, result)) ?? result;
    if (key !== undefined && typeof result === "object" && result !== null)
      Object.defineProperty(target, key, result as PropertyDescriptor);
    return result;
  },
  decorateParam(index: number, decorator: Decorator) {
    return (target: unknown, key: unknown): unknown => decorator(target, key, index);
  },
  /** Nothing where the project has not installed `reflect-metadata`. */
  decorateMetadata(key: unknown, value: unknown): Decorator | undefined {
    return (Reflect as { metadata?: (key: unknown, value: unknown) => Decorator }).metadata?.(key, value);
  },
  usingCtx: (): Using => new Using(),
};
