/** Joins the package.json of a template with the one that a project has. What the project has wins. */
import type { Manifest } from "./templates.ts";

/** What `npm init` writes where nobody has said how to test. */
const NO_TEST = 'echo "Error: no test specified" && exit 1';

/** What came of it. */
export interface MergedManifest {
  readonly manifest: Manifest;
  /** Scripts of the template's names that the project had, and keeps. */
  readonly keptScripts: readonly string[];
  /** Packages that the project did not ask for. */
  readonly addedPackages: readonly string[];
  /** The template's modules are ES modules. `added`: the project had not said what its files are. */
  readonly type: "is there" | "added" | "commonjs";
}

/** @param own undefined: the project has none */
export function mergeManifest(own: Manifest | undefined, template: Manifest, name: string): MergedManifest {
  const wanted = { ...template.dependencies, ...template.devDependencies };
  if (own === undefined)
    return {
      manifest: { ...template, name: name === "" ? (template.name ?? "workflows") : name },
      keptScripts: [],
      addedPackages: Object.keys(wanted),
      type: "is there",
    };
  const scripts = Object.fromEntries(
    Object.entries(own.scripts ?? {}).filter(
      ([script, command]) => command !== NO_TEST || template.scripts?.[script] === undefined,
    ),
  );
  const asked = { ...own.dependencies, ...own.devDependencies, ...own.optionalDependencies };
  const lacking = (packages: Record<string, string> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(packages).filter(([each]) => asked[each] === undefined));
  return {
    manifest: {
      ...own,
      type: own.type ?? "module",
      scripts: { ...template.scripts, ...scripts },
      dependencies: { ...lacking(template.dependencies), ...own.dependencies },
      devDependencies: { ...lacking(template.devDependencies), ...own.devDependencies },
    },
    keptScripts: Object.entries(template.scripts ?? {}).flatMap(([script, command]) =>
      scripts[script] !== undefined && scripts[script] !== command ? [script] : [],
    ),
    addedPackages: Object.keys(lacking(wanted)),
    type: own.type === undefined ? "added" : own.type === "module" ? "is there" : "commonjs",
  };
}
