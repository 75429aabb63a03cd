/** The templates that ship with the package: which there are, and what they are made of. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../templates", import.meta.url));

/** A template. */
export interface Template {
  readonly name: string;
  /** The first sentence of its README. */
  readonly about: string;
  /** The first command of its README, without `npx`. */
  readonly first: string;
  /** What its package.json says. There this package is `*`, so that it is the clone's own in the clone. */
  readonly manifest: Manifest;
  /** Its other files: names as they are to be, and their text. */
  readonly files: ReadonlyMap<string, string>;
}

/** What matters of a package.json. */
export interface Manifest {
  name?: string;
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The simplest first. */
export function templateNames(): string[] {
  const names = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  const order = ["hello", "approval", "orders", "guarded"];
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.toSorted((a, b) => rank(a) - rank(b));
}

export function readTemplate(name: string): Template {
  const folder = join(FOLDER, name);
  const files = new Map<string, string>();
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    const relative = path.slice(folder.length + 1);
    if (!file.isFile() || /(^|[\\/])(node_modules|\.workflows)[\\/]/.test(relative)) continue;
    // npm leaves out files named .gitignore.
    files.set(relative.replace(/(^|[\\/])_gitignore$/, "$1.gitignore"), readFileSync(path, "utf8"));
  }
  const manifest = JSON.parse(files.get("package.json") ?? "{}") as Manifest;
  files.delete("package.json");
  const readme = files.get("README.md") ?? "";
  return { name, about: aboutOf(readme), first: firstOf(readme) ?? `wf run ${name}.ts`, manifest, files };
}

function firstOf(readme: string): string | undefined {
  return /^npx (wf .*?)(?: +#.*)?$/m.exec(readme)?.[1];
}

function aboutOf(readme: string): string {
  const paragraph = readme.split(/\n\s*\n/).find((part) => !part.startsWith("#") && part.trim() !== "") ?? "";
  return paragraph
    .replace(/\s+/g, " ")
    .replace(/(?<=\.) .*$/, "")
    .trim();
}
