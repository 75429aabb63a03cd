// What wf dev says of several runs at once: each line with its run, nothing twice, and no advice that it follows itself.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { order } from "./support/modules.ts";
import { dies } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Supervised } from "./support/supervisor.ts";

const flaky = `
export default async function flaky(ctx) {
  await ctx.step({ name: "charge", maxRetries: 1, retryBackoffBase: 10, run: () => {
    throw new Error("connect ECONNREFUSED 10.0.0.1:443, the payment gateway answers nothing at all");
  }});
}`;
/** Runs until it is told to stop, which it takes its time for. */
const works = `
import { existsSync } from "node:fs";
export default async function works(ctx) {
  await ctx.step("work", async () => {
    console.log("at work");
    while (!existsSync("enough")) await new Promise((resolve) => setTimeout(resolve, 10));
  });
}`;

const stages = `
export default async function stages(ctx) {
  await ctx.step("a", () => 1);
  await ctx.queue.next("first", { names: ["first"] });
  await ctx.step("b", () => 2);
  await ctx.queue.next("second", { names: ["second"] });
}`;

let workspace: Supervised;

beforeEach(() => {
  workspace = new Supervised();
});

afterEach(() => workspace.end());

describe("wf dev", () => {
  it("says at once, and once, what does not fit code that was edited before it began", async () => {
    workspace.write("order.ts", order);
    workspace.write("flaky.ts", flaky.replace("maxRetries: 1", "maxRetries: 0"));
    for (const id of ["a", "b"]) await workspace.wf(["run", "order.ts", "--id", id, "--no-wait"]);
    await workspace.wf(["run", "flaky.ts", "--id", "f", "--crash-before", "charge"]);
    workspace.write("order.ts", order.replace('"quote"', '"price"'));
    const started = await workspace.supervise("--jobs", "3");
    await started.says("as shown for a");
    await started.says("f │ ✗ failed");
    expect(started.stderr).toMatch(/a │ the edited code does not fit what is on record: set aside until it is edited/);
    expect(started.stderr.match(/~ ✗ quote → price/g)).toHaveLength(1);
    await workspace.wf(["send", "a", "approve", '{"by":"ann"}']);
    workspace.write("order.ts", order);
    await started.says("a │ ✓ completed");
    expect(started.stderr).not.toContain("✗ refused");
  });

  it("does not call code edited that was not, nor speak of an exit", async () => {
    const moody = `export default async function moody(ctx) {
      const isFirst = await ctx.step("a", () => process.pid) === process.pid;
      await ctx.step(isFirst ? "b" : "c", () => 1);
      await ctx.queue.next("go", { names: ["go"] });
    }`;
    workspace.write("moody.ts", moody);
    await workspace.wf(["run", "moody.ts", "--id", "m", "--no-wait"]);
    workspace.write("notes.ts", "export {};");
    const started = await workspace.supervise();
    await started.says("m │ its code, though unedited, does not fit what is on record: set aside until it is edited");
    expect(started.stderr).toMatch(/m │ 1 difference.*history untouched\n/);
  });

  it("lets a step that is under way finish when it is told to stop, also one that takes long", async () => {
    workspace.write("works.ts", works);
    await workspace.wf(["run", "works.ts", "--id", "w", "--crash-before", "work"]);
    const started = await workspace.supervise();
    await started.says("w │ at work");
    started.child.kill("SIGTERM");
    await started.says("w │ stopping: a running step may finish");
    // A pause by hand would cut it off now.
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    workspace.write("enough", "");
    expect((await started.ended).exitCode).toBe(143);
    expect(started.stderr).toContain("w │ ✓ work");
  });

  it("stops, and goes on with edited code, though the old code waits for what never comes", async () => {
    const waits = `export default async function waits(ctx) {
      await ctx.step("one", () => 1);
      await new Promise(() => setInterval(() => undefined, 1_000));
    }`;
    workspace.write("waits.ts", waits);
    await workspace.wf(["run", "waits.ts", "--id", "w", "--crash-before", "one"]);
    const started = await workspace.supervise();
    await started.says("w │ ✓ one");
    await workspace.saveUntil("waits.ts", waits.replace(/await new.*/, ""), "w │ ✓ completed");
    expect(await workspace.json("inspect", "w")).toMatchObject({ state: "completed" });
  });

  it("sees what was edited of what a module imports from outside of its folder, through another file, too", async () => {
    const name = (text: string): string => `export const first: string = ${JSON.stringify(text)};`;
    workspace.write("shared/names/first.ts", name("a"));
    workspace.write("shared/index.cts", 'export const { first } = require("./names/first.ts");');
    workspace.write("flows/stages.ts", `import { first } from "../shared/index.cts";${stages.replace('"a"', "first")}`);
    await workspace.wf(["run", "flows/stages.ts", "--id", "s", "--no-wait"]);
    workspace.write("shared/names/first.ts", name("before"));
    const started = await workspace.supervise();
    await started.says("✗ a → before");
    await started.says("set aside until it is edited");
    await workspace.saveUntil("shared/names/first.ts", name("a"), "the edited code fits what is on record");
    workspace.write("shared/names/first.ts", 'export const first = "');
    await started.says("its code cannot be loaded");
    await workspace.saveUntil("shared/names/first.ts", name("again"), "✗ a → again");
    expect(started.stderr.match(/the edited code fits/g)).toHaveLength(1);
  });

  it("sees at its start what was edited below the folder of a module", async () => {
    workspace.write("flows/stages.ts", `import { first } from "./names/first.ts";${stages.replace('"a"', "first")}`);
    workspace.write("flows/names/first.ts", 'export const first = "a";');
    await workspace.wf(["run", "flows/stages.ts", "--id", "s", "--no-wait"]);
    workspace.write("flows/names/first.ts", 'export const first = "a2";');
    const started = await workspace.supervise();
    await started.says("s │ the edited code does not fit what is on record: set aside");
    expect(started.stderr).toContain("s │ ~ ✗ a → a2");
  });

  it("compares the runs of the folder that was saved, however many others there are beside or above it", async () => {
    workspace.write("flows/stages.ts", stages);
    workspace.write("flows/more/stages.ts", stages);
    workspace.write("flows2/stages.ts", stages);
    const start = (id: string, module: string): Promise<unknown> =>
      workspace.wf(["run", module, "--id", id, "--no-wait", "--durability", "os"]);
    await start("z1", "flows2/stages.ts");
    await start("z2", "flows/more/stages.ts");
    for (let at = 0; at < 20; at += 4)
      await Promise.all([0, 1, 2, 3].map((more) => start(`a${at + more}`, "flows/stages.ts")));
    const started = await workspace.supervise();
    await started.says("supervising");
    for (const [id, folder] of [
      ["z1", "flows2"],
      ["z2", "flows/more"],
    ]) {
      workspace.write(`${folder}/stages.ts`, stages.replace('"a"', '"a2"'));
      await started.says(`${id} │ the edited code does not fit what is on record: set aside`);
    }
    await started.says("another run with its code there was not compared: wf replay-diff --all");
    expect(started.stderr.match(/~ ✗ a → a2/g)).toHaveLength(2);
  });

  it("names the run that showed a difference, also where that one has more of them", async () => {
    workspace.write("stages.ts", stages);
    for (const id of ["one", "two"]) await workspace.wf(["run", "stages.ts", "--id", id, "--no-wait"]);
    await workspace.wf(["send", "two", "first", "1", "--resume", "--no-wait"]);
    workspace.write("stages.ts", stages.replace('"a"', '"a2"').replace('"b"', '"b2"'));
    const started = await workspace.supervise();
    await started.says("one │ the edited code does not fit what is on record, as shown for two: set aside");
    expect(started.stderr.match(/│ ~ ✗ (a → a2|b → b2)/g)).toHaveLength(2);
  });

  it("goes on with code that it could not compare to the end, and says so", async () => {
    const mailed = '  await fetch("data:,x", { method: "POST" }).catch(() => undefined);\n  await ctx.queue.next(';
    workspace.write("stages.ts", stages);
    await workspace.wf(["run", "stages.ts", "--id", "s", "--no-wait"]);
    workspace.write("stages.ts", stages.replace('"a"', '"a2"'));
    const started = await workspace.supervise();
    await started.says("set aside until it is edited");
    await workspace.saveUntil(
      "stages.ts",
      stages.replace("  await ctx.queue.next(", mailed),
      "s │ the edited code could not be compared to the end (wf replay-diff s): going on with it",
    );
    expect(started.stderr).not.toContain("the edited code fits");
    await workspace.wf(["send", "s", "first", "1"]);
    await workspace.wf(["send", "s", "second", "2"]);
    await started.says("s │ ✓ completed");
  });

  it("says once of each attempt when the next one is due, with what it counts", async () => {
    workspace.write("flaky.ts", flaky);
    await workspace.wf(["run", "flaky.ts", "--id", "f", "--crash-before", "charge"]);
    const started = await workspace.supervise("--jobs", "3");
    await started.says("tries again");
    expect(started.stderr).toContain("f │ taken up  flaky.ts\n");
    expect(
      started.stderr.match(/f │ ↻ charge {2}attempt 2, next .*\(failure 1 of 2: connect ECONNREFUSED .*\)\n/g),
    ).toHaveLength(1);
    expect(started.stderr).not.toContain("retrying");
  });

  it("takes a run up again that kept dying, once its code is edited, and not before", async () => {
    workspace.write("dies.ts", dies);
    workspace.write("other.ts", order);
    await workspace.wf(["run", "dies.ts", "--id", "d"]);
    await workspace.wf(["run", "other.ts", "--id", "o", "--no-wait"]);
    const started = await workspace.supervise("--jobs", "3");
    await started.says("for the 1st time: next try in 0.3 s");
    await started.says("d │ set aside until its code is edited, or you type:\nd │   wf resume d\n");
    expect(started.stderr.match(/wf resume/g)).toHaveLength(1);
    expect(started.stderr).not.toContain("the run is interrupted");
    // Another module of the folder is none of its business.
    await workspace.saveUntil(
      "other.ts",
      (tries) => `${order.replace('"quote"', '"price"')}\n// ${tries}`,
      "o │ the edited code does not fit",
    );
    expect(started.stderr).not.toContain("d │ the edited code");
    workspace.write("dies.ts", dies.replace(/process\.(exit|kill)\([^)]*\)/, "1"));
    await started.says("d │ the edited code fits what is on record: going on with it");
    await started.says("d │ ✓ completed");
  });

  it("shows of several runs that the code does not fit the difference once, and what cannot be loaded, too", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "a", "--no-wait"]);
    await workspace.wf(["run", "order.ts", "--id", "b", "--no-wait"]);
    const started = await workspace.supervise("--jobs", "3");
    await workspace.saveUntil(
      "order.ts",
      (tries) => `${order.replace('"quote"', '"price"')}\n// ${tries}`,
      "as shown for",
    );
    expect(started.stderr).toMatch(
      /b │ the edited code does not fit what is on record, as shown for a: set aside until it is edited {2}\(wf replay-diff b\)/,
    );
    expect(started.stderr).toMatch(/a │ {5}│ recorded as "quote"/);
    expect(started.stderr).not.toMatch(/b │ {5}│ recorded as "quote"/);
    workspace.write("order.ts", "export default async function (");
    await started.says("a │ error  syntax error");
    await started.says("b │ its code cannot be loaded, as shown for a: set aside until it is edited");
  });

  it("lets a run work on whose code was not edited, though its neighbour's was", async () => {
    workspace.write("works.ts", works);
    workspace.write("order.ts", order);
    await workspace.wf(["run", "works.ts", "--id", "w", "--crash-before", "work"]);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const started = await workspace.supervise("--jobs", "3");
    await started.says("at work");
    await workspace.saveUntil(
      "order.ts",
      (tries) => `${order.replace('"quote"', '"price"')}\n// ${tries}`,
      "o │ the edited code does not fit",
    );
    workspace.write("enough", "");
    await started.says("w │ ✓ completed");
    expect(started.stderr).not.toMatch(/w │ (stopping|pausing|the edited)/);
  });

  it.each([60, 80])("keeps to %i columns, its children's errors and differences, too", async (columns) => {
    workspace.write("flaky.ts", flaky);
    workspace.write("order.ts", order);
    await workspace.wf(["run", "flaky.ts", "--id", "flaky-run", "--crash-before", "charge"]);
    await workspace.wf(["run", "order.ts", "--id", "order-run", "--no-wait"]);
    const screen = new Screen(["dev"], { folder: workspace.folder, columns, env: { NO_COLOR: "1" } });
    await screen.shows("tries again");
    const saving = setInterval(() => workspace.write("order.ts", order.replace('"quote"', '"price"')), 300);
    const lines = await screen.shows("wf replay-diff order-run");
    clearInterval(saving);
    expect(lines).toContain("flaky-run │        at flaky.ts:4:11");
    expect(lines).toContain('order-run │     └   await ctx.removed("quote", "step");');
    expect(await screen.breakable()).toEqual([]);
    screen.press("\u0003");
    expect(await screen.ended).toBe(130);
  });
});
