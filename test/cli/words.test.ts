// What is said of a run in its odd moments: every sentence is true, and says what to type.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failing, one, order, slow } from "./support/modules.ts";
import { declared, parcels, sleepy } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "order.ts": order, "sleepy.ts": sleepy });
});

afterEach(() => {
  workspace.remove();
});

describe("what waits for something that may not come", () => {
  it("says so: a response that nobody is there to give, a step to be killed at", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const sending = workspace.start(["send", "o", "approve", "{}", "--wait"]);
    await sending.says(
      "waiting for the response; nobody has the run now: a running wf dev takes it up, or type:\n  wf resume o\n",
    );
    await workspace.wf(["cancel", "o"]);
    expect((await sending.ended).exitCode).toBe(1);
    const { stderr, exitCode } = await workspace.wf(["run", "one.ts", "--crash-after", "onyl"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('nothing was killed: no step "onyl" was reached\n');
  });
});

describe("wf inspect --step", () => {
  it("says which others a name fits, and shows them where they are spelt out", async () => {
    workspace.write("parcels.ts", parcels);
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const { stdout } = await workspace.wf(["inspect", "p", "--step", "charge"]);
    expect(stdout).toMatch(
      /^orders\[11\]\/charge {2}step of p\nthe last of 12 that the name fits; the others:\n {2}orders\[10\]\/charge\n/,
    );
    expect(stdout).toContain("  and 1 more\n");
    const { others } = await workspace.json("inspect", "p", "--step", "charge");
    expect(others).toHaveLength(11);
    for (const one of ["charge#2", "orders[1]/charge", '["orders",1,"charge"]']) {
      const exact = await workspace.wf(["inspect", "p", "--step", one]);
      expect(exact.stdout).toMatch(/^orders\[1\]\/charge {2}step of p\n✓/);
    }
  });
});

describe("a module that takes long to load", () => {
  const slowly = `
await new Promise((resolve) => setTimeout(resolve, 2400));
export default async function slowly(ctx) { return ctx.step("a", () => 1); }`;

  it("is told of once in a log, and in a line that goes away on a terminal", async () => {
    workspace.write("slowly.ts", slowly);
    const screen = new Screen(["run", "slowly.ts"], { folder: workspace.folder, columns: 60 });
    await screen.shows("still loading slowly.ts …  1 s · Ctrl-C gives up");
    const { stderr } = await workspace.wf(["run", "slowly.ts"]);
    expect(stderr.split("still loading slowly.ts …\n")).toHaveLength(2);
    expect(await screen.ended).toBe(0);
    expect((await screen.lines()).join("\n")).not.toContain("still loading");
  });
});

describe("standard output", () => {
  it("is one JSON document, whatever the code prints and ends, and whenever", async () => {
    workspace.write(
      "prints.ts",
      `import { Console } from "node:console";
      console.log("at load");
      process.stdout.write("raw");
      export default async function prints(ctx) {
        setInterval(() => console.log("tick"), 1);
        const own = new Console(process.stdout);
        await ctx.step("a", async () => {
          own.log("from a console of its own");
          await new Promise((resolve) => process.stdout.end("the end\\n", resolve));
          process.stderr.end();
        });
        process.on("exit", () => console.log("at exit"));
        return "x".repeat(300_000);
      }`,
    );
    const { stdout, stderr, exitCode } = await workspace.wf(["run", "prints.ts", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: "completed", output: "x".repeat(300_000) });
    for (const text of ["at load", "raw", "from a console of its own", "the end", "at exit"])
      expect(stderr).toContain(text);
  });

  it("stays free when a module prints while a message to it is checked", async () => {
    workspace.write("declared.ts", `console.log("at load");\n${declared}`);
    await workspace.wf(["run", "declared.ts", "--id", "d", "--no-wait"]);
    expect(await workspace.json("send", "d", "approve", '{"by":"ann"}')).toMatchObject({ ok: true, isAwaited: true });
  });
});

describe("a word that is not known", () => {
  it("gets the one that was probably meant: a module, a run, a state", async () => {
    await workspace.wf(["run", "one.ts", "--id", "order-8f3k2q"]);
    const said = async (...args: string[]): Promise<string> => (await workspace.wf(args)).stderr;
    expect(await said("run", "oder.ts")).toContain("did you mean order.ts?");
    expect(await said("run", "./oder")).toContain("did you mean ./order.ts?");
    expect(await said("run", "elsewhere/oder.ts")).toContain("the path is taken from the working directory");
    expect(await said("inspect", "lates")).toContain("did you mean latest?");
    expect(await said("inspect", "nope")).not.toContain("did you mean");
    expect(await said("cancel", "ordr-8f3k2q")).toContain("did you mean order-8f3k2q?");
    expect(await said("list", "--status", "slepping")).toContain("did you mean sleeping?");
    expect(await said("list", "--status", "blue")).toMatch(/no run is ever "blue"\n +a run is pending, running, /);
  });

  it("is no suggestion for a pattern: locations are spelt out", async () => {
    workspace.write("parcels.ts", parcels);
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const { stderr, exitCode } = await workspace.wf(["inspect", "p", "--step", "orders/*"]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain("for example orders");
    expect(stderr).not.toContain("did you mean");
  });

  it("--status takes each state that wf list shows, and its help names them", async () => {
    await workspace.wf(["run", "one.ts", "--id", "done"]);
    const listed = async (state: string): Promise<unknown> => (await workspace.json("list", "--status", state))["runs"];
    expect(await listed("corrupt")).toEqual([]);
    const file = path.join(workspace.folder, ".workflows/done/history.cbor");
    writeFileSync(file, "broken");
    expect(await listed("corrupt")).toMatchObject([{ run: "done", state: "corrupt" }]);
    const { stdout } = await workspace.wf(["list", "--help"]);
    for (const state of ["rolling_back", "interrupted", "corrupt", "waiting"]) expect(stdout).toContain(state);
    expect((await workspace.wf(["--help"])).stdout).toMatch(/Exit codes: 0 done · 1 failed [^]*130 interrupted/);
  });

  it("--status waiting means the runs that sleep or wait", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    await workspace.wf(["run", "one.ts", "--id", "done"]);
    expect(await workspace.json("list", "--status", "waiting")).toMatchObject({ runs: [{ run: "s" }, { run: "o" }] });
  });
});

describe("a run", () => {
  it("that waits for several messages names them in one sentence", async () => {
    workspace.write(
      "both.ts",
      `const wait = (name) => ({ run: (c) => c.queue.next("m", { names: [name] }) });
      export default (ctx) => ctx.join("j", { a: wait("go-a"), b: wait("go-b") });`,
    );
    await workspace.wf(["run", "both.ts", "--id", "b", "--no-wait"]);
    expect((await workspace.wf(["inspect", "b"])).stdout).toContain('\nwaiting for "go-a" and "go-b" · ');
    expect((await workspace.wf(["list"])).stdout).toContain('waiting for "go-a" and "go-b"\n');
  });

  it("that was woken and that nobody has is not called interrupted", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    const { stderr } = await workspace.wf(["wake", "s"]);
    expect(stderr).toBe("woke nap; nobody has the run now: a running wf dev takes it up, or type:\n  wf resume s\n");
    expect((await workspace.wf(["list"])).stdout).toMatch(/pending .* woken, and not taken up yet: wf resume s\n/);
    expect((await workspace.wf(["inspect", "s"])).stdout).toMatch(
      /\nwoken, and not taken up yet · [^]*→ wf resume s\n/,
    );
    expect(await workspace.json("inspect", "s")).toMatchObject({ state: "pending" });
    expect(await workspace.json("list")).toMatchObject({ runs: [{ state: "pending" }] });
  });

  it("that another process has is shown with that process, and refused with a time that people read", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    expect((await workspace.wf(["inspect", "o"])).stdout).toContain(`process ${running.child.pid}`);
    const { stderr, exitCode } = await workspace.wf(["resume", "o"]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/in the hands of another process \(pid \d+, since (\S+ )?\d\d:\d\d:\d\d\)\n/);
    expect(stderr).toContain("wf inspect o --follow");
    expect(await workspace.json("resume", "o")).toMatchObject({ run: "o", owner: { pid: running.child.pid } });
    running.child.kill("SIGINT");
    expect((await running.ended).stderr).toMatch(/paused, waiting for "approve"\n {2}wf resume o\n$/);
  });

  it("shows what lies in its inbox", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["run", "order.ts", "--id", "p", "--no-wait"]);
    await workspace.wf(["send", "p", "aprove"]);
    expect((await workspace.wf(["list"])).stdout).toMatch(/^p .* waiting for "approve"\n/m);
    await workspace.wf(["cancel", "p"]);
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    const { stdout } = await workspace.wf(["inspect", "o"]);
    expect(stdout).toMatch(
      /in the inbox, not received yet:\n {4}"approve" {2}\S.*\n {2}→ wf resume o\n {4}a running wf dev takes it up by itself\n/,
    );
    expect(stdout).not.toContain("wf send");
    expect((await workspace.wf(["list"])).stdout).toMatch(/^o +order +sleeping .* message waiting: wf resume o\n/m);
    expect(await workspace.json("list")).toMatchObject({
      runs: [{ run: "p" }, { run: "o", isMessageWaiting: true }],
    });
    expect(await workspace.json("inspect", "o")).toMatchObject({ inbox: ["approve"] });
    await workspace.wf(["resume", "o"]);
    expect((await workspace.wf(["inspect", "o"])).stdout).not.toContain("inbox");
    expect((await workspace.wf(["list"])).stdout).not.toContain("message waiting");
  });

  it("that was cancelled has no time left", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    await workspace.wf(["cancel", "s"]);
    const { stdout } = await workspace.wf(["inspect", "s"]);
    expect(stdout).toMatch(/– nap .* was asleep until /);
    expect(stdout).not.toContain("left");
  });

  it("that was paused in a step says so, and does not say that its process died", { timeout: 30_000 }, async () => {
    workspace.write("slow.ts", slow);
    const running = workspace.start(["run", "slow.ts", "--id", "s"]);
    await running.says("long is under way");
    running.child.kill("SIGINT");
    expect((await running.ended).stderr).toMatch(/\npaused, long was cut off and will run again\n {2}wf resume s\n$/);
    const { stdout } = await workspace.wf(["inspect", "s"]);
    expect(stdout).toMatch(/○ long .*(interrupted in attempt 1|cut off by the pause)/);
    expect(stdout).not.toContain("ended with its process");
  });

  it("counts the iterations of a loop as people do", async () => {
    workspace.write("parcels.ts", parcels);
    workspace.write(
      "items.ts",
      `import { Loop } from "dotworkflows";
      export default async function items(ctx) {
        return ctx.loop({ name: "items", state: 0, run: async (ctx, n) => {
          if (n >= 4) return Loop.break(n);
          await ctx.step("charge", () => n);
          return Loop.continue(n + 1);
        } });
      }`,
    );
    expect((await workspace.wf(["run", "items.ts", "--id", "i"])).stderr).toContain("✓ items  4 iterations");
    const { stdout } = await workspace.wf(["inspect", "i"]);
    expect(stdout).toMatch(/✓ items +\S+ +4 iterations {2}4\n +… 1 earlier iteration\n/);
    expect(await workspace.json("inspect", "i", "--step", "items")).toMatchObject({ iteration: 4, iterations: 4 });
    expect((await workspace.wf(["run", "parcels.ts"])).stderr).toContain("✓ orders  12 iterations");
  });
});

describe("a message on a narrow terminal", () => {
  it.each([60, 80, 90])("is broken between words, and a command not at all, at %i columns", async (columns) => {
    workspace.write("failing.ts", failing.replace("no money left", "the provider says that no money is left on it"));
    const run = "a-run-with-a-long-id";
    await workspace.wf(["run", "failing.ts", "--id", run]);
    await workspace.wf(["run", "order.ts", "--id", `${run}-2`, "--no-wait"]);
    const commands: readonly (readonly string[])[] = [
      ["resume", run],
      ["resume", `${run}-2`, "--no-wait"],
      ["send", `${run}-2`, "aprove", "{}"],
      ["list", "--status", "blue"],
      ["retry", `${run}-2`],
      ["run", "order.ts", "--input", "{a}"],
      ["wake", `${run}-2`],
    ];
    for (const command of commands) {
      const screen = new Screen(command, { folder: workspace.folder, columns });
      await screen.ended;
      expect(await screen.wrapped(), command.join(" ")).toEqual([]);
    }
  });
});
