// What a person sees: the real binary in a real terminal, as a terminal emulator shows it.

import { afterEach, describe, expect, it } from "vitest";
import { order, slow } from "./support/modules.ts";
import { parcels, sleepy } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

afterEach(() => {
  workspace.remove();
});

const SIZES = [60, 80, 120].flatMap((columns) => [
  { columns, style: "in colour", env: {}, hasColor: true },
  { columns, style: "without colour", env: { NO_COLOR: "1" }, hasColor: false },
]);

const open = (args: readonly string[], options: { columns: number; env?: Record<string, string> }): Screen =>
  new Screen(args, { folder: workspace.folder, ...options });

describe("a narrow screen", () => {
  const id = "order-with-an-id-that-is-rather-long-8f3k2q";

  it("has a command below the frame where it has no room inside, and takes it back", async () => {
    workspace = new Workspace({ "order.ts": order });
    const screen = open(["run", "order.ts", "--id", id], { columns: 60 });
    const lines = await screen.shows("s send · q pause");
    const footer = lines.findIndex((line) => line.startsWith("└"));
    expect(lines.slice(footer + 1).join("")).toBe(`wf send ${id} approve '{}'`);
    expect(lines.slice(1, footer).every((line) => /^[◆│]/.test(line))).toBe(true);
    await workspace.wf(["send", id, "approve", '{"by":"ann"}']);
    expect(await screen.ended).toBe(0);
    expect((await screen.lines()).join("\n")).not.toContain("wf send");
  });

  it("cuts an id in wf list before it cuts state and time", async () => {
    workspace = new Workspace({ "order.ts": order });
    await workspace.wf(["run", "order.ts", "--id", id, "--no-wait"]);
    const screen = open(["list"], { columns: 60 });
    await screen.ended;
    const [head = "", row = ""] = await screen.lines();
    expect(head).toMatch(/^RUN +WORKFLOW {2}STATE +STARTED$/);
    expect(row).toMatch(/^order-with-an-id-.*… {2}order {5}sleeping {2}just now/);
  });
});

describe("the screen of a run", () => {
  it.each(SIZES)(
    "keeps one region up to date at $columns columns $style, and leaves one line per entry",
    async ({ columns, env, hasColor }) => {
      workspace = new Workspace({ "order.ts": order });
      const screen = open(["run", "order.ts", "--id", "order-1"], { columns, env });
      const waiting = await screen.shows("q pause");
      expect(waiting.map((line) => line.replace(/\d+ ms/, "N ms"))).toEqual([
        "runs are kept in .workflows",
        "◆ order-1  order.ts",
        "│  from the workflow",
        "│  ✓ quote             N ms",
        '│  ⏸ approval          waiting for "approve"',
        "│",
        "│  wf send order-1 approve '{}'",
        "└  s send a message · q pause (wf resume order-1)",
      ]);
      await workspace.wf(["send", "order-1", "approve", '{"by":"ann"}']);
      expect(await screen.ended).toBe(0);
      const done = (await screen.lines()).join("\n");
      expect(done).toContain('│  ✓ approval          received "approve"\n');
      expect(done).toMatch(/INFO: approved/);
      expect(done).toMatch(/│ {2}✓ ship {14}\d+ ms\n└ {2}✓ completed in .*\n\{\n/);
      expect(done).not.toContain("Ctrl-C pauses");
      expect(done.match(/quote {2}/g)).toHaveLength(1);
      expect(/\[\d+m/.test(screen.raw)).toBe(hasColor);
    },
  );

  it("is whole again after the terminal was made narrower", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    const screen = open(["run", "slow.ts", "--id", "a-run-with-a-long-id-that-fills-the-line"], { columns: 100 });
    await screen.shows("● long");
    screen.resize(50);
    await screen.shows("fills-the-line)");
    workspace.write("go-on", "");
    expect(await screen.ended).toBe(0);
    const lines = await screen.lines();
    expect(lines.filter((line) => /● long|Ctrl-C|^[^◆]*fills-the-line\)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes("✓ long"))).toHaveLength(1);
  });

  it("pauses on Ctrl-C, and says that it does", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    const screen = open(["run", "slow.ts", "--id", "s"], { columns: 80 });
    await screen.shows("● long");
    screen.press("\u0003");
    await screen.shows("└  pausing: a running step has 5.0 s to finish · Ctrl-C again stops at once");
    workspace.write("go-on", "");
    expect(await screen.ended).toBe(130);
    expect((await screen.lines()).slice(-2)).toEqual(["└  paused", "   wf resume s"]);
  });

  it("has no colour with NO_COLOR, and neither colour nor redraws in CI", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    workspace.write("go-on", "");
    const plain = open(["run", "slow.ts"], { columns: 80, env: { NO_COLOR: "1" } });
    await plain.ended;
    expect(plain.raw).not.toMatch(/\[\d+m/);
    const inCi = open(["run", "slow.ts"], { columns: 80, env: { CI: "true" } });
    await inCi.ended;
    expect(inCi.raw).not.toContain("\u001B");
    const colored = open(["run", "slow.ts"], { columns: 80 });
    await colored.ended;
    expect(colored.raw).toContain("\u001B[32m✓\u001B[39m");
  });
});

