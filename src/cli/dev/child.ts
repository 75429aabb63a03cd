/** A run in a process of its own, under a supervisor. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { supervisedEnv } from "../supervised.ts";

const BINARY = fileURLToPath(new URL("../../bin/wf.js", import.meta.url));

/** How a child ended. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that is under way. */
export interface Child {
  readonly run: string;
  readonly ended: Promise<ChildEnd>;
  /** Asks it to give the run up; it may finish its step. */
  stop(): void;
  kill(): void;
}

/** Where it runs, and who hears it. */
export interface ChildOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Cells that a line of it may take. */
  readonly width: number;
  /** A line of the child's, without its line feed. */
  readonly say: (line: string) => void;
  /** Takes what it writes to standard output, in pieces; without it that is lines as well. */
  readonly out?: ((piece: string) => void) | undefined;
}

/** Starts `wf <args>`. @param run what the child is about: a run, or a module */
export function startChild(run: string, args: readonly string[], options: ChildOptions): Child {
  const { folder, env, width, say, out } = options;
  const child = spawn(process.execPath, [BINARY, ...args], {
    cwd: folder,
    env: { ...env, ...supervisedEnv(width) },
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C is for the supervisor, which tells its children.
    detached: process.platform !== "win32",
  });
  if (out === undefined) forLines(child.stdout, say);
  else child.stdout?.setEncoding("utf8").on("data", out);
  forLines(child.stderr, say);
  let isStopping = false;
  return {
    run,
    ended: new Promise((resolve) => {
      child.once("error", () => resolve({ exitCode: 1, signal: null }));
      child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
    }),
    stop: () => {
      // A second signal would cut its step off.
      if (!isStopping) child.kill("SIGTERM");
      isStopping = true;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function forLines(stream: ChildProcess["stdout"], say: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) say(line);
  });
  stream?.on("close", () => {
    if (rest !== "") say(rest);
  });
}
