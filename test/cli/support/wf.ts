// Runs the real binary in a folder of its own. A test waits for what the process says, never for time to pass.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** The binary of this clone, or another one that is to be tested. */
export const binary: string = process.env["WF_BINARY"] ?? path.resolve(import.meta.dirname, "../../../bin/wf.js");

/** What a process said and how it ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that is under way. */
export class Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #listeners = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    const heard = (): void => {
      for (const listener of this.#listeners) listener();
    };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      heard();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      heard();
    });
    this.ended = new Promise((resolve) => {
      child.on("close", (exitCode, signal) => {
        resolve({ exitCode, signal, stdout: this.stdout, stderr: this.stderr });
        heard();
      });
    });
  }

  /** Resolves when something more was said, or the process has ended. */
  async saysMore(): Promise<void> {
    await new Promise<void>((resolve) => {
      const listener = (): void => {
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }

  /** Resolves when standard error has said this. */
  async says(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const listener = (): void => {
        const isOver = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!this.stderr.includes(text) && !isOver) return;
        this.#listeners.delete(listener);
        if (this.stderr.includes(text)) resolve();
        else reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${this.stderr}`));
      };
      this.#listeners.add(listener);
      listener();
    });
  }
}

/** A folder with modules, in which `wf` is used. */
export class Workspace {
  readonly folder: string = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-cli-")));

  constructor(modules: Readonly<Record<string, string>> = {}) {
    this.write("package.json", '{"type":"module"}');
    for (const [file, text] of Object.entries(modules)) this.write(file, text);
  }

  write(file: string, text: string): string {
    const target = path.join(this.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  }

  start(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {}): Started {
    const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forceColor, WF_DIR: _dir, ...env } = process.env;
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: path.join(this.folder, options.cwd ?? "."),
      env: { ...env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.end(options.input);
    return new Started(child);
  }

  wf(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Standard output as the JSON document that it must be. */
  async json(...args: readonly string[]): Promise<Record<string, unknown> & { exitCode: number | null }> {
    const { stdout, exitCode } = await this.wf([...args, "--json"]);
    return { ...(JSON.parse(stdout) as Record<string, unknown>), exitCode };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
