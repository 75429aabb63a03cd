// wf dev, run --watch and the crash flags with the real binary.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one, order } from "./support/modules.ts";
import { dies, edited, naps } from "./support/modules-more.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

const read = (file: string): string => readFileSync(path.join(workspace.folder, file), "utf8");

describe("a project that has its own copy", () => {
  it("gets the command line of that copy, from any folder in it", async () => {
    workspace.write("node_modules/dotworkflows/package.json", '{"type":"module","bin":{"wf":"cli.js"}}');
    workspace.write("node_modules/dotworkflows/cli.js", 'console.log("own", ...process.argv.slice(2));');
    workspace.write("src/one.ts", one);
    expect((await workspace.wf(["run", "one.ts"], { cwd: "src" })).stdout).toBe("own run one.ts\n");
    workspace.write("node_modules/dotworkflows/package.json", "{ broken");
    expect((await workspace.wf(["run", "one.ts"], { cwd: "src" })).stdout).toBe("42\n");
  });
});

describe("wf run --crash-after and --crash-before", () => {
  it.each([
    ["--crash-after", ["quote", "quote"], ["quote"]],
    ["--crash-before", ["quote"], []],
  ])("%s kills the process at a step; a resume does nothing twice", async (flag, _seen, done) => {
    workspace.write("order.ts", order);
    const { signal, stderr } = await workspace.wf(["run", "order.ts", "--id", "o", flag, "quote"]);
    expect(signal).toBe("SIGKILL");
    expect(stderr).toMatch(/as you asked; this goes on:\n {2}wf resume o\n/);
    expect(existsSync(path.join(workspace.folder, "effects")) ? read("effects").trim().split("\n") : []).toEqual(done);
    expect(await workspace.wf(["resume", "o", "--no-wait"])).toMatchObject({ exitCode: 3 });
    expect(read("effects")).toBe("quote\n");
  });
});

