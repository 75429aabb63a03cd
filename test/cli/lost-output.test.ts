// What standard output does not take: the command says so, and its exit code does.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one } from "./support/modules.ts";
import { binary, type Ended, Started, Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one });
});

afterEach(() => {
  workspace.remove();
});

/** Runs `wf` with this file, opened with these flags, as its standard output. */
async function into(file: string, flags: string, args: readonly string[]): Promise<Ended> {
  const stdout = openSync(file, flags);
  try {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: workspace.folder,
      stdio: ["ignore", stdout, "pipe"],
    });
    return await new Started(child).ended;
  } finally {
    closeSync(stdout);
  }
}

describe("standard output that cannot be written", () => {
  it.each([["list"], ["run", "one.ts"], ["list", "--json"]])(
    "ends with exit code 8 and a reason: wf %s",
    async (...args) => {
      const { exitCode, stderr } = await into(path.join(workspace.folder, "one.ts"), "r", args);
      expect(stderr).toMatch(/error {2}standard output could not be written: E\w+: .+\n {7}what was done stays done/);
      expect(exitCode).toBe(8);
    },
  );

  it("is no error where its reader has left", async () => {
    const running = workspace.start(["run", "one.ts"]);
    running.child.stdout?.destroy();
    expect(await running.ended).toMatchObject({ exitCode: 0 });
  });

  it.skipIf(process.platform === "win32")("says that the disk was full when a part was taken", async () => {
    const command = `ulimit -f 1; "${process.execPath}" "${binary}" run --help > part`;
    const child = spawn("bash", ["-c", command], { cwd: workspace.folder, stdio: ["ignore", "pipe", "pipe"] });
    const { exitCode, stderr } = await new Started(child).ended;
    expect(readFileSync(path.join(workspace.folder, "part"))).toHaveLength(1024);
    expect(stderr).toContain("standard output could not be written: EFBIG");
    expect(exitCode).toBe(8);
  });
});