describe("the keys of a run that waits", () => {
  it.each([60, 80, 120])("send a message, offering the names that are waited for, at %i columns", async (columns) => {
    workspace = new Workspace({ "order.ts": order });
    const screen = open(["run", "order.ts", "--id", "order-1"], { columns });
    await screen.shows("s send a message");
    screen.press("s");
    await screen.shows("Body of approve, as JSON");
    screen.press('{"by":"ann"}\r');
    expect(await screen.ended).toBe(0);
    const lines = await screen.lines();
    expect(lines.filter((line) => line.includes("⏸"))).toEqual([]);
    expect(lines).toContain('│  ✓ approval          received "approve"');
    expect(lines.join("\n")).toContain('"by": "ann"');
  });

  it("skip a sleep, and pause; the terminal is as it was", async () => {
    workspace = new Workspace({ "sleepy.ts": sleepy });
    const screen = open(["run", "sleepy.ts", "--id", "s"], { columns: 60, env: { NO_COLOR: "1" } });
    await screen.shows("k skip the sleep");
    screen.press("k");
    await screen.shows("s send a message");
    screen.press("q");
    expect(await screen.ended).toBe(3);
    const lines = await screen.lines();
    expect(lines.slice(-2)).toEqual(['└  paused, waiting for "approve"', "   wf resume s"]);
    expect(lines.join("\n")).toMatch(/✓ nap {15}woken after/);
    expect(screen.raw).not.toMatch(/\[\d+m/);
  });

  it.each([40, 80])("leave nothing of a message that was not sent, at %i columns", async (columns) => {
    workspace = new Workspace({ "order.ts": order });
    const screen = open(["run", "order.ts", "--id", "order-1"], { columns });
    for (const leave of ["\u0003", "\u001B"]) {
      await screen.shows("s send");
      screen.press("s");
      await screen.shows("Body of approve, as JSON");
      screen.press("{ok: true, and: 'a text that is longer than the terminal is wide'}");
      await screen.shows("wide'}");
      screen.press(leave);
    }
    await screen.shows("s send");
    screen.press("s");
    await screen.shows("Body of approve, as JSON");
    await workspace.wf(["send", "order-1", "approve", '{"by":"ann"}']);
    expect(await screen.ended).toBe(0);
    const lines = (await screen.lines()).map((line) => line.replace(/ {2,}.*/, ""));
    expect(lines.join("\n")).not.toMatch(/Body of|ok: true|longer/);
    expect(lines.filter((line) => line.startsWith("◆"))).toHaveLength(1);
  });

  it("are silent with --no-keys", async () => {
    workspace = new Workspace({ "sleepy.ts": sleepy });
    const screen = open(["run", "sleepy.ts", "--id", "s", "--no-keys"], { columns: 80 });
    await screen.shows("⏸ nap");
    await screen.shows("Ctrl-C pauses (wf resume s)");
    screen.press("\u0003");
    expect(await screen.ended).toBe(130);
  });
});

describe("what is typed ahead", () => {
  const naps = `
import { existsSync } from "node:fs";
const until = async (file) => { while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10)); };
export default async (ctx) => {
  await ctx.step("build", () => until("built"));
  await ctx.sleep("one hour", 3_600_000);
  await ctx.step("launch", () => until("launched"));
  await ctx.sleep("another", 3_600_000);
};`;

  it("presses no key, at the first wait and at a later one", async () => {
    workspace = new Workspace({ "naps.ts": naps });
    const screen = open(["run", "naps.ts", "--id", "n"], { columns: 80, env: { NO_COLOR: "1" } });
    await screen.shows("● build");
    screen.press("make check\r");
    screen.press("quit\r");
    screen.press("k");
    workspace.write("built", "");
    await screen.shows("k skip the sleep · q pause");
    expect((await screen.lines()).join("\n")).toContain('⏸ "one hour"');
    screen.press("k");
    await screen.shows("● launch");
    screen.press("make check\rq\rk");
    workspace.write("launched", "");
    await screen.shows("⏸ another");
    await screen.shows("k skip the sleep · q pause");
    const lines = (await screen.lines()).join("\n");
    expect(lines).toMatch(/✓ "one hour" +woken after/);
    expect(lines).toMatch(/⏸ another/);
    screen.press("q");
    expect(await screen.ended).toBe(3);
  });

  it("and what is pasted or typed as a line presses none either; the hint is gone until it is over", async () => {
    workspace = new Workspace({ "naps.ts": naps });
    workspace.write("built", "");
    const screen = open(["run", "naps.ts", "--id", "n"], { columns: 80, env: { NO_COLOR: "1" } });
    let seen = await screen.writes("k skip the sleep");
    for (const keys of [["make check\n"], ["kk\n"], ["q\r"], ["echo quick"], ["\u001BOk"], ["m", "k", "q"]]) {
      for (const key of keys) screen.press(key);
      seen = await screen.writes("└  Ctrl-C pauses (wf resume n)", seen);
      seen = await screen.writes("k skip the sleep", seen);
    }
    expect((await screen.lines()).join("\n")).not.toMatch(/✓ "one|paused/);
    screen.press("\u0003");
    expect(await screen.ended).toBe(130);
  });
});

describe("wf inspect in a terminal", () => {
  it.each(SIZES)(
    "is a waterfall that fits into $columns columns $style, loops folded",
    async ({ columns, env, hasColor }) => {
      workspace = new Workspace({ "parcels.ts": parcels });
      await workspace.wf(["run", "parcels.ts", "--id", "p"]);
      const screen = open(["inspect"], { columns, env });
      expect(await screen.ended).toBe(0);
      const lines = await screen.lines();
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines[0]).toBe("p  parcels  parcels.ts");
      expect(lines).toContain("    … 9 earlier iterations");
      expect(lines.some((line) => /^ {2}✓ orders +━+ +12 iterations/.test(line))).toBe(true);
      expect(lines.filter((line) => line.includes("charge"))).toHaveLength(3);
      expect(lines.at(-1)).toBe("  output  11");
      expect(screen.raw.includes("\u001B[32m")).toBe(hasColor);
    },
  );
});
