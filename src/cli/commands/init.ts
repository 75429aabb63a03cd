/**
 * `wf init`: a project from a template.
 *
 * Invariant: no file of the user's is overwritten; package.json and .gitignore are added to.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions } from "../command.ts";
import type { InitDocument } from "../documents.ts";
import { shellQuote } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import { nearest } from "../nearest.ts";
import { type Manifest, readTemplate, type Template, templateNames } from "../templates.ts";

/** Files that a project may have already, and keeps. */
const KEPT = ["README.md", "tsconfig.json"];

/** `wf init [dir]` */
export const init: Command = async (context, [dir = "."], options) => {
  const template = readTemplate(await chooseTemplate(context, options));
  const folder = resolve(context.folder, dir);
  refuseToOverwrite(folder, template);
  const written = writeProject(folder, template);
  const workflow = [...template.files.keys()].find((file) => file === `${template.name}.ts`) ?? `${template.name}.ts`;
  const here = relative(context.folder, folder);
  const next = [...(here === "" ? [] : [`cd ${shellQuote(here)}`]), `wf run ${workflow}`];
  const { styles } = context.terminal;
  context.terminal.note(
    [
      `${styles.green("✓")} ${template.name}: ${written.join(", ")}`,
      "",
      ...next.map((command) => `  ${styles.cyan(command)}`),
      "",
      `  ${styles.dim("npm install brings the types for your editor, and a wf of the project's own")}`,
      "",
    ].join("\n"),
  );
  return {
    exitCode: EXIT.done,
    document: () =>
      ({ schema: "wf.init/1", ok: true, folder, template: template.name, files: written, next }) satisfies InitDocument,
    text: () => "",
  };
};

async function chooseTemplate(context: CommandContext, { template, yes }: CommandOptions): Promise<string> {
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
      hint: `say it: wf init --template ${first}  (there are ${names.join(", ")})`,
    });
  const { askOne } = await import("../prompts.ts");
  const choices = names.map((name) => ({ value: name, label: name, hint: readTemplate(name).about }));
  const chosen = await askOne("Which template?", choices);
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
    hint: `choose another folder: wf init my-${name} --template ${name}`,
  });
}

/** @returns what was written or added to */
function writeProject(folder: string, { files, manifest }: Template): string[] {
  const written: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of files) {
    const path = join(folder, file);
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const after = file === ".gitignore" ? withLines(before ?? "", text) : (before ?? text);
    if (after === before) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, after);
    written.push(file);
  }
  const path = join(folder, "package.json");
  const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const merged = `${JSON.stringify(withManifest(before, manifest, folder), undefined, 2)}\n`;
  if (merged !== before) {
    writeFileSync(path, merged);
    written.push("package.json");
  }
  return written;
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
