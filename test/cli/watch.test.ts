// wf run --watch with the real binary: saves of every kind, and how to leave.

import { renameSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { edited } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "edited.ts": edited });
});

afterEach(() => {
  workspace.remove();
});

const broken = edited.replace('"first"', '"other"');

const inPlace = (text: string): void => {
  workspace.write("edited.ts", text);
};

const byRename = (text: string): void => {
  const file = workspace.write("edited.ts.tmp", text);
  renameSync(file, path.join(workspace.folder, "edited.ts"));
};

const times = (text: string, part: string): number => text.split(part).length - 1;

describe("wf run --watch", () => {
  it("goes on with edited code that fits, and holds the run where it does not", async () => {
    const running = workspace.start(["run", "edited.ts", "--id", "e", "--watch"]);
    await running.says("wf send e go");
    workspace.write("edited.ts", edited.replace('"first"', '"other"'));
    await running.says("the run stays paused");
    expect((await workspace.json("inspect", "e"))["state"]).toBe("paused");
    workspace.write("edited.ts", edited.replace('"old"', '"new"'));
    await running.says("run e  edited.ts\n⏸ go");
    await workspace.wf(["send", "e", "go", "7"]);
    const { stdout, exitCode } = await running.ended;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ first: 1, body: 7, code: "new" });
  });

  it.each([
    ["by rename", byRename],
    ["in place", inPlace],
  ])("hears eight saves %s", { timeout: 60_000 }, async (_how, save) => {
    const running = workspace.start(["run", "edited.ts", "--id", "e", "--watch"]);
    await running.says("wf send e go");
    const heard = async (part: string, count: number): Promise<void> => {
      await expect.poll(() => times(running.stderr, part), { timeout: 10_000 }).toBe(count);
    };
    for (let turn = 1; turn <= 4; turn++) {
      save(`${broken}// ${turn}`);
      await heard("the run stays paused", turn);
      save(edited.replace('"old"', `"new ${turn}"`));
      await heard("⏸ go", turn + 1);
    }
    await workspace.wf(["send", "e", "go", "7"]);
    expect(JSON.parse((await running.ended).stdout)).toEqual({ first: 1, body: 7, code: "new 4" });
  });

  it("says why it holds a run that could go on, but not be rolled back, and how to go on without", async () => {
    const undoable = (name: string): string => `export default async function t(ctx) {
      await ctx.rollbackCheckpoint("start");
      await ctx.loop("pick", async (turn) => {
        await turn.step({ name: "${name}", run: () => 1, rollback: () => undefined });
        return Loop.break(1);
      });
      await ctx.queue.next("go", { names: ["go"] });
    }
    import { Loop } from "dotworkflows";`;
    workspace.write("t.ts", undoable("reserve"));
    const running = workspace.start(["run", "t.ts", "--id", "t", "--watch"]);
    await running.says("wf send t go");
    workspace.write("t.ts", undoable("allocate"));
    await running.says("saving tries again");
    expect(running.stderr).toContain("a rollback would be refused");
    expect(running.stderr).toContain("the run stays paused: it could go on, but if it failed with this code");
    expect(running.stderr).toMatch(/go on without:\n {2}wf resume t\nsaving tries again/);
    running.child.kill("SIGINT");
    await running.ended;
    expect(await workspace.wf(["resume", "t", "--no-wait"])).toMatchObject({ exitCode: 3 });
  });

  it("hears the save of a module that was gone, or did not load", { timeout: 30_000 }, async () => {
    const running = workspace.start(["run", "edited.ts", "--id", "e", "--watch"]);
    await running.says("wf send e go");
    byRename("export default async function edited( {");
    await running.says("syntax error");
    renameSync(path.join(workspace.folder, "edited.ts"), path.join(workspace.folder, "elsewhere.ts"));
    await running.says("Cannot find module");
    byRename(edited.replace('"old"', '"new"'));
    await expect.poll(() => times(running.stderr, "⏸ go"), { timeout: 10_000 }).toBe(2);
    running.child.kill("SIGINT");
    expect((await running.ended).exitCode).toBe(130);
  });

  it.each([
    ["q", "q", 3],
    ["Ctrl-C", "\u0003", 130],
  ])("is left with %s while the code does not fit", async (_name, key, exitCode) => {
    const screen = new Screen(["run", "edited.ts", "--id", "e", "--watch"], { folder: workspace.folder, columns: 80 });
    await screen.shows("q pause");
    byRename(broken);
    await screen.shows("saving tries again  (q leaves it paused)");
    screen.press(key);
    expect(await screen.ended).toBe(exitCode);
    expect((await screen.lines()).slice(-2)).toEqual(["└  paused", "   wf resume e"]);
    expect((await workspace.json("inspect", "e"))["state"]).toBe("paused");
  });
});
