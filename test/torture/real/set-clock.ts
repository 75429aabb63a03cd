// A wall clock for real processes that a test can set, by way of a library that is compiled here and preloaded
// (`shifted-clock.c`). Where there is no C compiler, or preloading does not work, it says so.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** Compiles the library into a folder. @returns its path, or why there is none */
export function compileClock(folder: string): { library: string } | { reason: string } {
  if (process.platform !== "linux") return { reason: "only Linux preloads a clock this way" };
  const library = path.join(folder, "shifted-clock.so");
  const source = path.resolve("test/torture/real/shifted-clock.c");
  const compiled = spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]);
  if (compiled.error !== undefined) return { reason: "there is no C compiler (cc)" };
  if (compiled.status !== 0) return { reason: `cc does not compile the clock: ${compiled.stderr.toString().trim()}` };
  const clock = new SetClock(library, path.join(folder, "probe"));
  clock.set(-3600);
  const { stdout } = spawnSync(process.execPath, ["-p", "Date.now()"], { env: { ...process.env, ...clock.env } });
  const behind = Date.now() - Number(stdout.toString());
  return Math.abs(behind - 3_600_000) < 60_000 ? { library } : { reason: "node takes its time from elsewhere" };
}

/** One clock; the processes that are given its `env` go by it. */
export class SetClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(library: string, file: string) {
    this.#file = file;
    writeFileSync(file, new Uint8Array(8));
    this.env = { LD_PRELOAD: library, WF_SHIFTED_CLOCK: file };
  }

  /** Sets the clock so many seconds off the right time. */
  set(seconds: number): void {
    // In place: the processes have it mapped.
    writeFileSync(this.#file, new Uint8Array(BigInt64Array.of(BigInt(Math.trunc(seconds))).buffer), { flag: "r+" });
  }
}
