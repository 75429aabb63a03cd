// What wf dev does with runs that it need not take up: those that do not fit, that are paused, that wait for else.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { order } from "./support/modules.ts";
import { Supervised } from "./support/supervisor.ts";
import type { Started } from "./support/wf.ts";

/** Sleeps between two steps. */
const naps = `
export default async function naps(ctx) {
  await ctx.step("first", () => 1);
  await ctx.sleep("nap", 3_600_000);
  return ctx.step("last", () => "rested");
}`;
/** Its step fails until a file is there, and it takes time between two attempts. */
const fails = `
import { existsSync } from "node:fs";
export default async function fails(ctx) {
  await ctx.step({ name: "charge", maxRetries: 9, retryBackoffBase: 1500, retryBackoffMax: 1500, run: () => {
    if (!existsSync("mended")) throw new Error("the gateway is closed");
  } });
  await ctx.queue.next("approval", { names: ["approve"] });
}`;

let workspace: Supervised;

beforeEach(() => {
  workspace = new Supervised();
});

afterEach(() => workspace.end());

/** Until dev has looked for sure: a run that it takes up is told of, and it takes up the oldest first. */
async function looked(started: Started, id: string): Promise<void> {
  workspace.write("later.ts", "export default (ctx) => ctx.step('only', () => 1);");
  await workspace.wf(["run", "later.ts", "--id", id, "--crash-before", "only"]);
  await started.says(`${id} │ ✓ completed`);
}

/** Two runs that wait, `o` of an order and `n` of naps, and a dev that was told of an edited order. */
async function refusesOrder(): Promise<Started> {
  workspace.write("order.ts", order);
  workspace.write("naps.ts", naps);
  await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
  await workspace.wf(["run", "naps.ts", "--id", "n", "--no-wait"]);
  const started = await workspace.supervise();
  await workspace.saveUntil("order.ts", order.replace('"quote"', '"price"'), "o │ the edited code does not fit");
  return started;
}

