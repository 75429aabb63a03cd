/**
 * `wf init`: a project from a template.
 *
 * Invariant: no file of the user's is overwritten; package.json and .gitignore are added to.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions } from "../command.ts";
import type { InitDocument } from "../documents.ts";
import { shellQuote } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import { mergeManifest, type MergedManifest } from "../merge-manifest.ts";
import { nearest } from "../nearest.ts";
import { ownSpec } from "../own-spec.ts";
import { fit } from "../views/text-width.ts";
import { wrap } from "../views/wrap.ts";
import { type Manifest, readTemplate, type Template, templateNames } from "../templates.ts";

/** Files that a project may have already, and keeps. */
const KEPT = ["README.md", "tsconfig.json"];

/** `wf init [dir]` */
export const init: Command = async (context, [dir = "."], options) => {
  const folder = resolve(context.folder, dir);
  const template = readTemplate(await chooseTemplate(context, options, basename(folder)));
  refuseToOverwrite(folder, template);
  const { written, added, kept, merged } = writeProject(folder, template);
  const files = [...written, ...added];
  const here = relative(context.folder, folder);
  const { terminal } = context;
  const { styles } = terminal;
  const needsInstall = merged.addedPackages.length > 0 || !isInstalled(folder, template.manifest);
  const next = [
    ...(here === "" ? [] : [`cd ${shellQuote(here)}`]),
    ...(needsInstall ? ["npm install"] : []),
    `${hasCommand(context.env) ? "" : "npx "}${template.first}`,
  ];
  const wrote = wrap(`${template.name}: wrote ${written.join(", ")}`, terminal.noteWidth(), "  ").join("\n");
  terminal.note(`${styles.green("✓")} ${wrote.trimStart()}\n`);
  if (added.length > 0) terminal.tell(`  added to ${added.join(", ")}`);
  if (kept.length > 0) terminal.tell(`  kept: ${kept.join(", ")}`);
  for (const line of aboutType(merged)) terminal.tell(`  ${line}`);
  terminal.note(`\n${next.map((command) => `  ${styles.cyan(command)}\n`).join("")}\n`);
  return {
    exitCode: EXIT.done,
    document: () =>
      ({ schema: "wf.init/1", ok: true, folder, template: template.name, files, kept, next }) satisfies InitDocument,
    text: () => "",
  };
};

/** A `wf` answers wherever it is typed: it is on the PATH, and not only while npx or an npm script runs. */
function hasCommand(env: NodeJS.ProcessEnv): boolean {
  const names = process.platform === "win32" ? ["wf.cmd", "wf.exe"] : ["wf"];
  return (env["PATH"] ?? env["Path"] ?? "")
    .split(delimiter)
    .filter((place) => place !== "" && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(place))
    .some((place) => names.some((name) => existsSync(join(place, name))));
}

/** What is said of a package.json that had no `type`, or another one: the templates' modules are ES modules. */
function aboutType({ type }: MergedManifest): string[] {
  if (type === "added") return ['package.json had no "type", and has "module" now: its .js files are ES modules'];
  if (type === "is there") return [];
  return [
    'package.json says "type": "commonjs": npm run types fails until it says "module":',
    "  npm pkg set type=module",
  ];
}

/** The folder's own modules find all that the template asks for. */
function isInstalled(folder: string, { dependencies, devDependencies }: Manifest): boolean {
  const { resolve: finder } = createRequire(join(folder, "package.json"));
  return Object.keys({ ...dependencies, ...devDependencies }).every((name) =>
    finder.paths(name)?.some((place) => existsSync(join(place, name, "package.json"))),
  );
}

/** @param likely what the folder is called: the template of that name is the one that is offered */
async function chooseTemplate(
  context: CommandContext,
  { template, yes }: CommandOptions,
  likely: string,
): Promise<string> {
  const names = templateNames();
  const [first = "hello"] = names;
  if (template !== undefined) {
    if (names.includes(template)) return template;
    const best = nearest(template, names);
    throw new CliError(`there is no template ${JSON.stringify(template)}`, {
      code: "no_template",
      exitCode: EXIT.usage,
      hint: best === undefined ? `there are ${names.join(", ")}` : `did you mean ${best}?`,
    });
  }
  if (yes === true) return first;
  if (!context.terminal.isLive || !process.stdin.isTTY)
    throw new CliError("which template?", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: `say it:\nwf init --template ${first}  (there are ${names.join(", ")})`,
    });
  const { askOne } = await import("../prompts.ts");
  const room = context.terminal.width() - 6;
  const choices = names.map((name) => ({
    value: name,
    label: fit(`${name.padEnd(9)} ${readTemplate(name).about}`, room),
  }));
  const chosen = await askOne("Which template?", choices, names.includes(likely) ? likely : first);
  if (chosen !== undefined) return chosen;
  throw new CliError("nothing was made", { code: "interrupted", exitCode: EXIT.interrupted, hint: "wf init" });
}

function refuseToOverwrite(folder: string, { files, name }: Template): void {
  const there = [...files.keys()].filter(
    (file) => file !== ".gitignore" && !KEPT.includes(file) && existsSync(join(folder, file)),
  );
  if (there.length === 0) return;
  throw new CliError(`${there.join(", ")} is there already`, {
    code: "exists",
    exitCode: EXIT.usage,
    where: folder,
    hint: `choose another folder:\nwf init my-${name} --template ${name}`,
  });
}

interface WrittenFiles {
  readonly written: readonly string[];
  /** Were there, and got what they lacked. */
  readonly added: readonly string[];
  /** Were there, and are as they were. */
  readonly kept: readonly string[];
  readonly merged: MergedManifest;
}

function writeProject(folder: string, { files, manifest }: Template): WrittenFiles {
  const written: string[] = [];
  const added: string[] = [];
  const kept: string[] = [];
  mkdirSync(folder, { recursive: true });
  const ownPath = join(folder, "package.json");
  const ownText = existsSync(ownPath) ? readFileSync(ownPath, "utf8") : undefined;
  const own = ownText === undefined ? undefined : parseManifest(ownText, folder);
  const merged = mergeManifest(own, withOwnSpec(manifest, folder), packageName(folder));
  for (const [file, text] of files) {
    const path = join(folder, file);
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const after = file === ".gitignore" ? withLines(before ?? "", text) : (before ?? text);
    if (after === before) {
      kept.push(file);
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, after);
    (before === undefined ? written : added).push(file);
  }
  if (isDeepStrictEqual(own, merged.manifest)) kept.push("package.json");
  else {
    writeFileSync(ownPath, `${JSON.stringify(merged.manifest, undefined, 2)}\n`);
    (own === undefined ? written : added).push("package.json");
    kept.push(...merged.keptScripts.map((script) => `scripts.${script}`));
  }
  return { written, added, kept, merged };
}

/** The text with the lines that it lacks at its end. */
function withLines(text: string, lines: string): string {
  const has = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  const missing = lines.split("\n").filter((line) => line !== "" && !has.has(line));
  if (missing.length === 0) return text;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${gap}${missing.join("\n")}\n`;
}

/** Asks for this package from where it came from. */
function withOwnSpec(manifest: Manifest, folder: string): Manifest {
  return { ...manifest, dependencies: { ...manifest.dependencies, dotworkflows: ownSpec(folder) } };
}

function packageName(folder: string): string {
  return basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-_.]+/g, "-");
}

function parseManifest(text: string, folder: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new CliError("package.json is not JSON", {
      code: "bad_json",
      exitCode: EXIT.usage,
      where: join(folder, "package.json"),
      hint: "mend it, or choose another folder",
      cause: error,
    });
  }
}
