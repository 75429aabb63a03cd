// A fault that nobody foresaw, thrown where nobody waits for it: told like every other error, and by one voice only.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answers, rejects } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "answers.ts": answers, "rejects.ts": rejects });
});

afterEach(() => {
  workspace.remove();
});

describe("what is thrown in a timer of ours", () => {
  it.each([
    ["an exception", 'throw new TypeError("a fault")'],
    ["a rejection", 'void Promise.reject(new TypeError("a fault"))'],
  ])("ends the command with one line and exit code 1: %s", async (_what, fault) => {
    await workspace.wf(["run", "answers.ts", "--id", "a", "--no-wait"]);
    const file = workspace.write(
      "faulty.mjs",
      `const real = setInterval;\nglobalThis.setInterval = (_act, ms) => real(() => { ${fault}; }, ms);\n`,
    );
    const { exitCode, stdout, stderr } = await workspace.wf(["send", "a", "ask", "1", "--wait", "--json"], {
      env: { NODE_OPTIONS: `--import "${pathToFileURL(path.resolve(file)).href}"` },
    });
    expect(stderr).toMatch(/error {2}unexpected: a fault\n/);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "wf.error/1", error: { code: "unexpected" } });
    expect(exitCode).toBe(1);
  });
});

it("what the user's code throws so is told once, as the user's", async () => {
  const { exitCode, stderr } = await workspace.wf(["run", "rejects.ts"]);
  expect(stderr.match(/^error /gm)).toHaveLength(1);
  expect(stderr).toContain("a promise was rejected and nobody handled it: TypeError: nobody listens");
  expect(exitCode).toBe(1);
});
