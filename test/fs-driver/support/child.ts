// Real processes that use the driver: `test/fs-driver/support/child-main.ts`, told what to do by its arguments.

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { onTestFinished } from "vitest";

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  readonly ended: Promise<number | null>;
}

export function startChild(...args: string[]): Child {
  const main = path.join(import.meta.dirname, "child-main.ts");
  const child = spawn(process.execPath, ["--import", "jiti/register", main, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next(line);
    }
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return {
    process: child,
    ended,
    line: () => {
      const ready = lines.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
  };
}
