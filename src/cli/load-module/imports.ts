/**
 * What a file imports, read from its text: nothing of it is run. Not seen is what only running it would tell, such as
 * `import()` or `require` of a name that is computed.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { importedBy } from "./compile.ts";
import { Project } from "./project.ts";
import { Resolver } from "./resolve.ts";

/**
 * The local files that a file imports.
 * @returns undefined where that cannot be told now: it does not parse, or something that it imports is not there
 */
export function localImports(file: string, aliases: Readonly<Record<string, string>>): readonly string[] | undefined {
  if (extname(file) === ".json") return [];
  const project = new Project();
  const resolver = new Resolver(project, aliases);
  try {
    const specifiers = importedBy(file, readFileSync(file, "utf8"), project);
    return specifiers.flatMap((specifier) => resolver.resolve(specifier, file).local ?? []);
  } catch {
    return undefined; // whoever loads it says so
  }
}
