/**
 * A `wf` that is installed globally hands over to the copy that the project has installed: that one fits the project's
 * code and its store.
 *
 * Invariant: a copy never hands over to itself.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = "dotworkflows";
const OWN_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the project's own copy where there is one that is not this one. @returns whether it did */
export async function handOver(folder: string): Promise<boolean> {
  const binary = binaryOf(folder);
  if (binary === undefined) return false;
  process.argv[1] = binary;
  await import(pathToFileURL(binary).href);
  return true;
}

/** The command of the nearest copy from a folder upwards; undefined where that is this one, or none. */
function binaryOf(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const root = join(at, "node_modules", PACKAGE);
    if (existsSync(join(root, "package.json"))) return isOwn(root) ? undefined : commandIn(root);
    if (dirname(at) === at) return undefined;
  }
}

function isOwn(root: string): boolean {
  return realpathSync(root) === realpathSync(OWN_ROOT);
}

function commandIn(root: string): string | undefined {
  try {
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin?: { wf?: unknown } };
    const file = typeof bin?.wf === "string" ? join(root, bin.wf) : undefined;
    return file !== undefined && existsSync(file) ? realpathSync(file) : undefined;
  } catch {
    return undefined; // it is broken: this copy serves
  }
}
