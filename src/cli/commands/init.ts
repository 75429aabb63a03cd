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
import { nearest } from "../nearest.ts";
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
  const { written, added, kept } = writeProject(folder, template);
  const files = [...written, ...added];
  const workflow = `${template.name}.ts`;
  const here = relative(context.folder, folder);
  const { terminal } = context;
  const { styles } = terminal;
  const isOwn = isInstalled(folder);
  const isOnPath = hasCommand(context.env);
  const next = [
    ...(here === "" ? [] : [`cd ${shellQuote(here)}`]),
    ...(isOnPath || isOwn ? [] : ["npm install"]),
    `${isOnPath ? "wf" : "npx wf"} run ${workflow}`,
  ];
  const wrote = wrap(`${template.name}: wrote ${written.join(", ")}`, terminal.noteWidth(), "  ").join("\n");
  terminal.note(`${styles.green("✓")} ${wrote.trimStart()}\n`);
  if (added.length > 0) terminal.tell(`  added to ${added.join(", ")}`);
  if (kept.length > 0) terminal.tell(`  kept as they were: ${kept.join(", ")}`);
  terminal.note(`\n${next.map((command) => `  ${styles.cyan(command)}\n`).join("")}\n`);
  if (isOnPath && !isOwn)
    terminal.tell("  npm install  brings the types for your editor, and a wf of the project's own (npx wf)");
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

/** The folder's own modules find this package: nothing has to be installed for `npx wf`. */
function isInstalled(folder: string): boolean {
  const places = createRequire(join(folder, "package.json")).resolve.paths("dotworkflows") ?? [];
  return places.some((place) => existsSync(join(place, "dotworkflows", "package.json")));
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
}

function writeProject(folder: string, { files, manifest }: Template): WrittenFiles {
  const written: string[] = [];
  const added: string[] = [];
  const kept: string[] = [];
  mkdirSync(folder, { recursive: true });
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
  const path = join(folder, "package.json");
  const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const merged = `${JSON.stringify(withManifest(before, manifest, folder), undefined, 2)}\n`;
  if (before !== undefined && isDeepStrictEqual(JSON.parse(before), JSON.parse(merged))) kept.push("package.json");
  else {
    writeFileSync(path, merged);
    (before === undefined ? written : added).push("package.json");
  }
  return { written, added, kept };
}

/** The text with the lines that it lacks at its end. */
function withLines(text: string, lines: string): string {
  const has = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  const missing = lines.split("\n").filter((line) => line !== "" && !has.has(line));
  if (missing.length === 0) return text;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${gap}${missing.join("\n")}\n`;
}

/** What the project has wins. */
function withManifest(before: string | undefined, template: Manifest, folder: string): Manifest {
  const own = before === undefined ? undefined : parseManifest(before, folder);
  const name = folder
    .replace(/^.*[\\/]/, "")
    .toLowerCase()
    .replace(/[^a-z0-9-_.]+/g, "-");
  if (own === undefined) return { ...template, name: name === "" ? (template.name ?? "workflows") : name };
  return {
    ...own,
    scripts: { ...template.scripts, ...own.scripts },
    dependencies: { ...template.dependencies, ...own.dependencies },
    devDependencies: { ...template.devDependencies, ...own.devDependencies },
  };
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
