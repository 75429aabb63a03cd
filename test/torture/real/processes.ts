// Real processes for the torture rows: the installed command line, and folders that are removed again.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Where the package lies that is tortured: a copy that `npm run torture` made, else the project itself. */
export function projectRoot(): string {
  return process.env["WF_TORTURE_PACKAGE"] ?? process.cwd();
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that is under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  const { WF_DIR: _dir, NODE_OPTIONS: _options, ...rest } = process.env;
  const child = spawn(command, args, { cwd, env: { ...rest, CI: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, ...out }));
    child.on("error", (error) => resolve({ exitCode: null, signal: null, stdout: "", stderr: String(error) }));
  });
  return { child, ended };
}

/** `wf`, as it is installed. */
export function wf(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  return start(process.execPath, [path.join(projectRoot(), "bin/wf.js"), ...args], cwd, env);
}

/** Runs something in a folder with these files, which is gone afterwards. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  act: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-torture-")));
  try {
    writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names under a folder that have no business there, besides `own`. */
export function strangersIn(folder: string, own: ReadonlySet<string>): string[] {
  return readdirSync(folder).filter((name) => !own.has(name) && name !== "package.json");
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
