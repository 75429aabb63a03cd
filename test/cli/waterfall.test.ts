// The picture of `wf inspect`: bars in one column at every depth, and a step's own time only.

import { afterEach, describe, expect, it } from "vitest";
import { Workspace } from "./support/wf.ts";

/** Two branches: `x` backs off while `y` has failed for good; with "ok" in the folder both succeed. */
const ships = `
import { CriticalError } from "dotworkflows";
import { existsSync } from "node:fs";
export default async function ships(ctx) {
  await ctx.step("a", () => 1);
  return await ctx.join("j", {
    x: { run: (c) => c.step({ name: "s", maxRetries: 1, retryBackoffBase: 400, run: () => {
      if (!existsSync("ok")) throw new Error("no x");
      return 1;
    } }) },
    y: { run: (c) => c.step({ name: "s", run: () => {
      if (!existsSync("ok")) throw new CriticalError("no y");
      return 2;
    } }) },
  });
}`;

/** A join in a join in a join …: deeper than names have room. */
const deep = `
const nest = (c, depth) => depth === 0 ? c.step("s", () => 1) : c.join("j", { b: { run: (d) => nest(d, depth - 1) } });
export default (ctx) => nest(ctx, 12);`;

let workspace: Workspace;

afterEach(() => {
  workspace.remove();
});

/** In which cells the words behind the bars begin, each once: all bars are equally long. */
function columns(stdout: string): number[] {
  const found = stdout.split("\n").map((line) => line.search(/(?<=^ +✓ .* )\d+ (branch|ms)/));
  return [...new Set(found.filter((column) => column !== -1))];
}

describe("the error of a failed join", () => {
  it("names the place in the user's files where each branch threw", async () => {
    workspace = new Workspace({ "ships.ts": ships });
    const { stderr } = await workspace.wf(["run", "ships.ts", "--id", "r"]);
    expect(stderr).toMatch(
      /\n {7}at ships\.ts:6:\d+\n {7}x: at ships\.ts:8:\d+\n {7}y: at ships\.ts:12:\d+\n {7}wf inspect r/,
    );
  });
});

describe("the waterfall of wf inspect", () => {
  it("begins its bars in one column, however short the names and however deep", async () => {
    workspace = new Workspace({
      "short.ts": `export default (ctx) => ctx.join("j", { b: { run: (c) => c.step("s", () => 1) } });`,
      "deep.ts": deep,
    });
    await workspace.wf(["run", "short.ts", "--id", "short"]);
    const short = (await workspace.wf(["inspect", "short"])).stdout;
    expect(short.match(/^ +✓ [jbs] /gm)).toEqual(["  ✓ j ", "    ✓ b ", "      ✓ s "]);
    expect(columns(short)).toHaveLength(1);
    await workspace.wf(["run", "deep.ts", "--id", "deep"]);
    expect(columns((await workspace.wf(["inspect", "deep"])).stdout)).toHaveLength(1);
  });

  it("counts no time for a step between its failure for good and its retry, and draws no wait there", async () => {
    workspace = new Workspace({ "ships.ts": ships });
    await workspace.wf(["run", "ships.ts", "--id", "r"]);
    workspace.write("ok", "");
    const { stderr } = await workspace.wf(["retry", "r"]);
    expect(stderr).toMatch(/✓ j\/y\/s {2}\d{1,2} ms, 2 attempts, 1 since the retry\n/);
    const lines = (await workspace.wf(["inspect", "r"])).stdout.split("\n");
    const [x = "", y = ""] = lines.filter((line) => line.startsWith("      ✓ s"));
    expect(x).toMatch(/▏─+▏ *┊▏ {2,}[4-9]\d\d ms, 3 attempts/);
    expect(y).toMatch(/▏ +┊▏ {2}\d{1,2} ms, 2 attempts/);
  });
});
