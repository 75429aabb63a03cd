/**
 * Loads the nearest `.env` from the module's folder up to its package.json.
 *
 * Invariant: it never overrides what is set.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** What was asked for. */
export interface EnvWish {
  /** `--env-file` */
  readonly file?: string | undefined;
  /** False with `--no-env`. */
  readonly isWanted: boolean;
}

/** Sets what the file says and the environment does not. */
export function loadEnvFile(modulePath: string, wish: EnvWish, env: NodeJS.ProcessEnv = process.env): void {
  const file = wish.file ?? (wish.isWanted ? nearestEnvFile(dirname(modulePath)) : undefined);
  if (file === undefined) return;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(`cannot read the env file ${file}`, {
      code: "env_file",
      exitCode: EXIT.usage,
      hint: error instanceof Error ? error.message : undefined,
      cause: error,
    });
  }
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value;
}

function nearestEnvFile(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isFile(join(folder, ".env"))) return join(folder, ".env");
    if (isFile(join(folder, "package.json")) || folder === dirname(folder)) return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
