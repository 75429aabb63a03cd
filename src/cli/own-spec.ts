/**
 * Where this package came from, as the package.json of another project says it: a project that `wf init` makes installs
 * the same package.
 *
 * Invariant: the registry is asked only where nothing says that the package came from elsewhere. Whoever has it from a
 * clone or a tarball would get whatever has this name there, or nothing.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "./templates.ts";
import { ownVersion } from "./own-version.ts";

const NAME = "dotworkflows";
/** The package's own folder. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @param folder the project that is to ask for it, which exists */
export function ownSpec(folder: string): string {
  const here = realpathSync(folder);
  const projects = projectsAround(resolve(ROOT));
  if (projects.length === 0) return `file:${pathFrom(here, resolve(ROOT))}`;
  for (const project of projects) {
    const spec = specIn(project);
    // What only that project's workspace can resolve says nothing to another one.
    if (spec !== undefined && !/^(?:workspace|catalog):/.test(spec)) return movedSpec(spec, project, here);
  }
  return `^${ownVersion()}`;
}

/** The folders whose node_modules a folder is in, the nearest first. A clone is in none. */
function projectsAround(folder: string): string[] {
  const parent = dirname(folder);
  if (parent === folder) return [];
  return basename(parent) === "node_modules" ? [dirname(parent), ...projectsAround(parent)] : projectsAround(parent);
}

function specIn(project: string): string | undefined {
  const path = resolve(project, "package.json");
  if (!existsSync(path)) return undefined;
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  return dependencies?.[NAME] ?? devDependencies?.[NAME] ?? optionalDependencies?.[NAME];
}

/** A path is meant from the package.json that says it. */
function movedSpec(spec: string, from: string, to: string): string {
  const [, protocol, path = ""] = /^(file:|link:|portal:)(?!\/\/)([^~].*)$/.exec(spec) ?? [];
  if (protocol === undefined || isAbsolute(path)) return spec;
  return `${protocol}${pathFrom(to, resolve(from, path))}`;
}

function pathFrom(from: string, to: string): string {
  return relative(from, to).replaceAll(sep, "/");
}
