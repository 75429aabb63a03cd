// What is typed while a run is on the screen and no key is asked for: it is not shown, and the terminal is given back.

import { afterEach, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

/** Works until it is told that it is enough. */
const works = `
import { existsSync } from "node:fs";
export default async function works(ctx) {
  await ctx.step({ name: "work", timeout: 0, run: async () => {
    while (!existsSync("enough")) await new Promise((resolve) => setTimeout(resolve, 10));
  }});
}`;
/** Its step begins to read only once the echo is off for sure. */
const asks = (read: string): string => `
import { execSync } from "node:child_process";
export default (ctx) => ctx.step({ name: "ask", timeout: 0, run: async () => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  console.log("now type");
  await new Promise((resolve) => setTimeout(resolve, 300)); // until that is shown
  return ${read};
}});`;

/** Whether the terminal echoes, in words that stand nowhere else. */
const LOOK = `stty -a | grep -q -e '-echo ' && echo "echo is off" || echo "echo is on"`;

let workspace: Workspace;
const screens: Screen[] = [];

afterEach(async () => {
  workspace.write("enough", "");
  for (const screen of screens.splice(0)) await screen.ended;
  workspace.remove();
});

function open(args: readonly string[], followedBy = LOOK): Screen {
  const screen = new Screen(args, { folder: workspace.folder, columns: 80, followedBy });
  screens.push(screen);
  return screen;
}

/** Types until nothing of it is echoed. */
async function untilSilent(screen: Screen): Promise<void> {
  for (;;) {
    const { length } = screen.raw;
    screen.press("x");
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    if (!screen.raw.slice(length).includes("x")) return;
  }
}

describe("what is typed while a step runs", () => {
  it("leaves nothing on the screen", async () => {
    workspace = new Workspace({ "works.ts": works });
    const screen = open(["run", "works.ts", "--id", "w"]);
    await screen.shows("Ctrl-C pauses");
    await untilSilent(screen);
    const { length } = screen.raw;
    screen.press("hello\r\rworld\r");
    await screen.writes("work", await screen.writes("work", length));
    workspace.write("enough", "");
    const lines = await screen.shows("echo is on");
    expect(lines.join("\n")).not.toMatch(/hello|world/);
    expect(lines.filter((line) => /work {2}|Ctrl-C pauses/.test(line))).toEqual([expect.stringMatching(/✓ work/)]);
  });

  it.each([
    ["Ctrl-C", ["\u0003"], "paused, work was cut off"],
    ["Ctrl-C twice", ["\u0003", "\u0003"], "stopped at once"],
    ["an error", [], "failed"],
  ])("is echoed again after %s", async (_, keys, said) => {
    workspace = new Workspace({ "works.ts": works.replace("}});", 'throw new Error("no");}, maxRetries: 0});') });
    const screen = open(["run", "works.ts", "--id", "w"]);
    await screen.shows("Ctrl-C pauses");
    await untilSilent(screen);
    for (const key of keys) {
      screen.press(key);
      await screen.shows("Ctrl-C again");
    }
    if (keys.length === 0) workspace.write("enough", "");
    await screen.shows(said);
    expect(await screen.shows("echo is on")).not.toContain("echo is off");
  });

  it("is echoed again after --crash-after", async () => {
    workspace = new Workspace({ "works.ts": works });
    const screen = open(["run", "works.ts", "--id", "w", "--crash-after", "work"]);
    await screen.shows("Ctrl-C pauses");
    await untilSilent(screen);
    workspace.write("enough", "");
    await screen.shows("killed after work");
    expect(await screen.shows("echo is on")).not.toContain("echo is off");
  });

  it("is echoed while Ctrl-Z has stopped it, and no more once it goes on", async () => {
    workspace = new Workspace({ "works.ts": works });
    const screen = open(["run", "works.ts", "--id", "w"], `${LOOK}; fg; ${LOOK}`);
    await screen.shows("Ctrl-C pauses");
    await untilSilent(screen);
    screen.press("\u001A");
    const on = await screen.writes("echo is on");
    await screen.writes("work", on);
    await untilSilent(screen);
    workspace.write("enough", "");
    await screen.writes("echo is on", on);
    expect(screen.raw).not.toContain("echo is off");
  });

  it("is echoed with --no-keys", async () => {
    workspace = new Workspace({ "works.ts": works });
    const screen = open(["run", "works.ts", "--id", "w", "--no-keys"]);
    await screen.shows("Ctrl-C pauses");
    await new Promise((resolve) => {
      setTimeout(resolve, 600);
    });
    screen.press("hello");
    expect(await screen.writes("hello")).toBeGreaterThan(0);
  });
});

describe("a step that reads the terminal", () => {
  it.each([
    [
      "by itself, with echo",
      'new Promise((resolve) => process.stdin.once("data", (line) => resolve(`${line}`)))',
      true,
    ],
    [
      "in a process of its own",
      'execSync("read x; echo $x", { stdio: ["inherit", "pipe", "inherit"] }).toString()',
      false,
    ],
  ])("gets a line %s", async (_, read, isEchoed) => {
    workspace = new Workspace({ "asks.ts": asks(read) });
    const screen = open(["run", "asks.ts", "--id", "a"]);
    const asked = await screen.writes("now type");
    await screen.writes("\n", asked);
    await new Promise((resolve) => {
      setTimeout(resolve, 600);
    });
    screen.press("hello\r");
    await screen.writes("completed");
    expect(screen.raw.slice(asked, screen.raw.indexOf("completed")).includes("hello")).toBe(isEchoed);
    expect(await screen.shows("echo is on")).not.toContain("echo is off");
    expect(await workspace.json("inspect", "a")).toMatchObject({ entries: [{ output: "hello\n" }] });
  });
});
