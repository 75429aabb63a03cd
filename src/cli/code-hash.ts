/** Which code a run was executed with: a hash over the user's files. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";

/**
 * 16 hex digits of SHA-256 over the files' contents and their places relative to the module. The same project in
 * another folder has the same hash.
 */
export function hashCode(module: string, files: readonly string[]): string | undefined {
  const hash = createHash("sha256");
  const named = files.map((file) => ({ file, name: relative(dirname(module), file).split(sep).join("/") }));
  try {
    for (const { file, name } of named.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const text = readFileSync(file);
      hash.update(`${name}\0${text.length}\0`).update(text);
    }
  } catch {
    return undefined; // deleted since: the run goes on with what was loaded
  }
  return hash.digest("hex").slice(0, 16);
}
