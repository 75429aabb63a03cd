// What users get: packs the package, lints the tarball (publint, attw), installs it in an empty folder without
// development dependencies, uses it there, and holds the goals for its size.

import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const maxMegabytes = 15;
const maxPackages = 55;

const root = path.resolve(import.meta.dirname, "..");
const folder = mkdtempSync(path.join(tmpdir(), "dotworkflows-package-"));
const shell = process.platform === "win32";

try {
  const tarball = pack();
  run(root, "npx", ["publint", "run", tarball, "--strict", "--pack", "npm"]);
  run(root, "npx", ["attw", tarball, "--profile", "esm-only"]);
  install(tarball);
  use();
  measure();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack() {
  const name = run(root, "npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]).trim();
  return path.join(folder, name.split("\n").at(-1) ?? "");
}

/** @param {string} tarball */
function install(tarball) {
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run(folder, "npm", ["install", "--no-audit", "--no-fund", "--silent", "--engine-strict", tarball]);
}

function use() {
  const entries = ["dotworkflows", "dotworkflows/testing", "dotworkflows/fs"];
  const script = `for (const entry of ${JSON.stringify(entries)}) await import(entry);`;
  run(folder, process.execPath, ["--input-type=module", "--eval", script]);
  for (const bin of ["wf", "dotworkflows"]) run(folder, "npx", ["--no-install", bin, "--help"]);
}

function measure() {
  const modules = path.join(folder, "node_modules");
  const lock = JSON.parse(readFileSync(path.join(modules, ".package-lock.json"), "utf8"));
  const packages = Object.keys(lock.packages).length;
  const megabytes = sizeOf(modules) / 1e6;
  console.log(`installed: ${megabytes.toFixed(1)} MB in ${packages} packages`);
  if (megabytes > maxMegabytes) throw new Error(`more than ${maxMegabytes} MB installed`);
  if (packages > maxPackages) throw new Error(`more than ${maxPackages} packages installed`);
}

/**
 * Bytes on disk: whole blocks, as `du` counts them.
 * @param {string} directory
 */
function sizeOf(directory) {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return files.reduce((sum, file) => sum + lstatSync(path.join(directory, file)).blocks * 512, 0);
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
function run(cwd, command, args) {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], shell });
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    throw new Error([`${command} ${args.join(" ")}`, stdout, stderr].join("\n"), { cause: error });
  }
}