describe("wf dev, of a run whose code was saved and does not fit", () => {
  it("takes it up for no message and no wake, and tells of it once, until its code is edited", async () => {
    const started = await refusesOrder();
    await workspace.saveUntil("naps.ts", naps.replace('"first"', '"begin"'), "n │ the edited code does not fit");
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    await workspace.wf(["wake", "n"]);
    const before = started.stderr.length;
    await looked(started, "x");
    expect(started.stderr.slice(before)).not.toMatch(/[on] │/);
    workspace.write("order.ts", order);
    await started.says("o │ ✓ completed");
    workspace.write("naps.ts", naps);
    await started.says("n │ ✓ completed");
    expect(started.stderr).not.toContain("✗ refused");
  });

  it("does not take it up when its process, which had the old code, has come to rest", async () => {
    const works = `
      import { existsSync } from "node:fs";
      export default async function works(ctx) {
        await ctx.step("work", async () => {
          console.log("at work");
          while (!existsSync("enough")) await new Promise((resolve) => setTimeout(resolve, 10));
        });
        await ctx.queue.next("approval", { names: ["approve"] });
      }`;
    workspace.write("works.ts", works);
    await workspace.wf(["run", "works.ts", "--id", "w", "--crash-before", "work"]);
    const started = await workspace.supervise();
    await started.says("at work");
    await workspace.saveUntil("works.ts", works.replace('"work"', '"toil"'), "set aside until it is edited");
    workspace.write("enough", "");
    await started.says("w │ ✓ work");
    await workspace.wf(["send", "w", "approve"]);
    await looked(started, "x");
    expect(started.stderr.match(/w │ taken up/g)).toHaveLength(1);
    workspace.write("works.ts", works);
    await started.says("w │ ✓ completed");
  });

  it("shows a difference in one table, though one run is further on and others are left alone", async () => {
    const two = `
      export default async function two(ctx) {
        await ctx.step("charge", () => 1);
        await ctx.queue.next("approval", { names: ["approve"] });
        await ctx.step("pack", () => 2);
        await ctx.queue.next("pickup", { names: ["pickup"] });
      }`;
    workspace.write("two.ts", two);
    await workspace.wf(["run", "two.ts", "--id", "a", "--no-wait"]);
    await workspace.wf(["run", "two.ts", "--id", "b", "--no-wait"]);
    await workspace.wf(["send", "b", "approve"]);
    await workspace.wf(["resume", "b", "--no-wait"]);
    for (const id of ["f", "g"]) await workspace.wf(["fork", "b", "--from", "pack", "--id", id]);
    const started = await workspace.supervise();
    await workspace.saveUntil("two.ts", two.replace('"charge"', '"pay"'), "left alone: wf replay-diff");
    const [first = ""] = started.stderr.split("left alone: wf replay-diff f");
    expect(first.match(/recorded as "charge"/g)).toHaveLength(1);
    expect(first).toMatch(/b │ the edited code does not fit what is on record, as shown for a: set aside/);
    expect(first).toMatch(/\nthe code there does not fit f, g, which are $/);
    expect(first).not.toMatch(/[fg] │/);
  });

  it("goes on once a module that did not finish loading is mended, and leaves no process behind", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const started = await workspace.supervise();
    const hangs = `import { writeFileSync } from "node:fs";
      writeFileSync("loading", String(process.pid));
      await new Promise(() => setInterval(() => {}, 1000));
      export default async () => {};`;
    const pid = (): number => Number(readFileSync(path.join(workspace.folder, "loading"), "utf8"));
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const isAlive = (id: number): boolean => {
      try {
        return process.kill(id, 0);
      } catch {
        return false;
      }
    };
    const saving = setInterval(() => workspace.write("order.ts", hangs), 300);
    await until(() => existsSync(path.join(workspace.folder, "loading")));
    clearInterval(saving);
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    expect(started.stderr).not.toContain("taken up");
    const mending = setInterval(() => workspace.write("order.ts", order), 300);
    await started.says("o │ ✓ completed");
    clearInterval(mending);
    workspace.write("order.ts", hangs);
    started.child.kill("SIGINT");
    await started.ended;
    await until(() => !isAlive(pid()));
  });

  it("sets it aside where its module cannot finish loading", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const started = await workspace.supervise();
    const hangs = `await new Promise(() => undefined);\n${order}`;
    await workspace.saveUntil("order.ts", hangs, "o │ its code does not finish loading: set aside");
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    await looked(started, "x");
    expect(started.stderr).not.toContain("o │ taken up");
  });

  it("says nothing more of it when its neighbour is saved", async () => {
    const started = await refusesOrder();
    await looked(started, "x");
    const before = started.stderr.length;
    await workspace.saveUntil("naps.ts", naps.replace('"first"', '"begin"'), "n │ the edited code does not fit");
    expect(started.stderr.slice(before)).not.toContain("o │");
  });
});

describe("wf dev, of a run that an embedding program began without its module", () => {
  it("leaves it to whoever knows where its code is", async () => {
    const store = await openStore({ dir: path.join(workspace.folder, ".workflows") });
    const driver = await store.open("e");
    const { result } = runWorkflow("e", (ctx) => ctx.sleep("nap", 300), undefined, driver, { mode: "yield" });
    await result;
    await driver.close();
    const started = await workspace.supervise();
    await started.says("set aside until");
    expect(started.stderr).toContain("e │ set aside until it is resumed with --module\n");
  });
});

