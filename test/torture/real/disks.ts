// R6 with the real command line: a full disk (a tiny tmpfs), a read-only one (a bind mount), and system calls that fail
// (strace). Where the machine does not allow one of these, that is said.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { inFolder, projectRoot, start, wf } from "./processes.ts";

const DISK_SAYS_NO = 8;

const FILLS = `
export default async function fills(ctx) {
  for (let number = 0; number < 40; number++) await ctx.step("fill " + number, () => "f".repeat(20000));
  return "full";
}`;

const SMALL = `export default async function small(ctx) { await ctx.step("a", () => 1); await ctx.step("b", () => 2); return "done"; }`;

const can = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: "ignore" }).status === 0;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const skipped: string[] = [];
  await inFolder({ "fills.ts": FILLS, "small.ts": SMALL }, async (folder) => {
    const store = path.join(folder, "store");
    mkdirSync(store);
    if (can("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", store)) {
      await tally.check("full disk", () => fullDisk(folder, store)).finally(() => can("umount", store));
    } else skipped.push("full disk: this machine lets nobody mount a tmpfs here");
    if (can("mount", "--bind", store, store) && can("mount", "-o", "remount,ro,bind", store)) {
      await tally.check("read-only disk", () => readOnly(folder, store)).finally(() => can("umount", store));
    } else {
      can("umount", store);
      skipped.push("read-only disk: this machine lets nobody make a bind mount");
    }
    if (can("strace", "-f", "-e", "trace=none", "true")) await failingCalls(options, tally, folder);
    else skipped.push("failing system calls: strace is not there, or may not trace");
  });
  return { figure: `${tally.cases} faults under the real command line`, violations: tally.violations, skipped };
}

async function fullDisk(folder: string, store: string): Promise<string[]> {
  const full = await wf(["run", "fills.ts", "--id", "f", "--dir", store], folder).ended;
  if (full.exitCode !== DISK_SAYS_NO) return [`a full disk gives ${full.exitCode}: ${full.stderr}`];
  if (!can("mount", "-o", "remount,size=4m", store)) return ["the tmpfs cannot be made larger"];
  const again = await wf(["resume", "f", "--dir", store], folder).ended;
  return again.exitCode === 0 && again.stdout === '"full"\n'
    ? []
    : [`with room again it ends with ${again.exitCode}: ${again.stderr}`];
}

async function readOnly(folder: string, store: string): Promise<string[]> {
  const { exitCode, stderr } = await wf(["run", "small.ts", "--id", "s", "--dir", store], folder).ended;
  return exitCode === DISK_SAYS_NO ? [] : [`a read-only disk gives ${exitCode}: ${stderr}`];
}

/** Each time another call fails: of those that sync, at least one is the history's. */
async function failingCalls(options: RowOptions, tally: Tally, folder: string): Promise<void> {
  const script = path.join(projectRoot(), "bin/wf.js");
  const times = options.isFull ? 6 : 1;
  for (const [call, error] of [
    ["fdatasync", "EIO"],
    ["fsync", "EIO"],
    ["fdatasync", "ENOSPC"],
  ] as const) {
    for (let when = 1; when <= times; when++) {
      const id = `${call}-${error}-${when}`;
      await tally.check(id, async () => {
        const inject = [
          "-f",
          "-qq",
          "-o",
          "/dev/null",
          "-e",
          `trace=${call}`,
          "-e",
          `inject=${call}:error=${error}:when=${when}`,
        ];
        const args = [...inject, process.execPath, script, "run", "small.ts", "--id", id];
        const { exitCode, stderr } = await start("strace", args, folder).ended;
        if (exitCode !== 0 && exitCode !== DISK_SAYS_NO) return [`${id} gives ${exitCode}: ${stderr}`];
        if (!existsSync(path.join(folder, ".workflows", id)) && exitCode === 0) return [`${id}: the run is not there`];
        const again = await wf(["run", "small.ts", "--id", id], folder).ended;
        return again.exitCode === 0 && again.stdout === '"done"\n'
          ? []
          : [`after ${id} it ends with ${again.exitCode}: ${again.stderr}`];
      });
    }
  }
}

export const realDisks: Row = { id: "R6", title: "a real disk that is full, read-only, or fails", run };
