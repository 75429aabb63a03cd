/**
 * Loads the nearest `.env` from the module's folder up to its package.json.
 *
 * Invariant: it never overrides what is set.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { CliError } from "./cli-error.ts";
import type { CommandOptions } from "./command.ts";
import { EXIT } from "./exit-codes.ts";

/** What was asked for. */
export interface EnvWish {
  /** `--env` */
  readonly file?: string | undefined;
  /** False with `--no-env`. */
  readonly isWanted: boolean;
}

/** What the flags ask for. */
export function envWish({ env, envFile }: CommandOptions): EnvWish {
  return { file: typeof env === "string" ? env : envFile, isWanted: env !== false };
}

/** Sets what the file says and the environment does not. */
export function loadEnvFile(modulePath: string, wish: EnvWish, env: NodeJS.ProcessEnv = process.env): void {
  const file = wish.file ?? (wish.isWanted ? nearestEnvFile(dirname(modulePath)) : undefined);
  if (file === undefined) return;
  for (const [name, value] of Object.entries(parseEnv(readEnvFile(file)))) env[name] ??= value;
}

/** The text of an env file. @throws CliError where it cannot be read */
export function readEnvFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new CliError(isMissing ? `no such env file: ${file}` : `cannot read the env file ${file}`, {
      code: "env_file",
      exitCode: EXIT.usage,
      hint: isMissing ? "the path is taken from the working directory" : (error as Error).message,
      cause: error,
    });
  }
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