describe("wf dev, of a run that waits for a time", () => {
  it("does not take it up for a message that none of its waits asks for", async () => {
    workspace.write("fails.ts", fails);
    workspace.write("naps.ts", naps);
    await workspace.wf(["run", "naps.ts", "--id", "n", "--no-wait"]);
    const started = await workspace.supervise();
    await workspace.wf(["run", "fails.ts", "--id", "f", "--no-wait"]);
    await workspace.wf(["send", "f", "approve"]);
    await workspace.wf(["send", "n", "whatever"]);
    await started.says("f │ ↻ charge");
    await looked(started, "x");
    workspace.write("mended", "");
    await started.says("f │ ✓ completed");
    expect(started.stderr).not.toContain("retrying");
    expect(started.stderr).not.toContain("n │ taken up");
    // One take-up an attempt, and none for the message.
    const attempts = started.stderr.match(/f │ (?:↻|✓) charge/g) ?? [];
    expect(started.stderr.match(/f │ taken up/g)).toHaveLength(attempts.length);
    expect(existsSync(path.join(workspace.folder, "mended"))).toBe(true);
  });

  it("says in one line that a sleep has ended, by itself or by hand", async () => {
    workspace.write("naps.ts", naps);
    workspace.write("short.ts", naps.replace("3_600_000", "300"));
    await workspace.wf(["run", "naps.ts", "--id", "n", "--no-wait"]);
    await workspace.wf(["run", "short.ts", "--id", "s", "--no-wait"]);
    const started = await workspace.supervise();
    await started.says("s │ ✓ completed");
    await workspace.wf(["wake", "n"]);
    await started.says("n │ ✓ completed");
    const linesOf = (run: string): string[] =>
      started.stderr.split("\n").filter((line) => line.startsWith(`${run} │`) && line.includes("nap  "));
    expect(linesOf("s")).toEqual([expect.stringMatching(/^s │ ✓ nap {2}slept \d/)]);
    expect(linesOf("n")).toEqual([expect.stringMatching(/^n │ ✓ nap {2}woken after \d/)]);
    expect(started.stderr).not.toContain("its sleep ended");
  });

  it("does not say of a message that it is waited for when it is there", async () => {
    workspace.write("order.ts", order);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["run", "order.ts", "--id", "p", "--no-wait"]);
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    const started = await workspace.supervise();
    await started.says("o │ ✓ completed");
    expect(started.stderr).not.toContain("⏸");
    const { stderr } = await workspace.wf(["send", "p", "approve", '{"by":"ann"}', "--resume"]);
    expect(stderr).toContain("✓ approval  received");
    expect(stderr).not.toContain("⏸");
  });

  it("says of a backoff that a resume meets how often it was tried, and why", async () => {
    workspace.write("fails.ts", fails.replaceAll("1500", "600000"));
    await workspace.wf(["run", "fails.ts", "--id", "f", "--no-wait"]);
    const { stderr } = await workspace.wf(["resume", "f", "--no-wait"]);
    expect(stderr).toMatch(/\n↻ charge {2}attempt 1, next in (?:9|10) min.*\(the gateway is closed\)\n/);
    expect(stderr).not.toContain("retrying");
  });
});

describe("wf dev", () => {
  it("says nothing of a run that a second one was faster to take up", async () => {
    workspace.write("quick.ts", "export default (ctx) => ctx.step('only', () => 'done');");
    const ids = Array.from({ length: 6 }, (_, index) => `q${index}`);
    await Promise.all(ids.map((id) => workspace.wf(["run", "quick.ts", "--id", id, "--crash-before", "only"])));
    const both = [0, 1].map(() => workspace.start(["dev", "--jobs", "2"]));
    const said = (): string => both.map(({ stderr }) => stderr).join("");
    while (ids.some((id) => !said().includes(`${id} │ "done"`))) await Promise.race(both.map((one) => one.saysMore()));
    for (const { child } of both) child.kill("SIGINT");
    await Promise.all(both.map(({ ended }) => ended));
    expect(said()).not.toMatch(/another process|already/);
    for (const id of ids) expect(said().match(new RegExp(`${id} │ "done"`, "g"))).toHaveLength(1);
  });

  it("prints no document, and says so: --json is refused and not in its help", async () => {
    const { exitCode, stderr, stdout } = await workspace.wf(["dev", "--json"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error {2}wf dev prints no JSON document\n/);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "usage" } });
    const help = await workspace.wf(["dev", "--help"]);
    expect(help.stdout).toContain("--dir <folder>");
    expect(help.stdout).not.toContain("--json");
    expect((await workspace.wf(["list", "--help"])).stdout).toContain("--json");
  });
});
