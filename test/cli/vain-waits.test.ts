// Code that lets a command wait: outside of steps, or at its top level. What is said, who gives up, and when.

import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModuleReference } from "../../src/cli/find-workflow.ts";
import { findInTime, loadingWords } from "../../src/cli/slow-load.ts";
import { Workspace } from "./support/wf.ts";

const flow = `
export default async function flow(ctx, input) {
  for (let round = 0; round < input.rounds; round++) {
    await ctx.step("quote" + round, () => 1);
    /* after quote */
  }
  await ctx.try("charging", async (inner) => {
    await inner.step("charge", () => 2);
    /* after charge */
    await inner.step("receipt", () => 3);
  });
  await ctx.queue.next("approval", { names: ["approve"] });
}`;
const never = "await new Promise(() => setInterval(() => undefined, 1_000));";
const slowly = "await new Promise((resolve) => setTimeout(resolve, 1_500));";

const simple = `export default async (ctx) => {
  await ctx.step("one", () => 1);
  await ctx.queue.next("go", { names: ["go"] });
};`;

let place: Workspace;

beforeAll(() => {
  place = new Workspace({ "flow.js": flow, "simple.js": simple });
});

afterAll(() => {
  place.remove();
});

describe("comparing many runs whose code waits outside of steps", { timeout: 60_000 }, () => {
  const hung = ["h1", "h2", "h3", "h4"];

  beforeAll(async () => {
    for (const [at, id] of hung.entries())
      await place.wf(["run", "flow.js", "--id", id, "--no-wait", "-f", `rounds=${at}`]);
    await place.wf(["run", "flow.js", "--id", "s1", "--no-wait", "-f", "rounds=1", "-f", "isSlow=true"]);
  });

  it("waits long at a place once, and at another place as long as it takes", async () => {
    place.write(
      "flow.js",
      flow
        .replace("/* after quote */", `if (input.isSlow) ${slowly}`)
        .replace("/* after charge */", `if (!input.isSlow) ${never}`),
    );
    const begun = performance.now();
    const { runs, exitCode } = await place.json("replay-diff", "--all", "--no-probe");
    const took = performance.now() - begun;
    const verdicts = (runs as { run: string; differences: { verdict: string }[] }[]).map(
      ({ run, differences }) => `${run} ${differences.map(({ verdict }) => verdict).join(", ")}`,
    );
    const expected = hung.map((run) => `${run} not compared, unreached, unreached`);
    expect(verdicts.toSorted()).toEqual([...expected, "s1 "]);
    expect(exitCode).toBe(1);
    expect(took).toBeGreaterThan(5_000);
    expect(took).toBeLessThan(15_000);
  });
});

describe("a module whose top level waits", { timeout: 60_000 }, () => {
  const inner = `export const db = 1;\n${never}`;
  const outer = `import { db } from "./db.js";\nexport default () => db;`;

  it("is given up after the time that was given, and the file that waits is named", async () => {
    place.write("db.js", inner);
    place.write("outer.js", outer);
    const reference: ModuleReference = { file: path.join(place.folder, "outer.js") };
    const told: string[] = [];
    const found = findInTime(reference, {
      every: 20,
      longest: 300,
      stillLoading: (_took, waitsFor) => void told.push(loadingWords(reference, waitsFor)),
    });
    await expect(found).rejects.toMatchObject({
      message: expect.stringMatching(/outer\.js did not finish loading in \d+ s: a top-level await/) as string,
      facts: { code: "never_loaded", exitCode: 1, where: expect.stringMatching(/db\.js$/) as string },
    });
    expect(told.length).toBeGreaterThan(3);
    expect(told.at(-1)).toMatch(/^still loading .*outer\.js \(top-level await in .*db\.js\) …$/);
  });

  it("may take long: that is said, and it is compared", async () => {
    await place.wf(["run", "simple.js", "--id", "late", "--no-wait"]);
    place.write("simple.js", `await new Promise((resolve) => setTimeout(resolve, 4_500));\n${simple}`);
    const { stderr, stdout, exitCode } = await place.wf(["replay-diff", "late"]);
    expect([stderr, exitCode]).toEqual(["still loading simple.js …  gives up after 30 s\n", 0]);
    expect(stdout).toContain("no differences");
    place.write("simple.js", simple);
  });

  it("is one run's trouble of many, where it never can go on", async () => {
    const other = new Workspace({ "stuck.js": simple, "fine.js": simple });
    for (const name of ["fine", "stuck"]) await other.wf(["run", `${name}.js`, "--id", name, "--no-wait"]);
    other.write("stuck.js", `await new Promise(() => undefined);\n${simple}`);
    const { stdout, exitCode } = await other.wf(["replay-diff", "--all"]);
    expect(stdout).toContain("stuck  stuck.js cannot be loaded: a top-level await in it never settles");
    expect(stdout).toMatch(/✓ fine/);
    expect(exitCode).toBe(1);
    const resumed = await other.wf(["resume", "stuck"]);
    expect(resumed.stderr).toMatch(/^error {2}stuck\.js cannot be loaded: a top-level await in it never settles\n/);
    expect(resumed.exitCode).toBe(1);
    other.remove();
  });

  it("does not silence wf send, which checks the message with it", async () => {
    const declared = `import { defineWorkflow } from "dotworkflows";
const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
export default defineWorkflow({ messages: { go: any }, run: (ctx) => ctx.queue.next("go") });`;
    place.write("declared.js", declared);
    await place.wf(["run", "declared.js", "--id", "d", "--no-wait"]);
    place.write("declared.js", `await new Promise(() => undefined);\n${declared}`);
    const { stderr, exitCode } = await place.wf(["send", "d", "go", "1"]);
    expect(stderr).toMatch(/^error {2}declared\.js cannot be loaded: a top-level await in it never settles\n/);
    expect(exitCode).toBe(1);
  });
});
