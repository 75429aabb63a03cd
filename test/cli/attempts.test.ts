// How often a step was tried: the same words on the live screen, in plain lines and in wf inspect, at any width.

import { afterEach, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const NAME = "charge-the-card-of-the-customer";
/** Fails until the file "mended" is there. */
const failingStep = (backoff: number): string => `
import { existsSync } from "node:fs";
export default async function charges(ctx) {
  await ctx.step({ name: "${NAME}", maxRetries: 1, retryBackoffBase: ${backoff}, run: () => {
    if (!existsSync("mended")) throw new Error("connect ECONNREFUSED 10.0.0.1:443, and nothing answers there at all");
  }});
}`;

let workspace: Workspace;

afterEach(() => {
  workspace.remove();
});

describe("a step that is tried again", () => {
  it("has the same counts everywhere after wf retry, which say what they count", async () => {
    workspace = new Workspace({ "charges.ts": failingStep(1) });
    const first = await workspace.wf(["run", "charges.ts", "--id", "c"]);
    expect(first.stderr).toContain(`↻ ${NAME}  attempt 1 of 2, next `);
    expect(first.stderr).toContain(`✗ ${NAME}  failed after 2 attempts: connect`);
    expect(first.stderr).toContain(`step "${NAME}" gave up after 2 failed attempts: connect`);
    const again = await workspace.wf(["retry", "c"]);
    expect(again.stderr).toMatch(/attempt 3, next .*\(failure 1 of 2 since the retry: connect/);
    expect(again.stderr).toContain(`✗ ${NAME}  failed after 4 attempts, 2 since the retry: connect`);
    const { stdout } = await workspace.wf(["inspect", "c"]);
    expect(stdout).toContain("failed after 4 attempts, 2 since the retry: connect");
    expect(stdout).toMatch(/┊ failed, and retried after /);
    expect((await workspace.wf(["inspect", "c", "--step", NAME])).stdout).toContain("4 attempts, 2 since the retry");
    workspace.write("mended", "");
    expect((await workspace.wf(["retry", "c"])).stderr).toContain("ms, 5 attempts, 1 since the retry\n");
  });

  it("gives up after failed attempts: one that was interrupted is counted in its row only", async () => {
    workspace = new Workspace({
      "cut.ts": `
import { existsSync, writeFileSync } from "node:fs";
export default (ctx) =>
  ctx.step({ name: "charge", maxRetries: 1, retryBackoffBase: 1, run: () => {
    if (existsSync("begun")) throw new Error("refused");
    writeFileSync("begun", "");
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => {});
  }});`,
    });
    await workspace.wf(["run", "cut.ts", "--id", "c"]);
    const { stderr } = await workspace.wf(["resume", "c"]);
    expect(stderr).toContain("✗ charge  failed after 3 attempts, 1 interrupted: refused");
    expect(stderr).toContain('failed: step "charge" gave up after 2 failed attempts: refused');
  });

  it("is followed, attempt by attempt, from another process", async () => {
    workspace = new Workspace({ "charges.ts": failingStep(60_000) });
    const running = workspace.start(["run", "charges.ts", "--id", "c"]);
    await running.says("next in");
    const followed = workspace.start(["inspect", "c", "--follow"]);
    await followed.says(`↻ ${NAME}  attempt 1, next in`);
    running.child.kill("SIGKILL");
    await running.ended;
    await followed.ended;
    expect(followed.stderr).toContain("(connect ECONNREFUSED");
  });

  it.each([60, 80, 120])("shows when it goes on at %i columns, and shortens its name and error", async (columns) => {
    workspace = new Workspace({ "charges.ts": failingStep(60_000) });
    const screen = new Screen(["run", "charges.ts", "--id", "c"], { folder: workspace.folder, columns });
    const lines = await screen.shows("k retry now");
    const line = lines.find((each) => each.includes("next in")) ?? "";
    expect(line).toMatch(/^│ {2}↻ charge-the-c.* {2}attempt 1 of 2, next in (\d+ s|\d min \d+ s|2 min)/);
    if (columns > 60) expect(line).toMatch(/\(conn.*\)$/);
    screen.press("\u0003");
    await screen.ended;
  });
});
