// Places to play pages at: the clone, and a project that installed the packed tarball. Both in temporary folders.

import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../..");

const temporary: string[] = [];

/** An empty folder. {@link strike} removes it. */
function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-story-")));
  temporary.push(folder);
  return folder;
}

/** Removes all temporary folders. */
export function strike(): void {
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The clone after `npm ci`, with templates and runs of its own: everything else leads to the real one. */
export function setUpClone(): string {
  const folder = temporaryFolder();
  for (const name of ["bin", "dist", "src"]) symlinkSync(path.join(root, name), path.join(folder, name));
  copyTemplates(folder);
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // What scripts/after-install.mjs links.
  mkdirSync(path.join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(root, path.join(folder, "node_modules/dotworkflows"));
  for (const bin of ["wf", "dotworkflows"])
    symlinkSync(path.join(root, "bin/wf.js"), path.join(folder, "node_modules/.bin", bin));
  return folder;
}

/** A project of its own inside a clone: its store is there already, and vitest is at hand. */
export function setUpCorner(clone: string, name: string): string {
  const folder = path.join(clone, name);
  mkdirSync(path.join(folder, ".workflows"), { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const tool of ["vitest", ".bin/vitest"]) {
    const link = path.join(clone, "node_modules", tool);
    if (!existsSync(link)) symlinkSync(path.join(root, "node_modules", tool), link);
  }
  return folder;
}

/** The environment in which `wf` is the clone's. */
export function withBinaries(clone: string): Record<string, string> {
  return { PATH: `${path.join(clone, "node_modules/.bin")}${path.delimiter}${process.env["PATH"] ?? ""}` };
}

/** An empty project with the packed tarball installed, and in it the templates as the package brings them. */
export function setUpProject(): string {
  const folder = temporaryFolder();
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const packed = npm(root, "pack", "--ignore-scripts", "--silent", "--pack-destination", folder).trim();
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = path.join(folder, packed.split("\n").at(-1) ?? "");
  npm(folder, "install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", tarball);
  const brought = path.join(folder, "node_modules/dotworkflows/templates");
  for (const name of readdirSync(brought)) {
    cpSync(path.join(brought, name), path.join(folder, name), { recursive: true });
    renameSync(path.join(folder, name, "_gitignore"), path.join(folder, name, ".gitignore"));
  }
  return folder;
}

function copyTemplates(folder: string): void {
  cpSync(path.join(root, "templates"), path.join(folder, "templates"), {
    recursive: true,
    filter: (file) => path.basename(file) !== ".workflows" && path.basename(file) !== "node_modules",
  });
}
