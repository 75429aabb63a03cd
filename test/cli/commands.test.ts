// wf inspect and list with the real binary, and what --json promises.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answers, failing, one, order } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "order.ts": order, "failing.ts": failing, "answers.ts": answers });
});

afterEach(() => {
  workspace.remove();
});

describe("wf inspect", () => {
  it("shows the tree, what the run waits for and the next command", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stdout } = await workspace.wf(["inspect"]);
    expect(stdout).toMatch(/^o {2}order {2}order\.ts\nwaiting for "approve" · started /);
    expect(stdout).toMatch(/✓ quote +[▏━]+ +\d+ ms {2}\{"price":12\}/);
    expect(stdout).toMatch(/⏸ approval +─+ {2}waiting for "approve"/);
    expect(stdout).toContain("wf send o approve '{}' --resume");
  });

  it("gives every entry and every event as JSON", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const document = await workspace.json("inspect", "o", "--events");
    expect(document).toMatchObject({
      schema: "wf.inspect/1",
      run: "o",
      workflow: "order",
      module: "order.ts",
      entries: [
        { location: ["quote"], kind: "step", status: "completed", attempts: 1, output: { price: 12 } },
        { location: ["approval"], kind: "message", status: "waiting", names: ["approve"] },
      ],
    });
    const events = document["events"] as { type: string }[];
    expect(events[0]).toMatchObject({ type: "run.created", input: { $undefined: true }, seq: 1 });
    expect(events.at(-1)?.type).toBe("run.waiting");
  });

  it("lets nothing that a message holds reach the terminal unescaped", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const evil = JSON.stringify({ by: "\u001B]0;owned\u0007\u009B31m\u202E" });
    const { stdout } = await workspace.wf(["send", "o", "approve", evil, "--resume"]);
    const shown = await workspace.wf(["inspect", "o"]);
    for (const text of [stdout, shown.stdout]) expect(text).not.toMatch(/[^\n\P{Cc}]|\u202E/u);
    expect(JSON.parse(stdout)).toMatchObject({ by: "\u001B]0;owned\u0007\u009B31m\u202E" });
  });
});

describe("wf list", () => {
  it("is no error where there is nothing yet", async () => {
    expect(await workspace.wf(["list"])).toMatchObject({
      exitCode: 0,
      stdout: "no runs yet  (wf run <module> starts one)\n",
    });
    expect(await workspace.json("list")).toMatchObject({ schema: "wf.list/1", runs: [] });
  });

  it("shows state and what a run waits for, the newest first, and filters", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    await workspace.wf(["run", "failing.ts", "--id", "b"]);
    await workspace.wf(["run", "order.ts", "--id", "c", "--no-wait"]);
    const { stdout } = await workspace.wf(["ls"]);
    expect(stdout.split("\n").map((line) => line.slice(0, 1))).toEqual(["R", "c", "b", "a", ""]);
    expect(stdout).toMatch(/^c +order +sleeping +.*waiting for "approve"$/m);
    const failed = await workspace.json("list", "--status", "failed");
    expect(failed["runs"]).toMatchObject([{ run: "b", state: "failed" }]);
    expect((await workspace.json("list", "--limit", "1"))["runs"]).toHaveLength(1);
  });

  it("uses the store that --dir or WF_DIR names", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a", "--dir", "elsewhere"]);
    expect((await workspace.wf(["list"])).stdout).toContain("no runs yet");
    expect((await workspace.wf(["list"], { env: { WF_DIR: "elsewhere" } })).stdout).toContain("completed");
  });
});

describe("--json", () => {
  it.each([
    { args: ["inspect", "nothing"], code: "not_found" },
    { args: ["run", "nothing.ts"], code: "no_module" },
    { args: ["run"], code: "usage" },
    { args: ["send", "x"], code: "usage" },
  ])("is exactly one document when $args fails", async ({ args, code }) => {
    const document = await workspace.json(...args);
    expect(document).toMatchObject({ ok: false, error: { code } });
    expect(Object.keys(document["error"] as object)).toEqual(expect.arrayContaining(["code", "message", "hint"]));
  });
});

describe("--help", () => {
  it("of a word that is no command suggests one; no command at all is shown all of them, or said as JSON", async () => {
    const { exitCode, stderr } = await workspace.wf(["help", "inspct"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("error  unknown command 'inspct'\n       did you mean inspect?  (wf --help)\n");
    expect(await workspace.wf([])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^Usage: wf /) as unknown,
    });
    expect(await workspace.json()).toMatchObject({ ok: false, error: { code: "usage" }, exitCode: 2 });
    expect((await workspace.wf(["help", "inspect"])).stdout).toMatch(/^Usage: wf inspect /);
  });

  it("of every command has an example", async () => {
    const all = await workspace.wf(["--help"]);
    const verbs = [...all.stdout.matchAll(/^ {2}([a-z-]+)[| [].*/gm)].map((match) => match[1] ?? "");
    expect(verbs).toEqual(expect.arrayContaining(["run", "resume", "send", "inspect", "list"]));
    for (const verb of ["run", "resume", "send", "inspect", "list"]) {
      const { stdout, exitCode } = await workspace.wf([verb, "--help"]);
      expect(stdout).toMatch(new RegExp(`Examples:\\n {2}wf (${verb}|ls)`));
      expect(exitCode).toBe(0);
    }
  });
});