describe("wf dev", () => {
  it("refuses a folder that is not there: it would supervise the runs of another project", async () => {
    const { exitCode, stderr } = await workspace.wf(["dev", "flwos"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error {2}no such folder: flwos\n/);
  });

  it("takes up what is due and what got a message, leaves paused runs alone, and stops cleanly", async () => {
    workspace.write("naps.ts", naps);
    workspace.write("order.ts", order);
    await workspace.wf(["run", "naps.ts", "--id", "naps", "--no-wait"]);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["fork", "o", "--from", "quote", "--id", "paused"]);
    const dev = workspace.start(["dev"]);
    await dev.says("supervising .workflows");
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    while (!/naps │ "rested"/.test(dev.stderr) || !/o │ ✓ completed/.test(dev.stderr)) await dev.saysMore();
    dev.child.kill("SIGINT");
    expect((await dev.ended).exitCode).toBe(130);
    expect(dev.stderr).not.toContain("paused │");
    expect((await workspace.json("inspect", "naps"))["state"]).toBe("completed");
  });

  it("does not let its children advise what it does by itself", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "o", "--crash-after", "quote"]);
    const dev = workspace.start(["dev"]);
    await dev.says("o │   wf send o approve '{}'\n");
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    await dev.says("✓ completed");
    dev.child.kill("SIGINT");
    const { stderr } = await dev.ended;
    expect(stderr).not.toContain("--resume");
    expect(stderr).not.toContain("wf resume");
  });

  it("says once which runs it leaves alone since they are paused: a fork that has not begun, too", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stderr } = await workspace.wf(["fork", "o", "--from", "approval", "--id", "f"]);
    expect(stderr).toMatch(/ {2}\(\d+ events? kept\)\nwf dev does not begin a fork; this does:\n {2}wf resume f\n$/);
    expect((await workspace.wf(["inspect", "f"])).stdout).toMatch(
      /\npaused: a fork that has not begun yet · [^]*→ wf resume f\n/,
    );
    const dev = workspace.start(["dev"]);
    await dev.says("1 run paused, which is left alone until you type:\n  wf resume f\n");
    dev.child.kill("SIGINT");
    await dev.ended;
    expect(await workspace.json("inspect", "f")).toMatchObject({ state: "paused" });
  });

  it("sets a run aside whose process died five times in one step", async () => {
    workspace.write("dies.ts", dies);
    await workspace.wf(["run", "dies.ts", "--id", "d"]);
    const dev = workspace.start(["dev", "--jobs", "1"]);
    await dev.says("for the 5th time");
    await dev.says("set aside until its code is edited");
    dev.child.kill("SIGTERM");
    expect((await dev.ended).exitCode).toBe(143);
    const reason = "wf dev: died 5 times in boom";
    expect(await workspace.json("inspect", "d")).toMatchObject({
      state: "paused",
      pausedBy: reason,
      entries: [{}, { attempts: 6 }],
    });
    const { stdout } = await workspace.wf(["inspect", "d"]);
    expect(stdout).toMatch(new RegExp(`^paused · .*\\nreason: ${reason}$`, "m"));
    expect(stdout).toContain("attempt 6 ended with its process");
    expect((await workspace.wf(["list"])).stdout).toContain(`  ${reason}\n`);
    await workspace.wf(["resume", "d"]);
    const again = await workspace.json("inspect", "d");
    expect(again).toMatchObject({ state: "interrupted", entries: [{}, { attempts: 7 }] });
    expect(again).not.toHaveProperty("pausedBy");
    // Each attempt but the last ended with an interruption that the axis shows, and the last goes on being one.
    expect((await workspace.wf(["inspect", "d"])).stdout).toContain("interrupted 7 times");
  });

  it("goes on with edited code once it fits, and with the message that came meanwhile", async () => {
    workspace.write("edited.ts", edited);
    await workspace.wf(["run", "edited.ts", "--id", "e", "--no-wait"]);
    const dev = workspace.start(["dev"]);
    await dev.says("supervising .workflows");
    // The watcher may not watch yet: the user saves until it is heard.
    const saving = setInterval(() => workspace.write("edited.ts", edited.replace('"first"', '"other"')), 300);
    await dev.says("does not fit what is on record");
    clearInterval(saving);
    await dev.says("set aside until it is edited");
    await workspace.wf(["send", "e", "go", "7"]);
    workspace.write("edited.ts", edited.replace('"old"', '"new"'));
    await dev.says("✓ completed");
    dev.child.kill("SIGINT");
    await dev.ended;
    expect(await workspace.json("inspect", "e")).toMatchObject({ output: { body: 7, code: "new" } });
  });

  it("says which runs have the slots when others find none", async () => {
    workspace.write(
      "hangs.ts",
      'export default (ctx) => ctx.step("hangs", () => new Promise((r) => setTimeout(r, 60_000)));',
    );
    workspace.write("one.ts", one);
    await workspace.wf(["run", "hangs.ts", "--id", "h", "--crash-before", "hangs"]);
    await workspace.wf(["run", "one.ts", "--id", "o", "--crash-before", "only"]);
    const dev = workspace.start(["dev", "--jobs", "1"]);
    await dev.says("wf dev --jobs 2");
    expect(dev.stderr).toMatch(/1 run could go on, but the one slot is taken: h for \d\.\d s\n/);
    dev.child.kill("SIGTERM");
    await dev.says("1 run may finish a step");
    dev.child.kill("SIGTERM");
    expect((await dev.ended).exitCode).toBe(143);
  });

  it("lets a running step end when it is told to stop, and pauses nothing", async () => {
    workspace.write(
      "slow.ts",
      `export default async function slow(ctx) {
        await ctx.step("a", async () => { console.log("begun"); await new Promise((r) => setTimeout(r, 700)); return 1; });
        await ctx.step("b", () => 2);
      }`,
    );
    await workspace.wf(["run", "slow.ts", "--id", "s", "--crash-before", "a"]);
    const dev = workspace.start(["dev"]);
    await dev.says("begun");
    dev.child.kill("SIGINT");
    expect((await dev.ended).exitCode).toBe(130);
    expect(await workspace.json("inspect", "s")).toMatchObject({
      state: "interrupted",
      entries: [{ location: ["a"], status: "completed" }],
    });
  });
});
