// What a person is asked, in a real terminal of several widths, in colour and without.

import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one } from "./support/modules.ts";
import { declared } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const COLORED = /\[3\d+m/;
const SIZES = [60, 80, 120].flatMap((columns) => [
  { columns, style: "in colour", env: {}, hasColor: true },
  { columns, style: "without colour", env: { NO_COLOR: "1" }, hasColor: false },
]);

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "declared.ts": declared });
});

afterEach(() => {
  workspace.remove();
});

const there = (file: string): boolean => existsSync(path.join(workspace.folder, file));

describe.each(SIZES)("at $columns columns $style", ({ columns, env, hasColor }) => {
  const open = (...args: string[]): Screen => new Screen(args, { folder: workspace.folder, columns, env });
  const isWell = async (screen: Screen): Promise<void> => {
    expect(await screen.wrapped()).toEqual([]);
    expect(COLORED.test(screen.raw)).toBe(hasColor);
  };

  it("wf init asks which template, takes the one that is chosen, and writes nothing when it is left", async () => {
    const choosing = open("init", "flows");
    await choosing.shows("Which template?");
    await choosing.shows("○ guarded");
    choosing.press("\u001B[B\r");
    expect(await choosing.ended).toBe(0);
    expect(there("flows/approval.ts")).toBe(true);
    await isWell(choosing);
    const leaving = open("init", "others");
    await leaving.shows("○ guarded");
    leaving.press("\u0003");
    expect(await leaving.ended).toBe(130);
    expect(there("others")).toBe(false);
    await isWell(leaving);
  });

  it("wf prune says what it would delete, asks, and deletes on yes only", async () => {
    await workspace.wf(["run", "one.ts", "--id", "over"]);
    for (const [keys, exitCode] of [
      ["\r", 1],
      ["\u0003", 130],
      ["y", 0],
    ] as const) {
      const screen = open("prune");
      await screen.shows("Delete 1 run for good?");
      expect((await screen.lines()).join("\n")).toMatch(/^over {2}completed {2}/m);
      expect(there(".workflows/over")).toBe(true);
      screen.press(keys);
      expect(await screen.ended).toBe(exitCode);
      await isWell(screen);
    }
    expect(there(".workflows/over")).toBe(false);
  });

  it("s offers the messages that are waited for, refuses what is not JSON, and sends", async () => {
    const screen = open("run", "declared.ts", "--id", "d");
    await screen.shows("s send a message");
    screen.press("s");
    await screen.shows("○ reject");
    screen.press("\u001B[B\r");
    await screen.shows("Body of reject, as JSON");
    screen.press("no\r");
    await screen.shows("not JSON: a string needs quotes");
    screen.press('\u007F\u007F{"$date":"never"}\r');
    await screen.shows('"never" is no date');
    screen.press(`${"\u007F".repeat(17)}{"by":"ann"}\r`);
    expect(await screen.ended).toBe(0);
    expect((await screen.lines()).join("\n")).toContain('received "reject"');
    await isWell(screen);
  });
});
