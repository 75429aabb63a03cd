// Reads the house as it stands, for test/architecture.test.ts: every source file with its imports and, per rule, a pure
// function from files to violations. Owns no opinion about a particular file: there is no list of exemptions.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "rolldown/utils";

export interface SourceFile {
  /** From the project's root, with forward slashes: `src/engine/context.ts`. */
  readonly path: string;
  readonly lines: number;
  /** What it imports, types and lazy imports included: a path like the above, or a bare name as written. */
  readonly imports: readonly string[];
  /** It can end the process: `process.exit`, `exit` or `process.reallyExit` under any import of `node:process`. */
  readonly exits: boolean;
}

const root = path.resolve(import.meta.dirname, "../..");
const sourceEnding = /\.[cm]?[jt]sx?$/;

/** All source files under the folders that exist. */
export function readHouse(...folders: string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file),
      ),
    )
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => sourceEnding.test(file) && !file.includes("node_modules/"))
    .map((file) => readSource(file, readFileSync(path.join(root, file), "utf8")));
}

export function readSource(file: string, text: string): SourceFile {
  const { program, errors } = parseSync(file, text);
  const imports = new Set<string>();
  let exits = false;
  visit(program, (node) => {
    const source = importedFrom(node);
    if (source !== undefined)
      imports.add(source.startsWith(".") ? path.posix.join(path.posix.dirname(file), source) : source);
    exits ||= isProcessExit(node);
  });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return { path: file, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0), imports: [...imports], exits };
}

type Node = Readonly<Record<string, unknown>>;

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else if (typeof value === "object" && value !== null) {
    if ("type" in value) see({ ...value });
    visit(Object.values(value), see);
  }
}

/** import, export … from, import(), and the type `import("…")`. */
function importedFrom(node: Node): string | undefined {
  const kinds = [
    "ImportDeclaration",
    "ExportNamedDeclaration",
    "ExportAllDeclaration",
    "ImportExpression",
    "TSImportType",
  ];
  if (!kinds.includes(node["type"] as string)) return undefined;
  const source = node["source"] as Node | null | undefined;
  return typeof source?.["value"] === "string" ? source["value"] : undefined;
}

function isProcessExit(node: Node): boolean {
  const nameOf = (child: unknown): unknown => (child as Node | undefined)?.["name"];
  const exit = /^(exit|reallyExit)$/;
  if (node["type"] === "MemberExpression")
    return nameOf(node["object"]) === "process" && exit.test(String(nameOf(node["property"])));
  if (node["type"] !== "ImportDeclaration" || !/^(node:)?process$/.test(String(importedFrom(node)))) return false;
  return (node["specifiers"] as Node[]).some((specifier) => exit.test(String(nameOf(specifier["imported"]))));
}

/** Each cycle once, as the way round: `a.ts → b.ts → a.ts`. */
export function cycles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (done.has(file) || way.includes(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) walk(file, []);
  return found;
}

/** The imports of the chosen files that the rule does not allow, as `from → to`. */
export function forbiddenImports(
  files: readonly SourceFile[],
  isOf: (file: string) => boolean,
  isAllowed: (imported: string, file: string) => boolean,
): string[] {
  return files
    .filter((file) => isOf(file.path))
    .flatMap((file) => file.imports.filter((to) => !isAllowed(to, file.path)).map((to) => `${file.path} → ${to}`));
}

/** Imports between files that no file answers, so that no other rule overlooks one. */
export function brokenImports(files: readonly SourceFile[]): string[] {
  return forbiddenImports(
    files,
    () => true,
    (to) => !/^(src|test|bench|bin)\//.test(to) || existsSync(path.join(root, to)),
  );
}

const engine = "src/engine/";

/** From the top down; names side by side share a floor. */
const floors: readonly (readonly string[])[] = [
  ["index"],
  ["replay"],
  ["run"],
  ["context"],
  ["primitives"],
  ["execution"],
  ["driver", "define-workflow"],
  ["api", "api-queue"],
  ["history"],
  ["value-hash"],
  ["values", "chance"],
  ["failure"],
  ["errors", "clock"],
  ["built-in"],
];

/** How high a file of the engine lives, 0 at the top; -1 without a floor. */
function floorOf(file: string): number {
  const room = file.slice(engine.length).split("/")[0]?.replace(sourceEnding, "");
  return floors.findIndex((rooms) => room !== undefined && rooms.includes(room));
}

const isTesting = (file: string): boolean => file.startsWith(`${engine}testing/`);
const isOnFloors = (file: string): boolean => file.startsWith(engine) && !isTesting(file);

export function homeless(files: readonly SourceFile[]): string[] {
  return files.map((file) => file.path).filter((file) => isOnFloors(file) && floorOf(file) === -1);
}

export function upwardImports(files: readonly SourceFile[]): string[] {
  return forbiddenImports(files, isOnFloors, (to, file) => {
    if (!to.startsWith(engine)) return true;
    return !isTesting(to) && floorOf(to) >= floorOf(file);
  });
}
