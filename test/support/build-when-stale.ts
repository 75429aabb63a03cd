// Runs once before all tests: the CLI tests use the real binary, so dist/ must be what src/ says. Builds JavaScript
// only (types are checked from the sources), and only when something is younger than the last build.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const built = path.join(root, "dist/cli/main.js");

export function setup(): void {
  if (!isStale()) return;
  const { status } = spawnSync(process.execPath, ["scripts/build.mjs", "--no-types"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("dist/ could not be built: see the messages above");
}

/** Folders count too: their time moves when a file is removed. */
function isStale(): boolean {
  if (!existsSync(built)) return true;
  const sources = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" });
  const inputs = ["package.json", "scripts/build.mjs", "src", ...sources.map((file) => path.join("src", file))];
  const builtAt = statSync(built).mtimeMs;
  return inputs.some((file) => statSync(path.join(root, file)).mtimeMs > builtAt);
}
