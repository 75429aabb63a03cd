// How the command line behaves towards people and scripts: names, colours, ids, and where the runs are.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one, order } from "./support/modules.ts";
import { Screen } from "./support/screen.ts";
import { binary, Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "order.ts": order });
});

afterEach(() => {
  workspace.remove();
});

describe("colour", () => {
  const isColored = async (flags: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> =>
    /\[\d+m/.test((await workspace.wf(["list", ...flags], { env })).stdout);

  it("is as --color says, then NO_COLOR, then FORCE_COLOR, then as the terminal is", async () => {
    await workspace.wf(["run", "one.ts"]);
    expect(await isColored([], {})).toBe(false);
    expect(await isColored(["--color"], { NO_COLOR: "1" })).toBe(true);
    expect(await isColored(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
    expect(await isColored([], { FORCE_COLOR: "1" })).toBe(true);
    expect(await isColored([], { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(await isColored([], { FORCE_COLOR: "0" })).toBe(false);
  });

  it("and redraws are left out where the terminal is dumb", async () => {
    const screen = new Screen(["run", "one.ts"], { folder: workspace.folder, columns: 80, env: { TERM: "dumb" } });
    expect(await screen.ended).toBe(0);
    expect(screen.raw).not.toContain("\u001B");
  });
});

describe("the document of a command that also goes on with the run", () => {
  it("is that of wf resume", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const sent = await workspace.json("send", "o", "approve", '{"by":"ann"}', "--resume");
    expect(sent).toMatchObject({ schema: "wf.run/1", ok: true, run: "o", state: "completed" });
    const forked = await workspace.json("fork", "o", "--from", "ship", "--id", "f", "--resume");
    expect(forked).toMatchObject({ schema: "wf.run/1", run: "f", state: "completed", origin: { run: "o" } });
  });
});

describe("an error", () => {
  it("suggests the flag that was meant", async () => {
    const { exitCode, stderr } = await workspace.wf(["run", "one.ts", "--no-wiat"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("error  unknown option '--no-wiat'\n       did you mean --no-wait?  (wf run --help)\n");
  });

  it("leads to the help of the command that was typed, by its alias, too, and beside a run called like another", async () => {
    const hintOf = async (...args: string[]): Promise<string> =>
      /wf [a-z -]*--help/.exec((await workspace.wf([...args, "--bogus"])).stderr)?.[0] ?? "";
    expect(await hintOf("ls")).toBe("wf list --help");
    expect(await hintOf("--dir", "list", "inspect", "run")).toBe("wf inspect --help");
  });

  it.each([
    ["inspect", "a", "--follow", "--step", "one", "--at", "2"],
    ["inspect", "a", "--follow", "--events"],
    ["inspect", "a", "--step", "one", "--events", "--tail", "1"],
    ["export", "a", "--force"],
  ])("is said where a flag would go unheard: wf %s %s %s %s", async (...args) => {
    expect(await workspace.wf(args)).toMatchObject({ exitCode: 2, stdout: "" });
  });

  it("shows no stack of ours, unless WF_DEBUG is 1", async () => {
    await workspace.wf(["run", "one.ts"]);
    expect((await workspace.wf(["inspect", "nothing"])).stderr).not.toContain("    at ");
    const { stderr } = await workspace.wf(["inspect", "nothing"], { env: { WF_DEBUG: "1" } });
    expect(stderr).toContain("    at ");
  });

  it("is what becomes of the latest run where there is none; of all runs it is not", async () => {
    for (const command of ["inspect", "resume", "replay-diff"]) {
      const { exitCode, stderr } = await workspace.wf([command]);
      expect(exitCode, command).toBe(4);
      expect(stderr).toMatch(/^error {2}no runs in .+\n {7}wf run <module> {2}starts one\n$/);
    }
    for (const command of [["list"], ["doctor"], ["prune", "--yes"]])
      expect((await workspace.wf(command)).exitCode, command[0]).toBe(0);
    expect(existsSync(path.join(workspace.folder, ".workflows"))).toBe(false);
  });
});

describe("a run is named by", () => {
  it("its id, the beginning of it or of its random part, or latest; what fits several is refused", async () => {
    for (const id of ["order-ab12", "order-ab34", "order-ab"]) await workspace.wf(["run", "one.ts", "--id", id]);
    const named = async (name: string): Promise<unknown> => (await workspace.json("inspect", name))["run"];
    expect(await named("order-ab1")).toBe("order-ab12");
    expect(await named("ab3")).toBe("order-ab34");
    expect(await named("order-ab")).toBe("order-ab");
    expect(await named("latest")).toBe("order-ab");
    const { exitCode, stderr } = await workspace.wf(["inspect", "order-a"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/"order-a" stands for 3 runs: .+\n {7}type more of the id\n/);
  });
});

describe("wf run", () => {
  it("says its id at once, with --json, too", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o", "--json"]);
    await running.says("run o  order.ts\n");
    expect(running.stdout).toBe("");
    running.child.kill("SIGINT");
    expect(JSON.parse((await running.ended).stdout)).toMatchObject({ run: "o", state: "paused" });
  });

  it("keeps runs beside the nearest package.json, and looks for them up to the repository's root", async () => {
    mkdirSync(path.join(workspace.folder, ".workflows"));
    mkdirSync(path.join(workspace.folder, "repo/.git"), { recursive: true });
    workspace.write("repo/pack/package.json", '{"type":"module"}');
    workspace.write("repo/pack/src/one.ts", one);
    const { stderr } = await workspace.wf(["run", "one.ts", "--id", "o"], { cwd: "repo/pack/src" });
    expect(stderr).toMatch(/^runs are kept in \.\.[\\/]\.workflows\n/);
    expect(existsSync(path.join(workspace.folder, "repo/pack/.workflows/o/history.cbor"))).toBe(true);
    expect((await workspace.wf(["list"], { cwd: "repo" })).stdout).toContain("no runs yet");
    expect((await workspace.wf(["list"], { cwd: "repo/pack/src" })).stdout).toContain("completed");
  });
});

describe("wf send", () => {
  it("sends an id once: the same body is sent already, another one is an error", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const send = (body: string): ReturnType<Workspace["wf"]> =>
      workspace.wf(["send", "o", "approve", body, "--id", "m-1"]);
    expect((await send('{"by":"ann"}')).stderr).toMatch(/^sent approve to o  \(message m-1\)\n/);
    expect((await send('{"by":"ann"}')).stderr).toMatch(/^already sent approve to o  \(message m-1\)\n/);
    const other = await send('{"by":"eve"}');
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("choose another --id");
    expect((await workspace.json("resume", "o"))["output"]).toMatchObject({ by: "ann" });
  });

  it("with --resume leaves a run to the process that has it", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    const { exitCode, stderr } = await workspace.wf(["send", "o", "approve", '{"by":"ann"}', "--resume"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`run o is in the hands of process ${running.child.pid}: it goes on there\n`);
    expect((await running.ended).exitCode).toBe(0);
  });
});

describe("wf doctor", () => {
  it("says which file answers to wf", async () => {
    expect((await workspace.wf(["doctor"])).stdout).toMatch(/^wf {5}.+\n/);
    expect((await workspace.json("doctor"))["wf"]).toBe(binary);
  });
});

describe("wf inspect --at", () => {
  it("beyond the end is the run as it is after its last event", async () => {
    await workspace.wf(["run", "one.ts", "--id", "o"]);
    const { stdout } = await workspace.wf(["inspect", "o", "--at", "999"]);
    expect(stdout).toMatch(/as it was after event [1-9]\n/);
  });
});
