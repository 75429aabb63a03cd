// wf run, resume, send, inspect and list with the real binary, real files and real signals.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answers, blocks, failing, one, order, quits, rejects, slow } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({
    "one.ts": one,
    "order.ts": order,
    "slow.ts": slow,
    "failing.ts": failing,
    "answers.ts": answers,
    "rejects.ts": rejects,
    "quits.ts": quits,
  });
});

afterEach(() => {
  workspace.remove();
});

const effects = (): string[] => readFileSync(path.join(workspace.folder, "effects"), "utf8").trim().split("\n");

describe("wf run", () => {
  it("prints the result to standard output and everything else to standard error", async () => {
    const { stdout, stderr, exitCode } = await workspace.wf(["run", "one.ts", "--id", "one-1"]);
    expect(stdout).toBe("42\n");
    expect(stderr).toContain("run one-1  one.ts\n✓ only");
    expect(stderr).not.toContain("\u001B");
    expect(exitCode).toBe(0);
  });

  it("says once where the runs are kept", async () => {
    expect((await workspace.wf(["run", "one.ts"])).stderr).toContain("runs are kept in .workflows");
    expect((await workspace.wf(["run", "one.ts"])).stderr).not.toContain("runs are kept");
  });

  it("stays with a run that waits until a message from another process moves it on", async () => {
    const running = workspace.start(["run", "order.ts", "-f", "id=7", "--id", "order-1"]);
    await running.says("wf send order-1 approve");
    expect((await workspace.json("inspect", "order-1"))["state"]).toBe("sleeping");
    const sent = await workspace.wf(["send", "order", "approve", '{"by":"ann"}']);
    expect(sent).toMatchObject({ exitCode: 0, stdout: "" });
    const { stdout, exitCode, stderr } = await running.ended;
    expect(JSON.parse(stdout)).toEqual({ id: 7, quote: { price: 12 }, by: "ann" });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"msg":"approved"');
    expect(effects()).toEqual(["quote", "ship"]);
  });

  it("goes as far as possible with --no-wait, and exits 3", async () => {
    const document = await workspace.json("run", "order.ts", "--no-wait", "--id", "order-1");
    expect(document).toMatchObject({
      schema: "wf.run/1",
      ok: true,
      run: "order-1",
      state: "sleeping",
      waitingFor: { messages: ["approve"] },
      exitCode: 3,
    });
  });

  it("says once what it waits for and what to type, for each of two messages", async () => {
    const names = '{ names: ["approve", "reject"] }';
    workspace.write("either.ts", `export default (ctx) => ctx.queue.next("decision", ${names})`);
    workspace.write("nap.ts", 'export default (ctx) => ctx.sleep("nap", 3_600_000)');
    const two = await workspace.wf(["run", "either.ts", "--no-wait", "--id", "e"]);
    expect(two.stderr).toBe(
      `runs are kept in .workflows\nrun e  either.ts\n⏸ decision  waiting for "approve" or "reject"\n` +
        "  wf send e approve '{}' --resume\n  wf send e reject '{}' --resume\n",
    );
    const nap = await workspace.wf(["run", "nap.ts", "--no-wait", "--id", "n"]);
    expect(nap.stderr).toMatch(/^run n {2}nap.ts\n⏸ nap {2}sleeping until [-: \d]+\n {2}wf resume n\n$/);
  });

  it("returns to the run with the same id and input, and refuses another input", async () => {
    await workspace.wf(["run", "order.ts", "--no-wait", "--id", "o", "--input", '{"id":1}']);
    const again = await workspace.wf(["run", "order.ts", "--no-wait", "--id", "o", "--input", '{"id":1}']);
    expect(again.exitCode).toBe(3);
    expect(again.stderr).not.toContain("from the workflow");
    expect(effects()).toEqual(["quote"]);
    const other = await workspace.wf(["run", "order.ts", "--id", "o", "--input", '{"id":2}']);
    expect(other).toMatchObject({ exitCode: 2 });
    expect(other.stderr).toContain("there is a run o with another input");
    expect((await workspace.wf(["run", "one.ts", "--id", "o"])).stderr).toContain("of another workflow: order");
  });

  it("shows the user's own stack when a step fails, and exits 1", async () => {
    const { stderr, exitCode, stdout } = await workspace.wf(["run", "failing.ts", "--id", "f"]);
    expect(stderr).toContain("error  failing failed: no money left\n       at failing.ts:4:10\n");
    expect(stderr).toContain("wf inspect f");
    expect(stderr).not.toContain("dist/");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    const document = await workspace.json("run", "failing.ts");
    expect(document).toMatchObject({
      ok: false,
      state: "failed",
      error: { code: "critical", where: "failing.ts:4:10" },
    });
  });

  it("leaves the run interrupted when user code rejects unheard or ends the process, and says so", async () => {
    const rejected = await workspace.wf(["run", "rejects.ts", "--id", "r"]);
    expect(rejected).toMatchObject({ exitCode: 1, stdout: "" });
    expect(rejected.stderr).toContain("TypeError: nobody listens\n       at rejects.ts:5:25");
    const quit = await workspace.json("run", "quits.ts", "--id", "q");
    expect(quit).toMatchObject({ ok: false, exitCode: 1, error: { code: "exited", where: "quits.ts:4:37" } });
    for (const run of ["r", "q"]) expect((await workspace.json("inspect", run))["state"]).toBe("interrupted");
  });

  it("takes input from a file, from standard input and from -f, and says where JSON is wrong", async () => {
    workspace.write("echo.ts", "export default async function echo(_ctx: unknown, input: unknown) { return input; }");
    workspace.write("in.json", '{"a":[1,{"$bigint":"5"}]}');
    expect((await workspace.json("run", "echo.ts", "-i", "@in.json"))["output"]).toEqual({ a: [1, { $bigint: "5" }] });
    expect((await workspace.wf(["run", "echo.ts", "-i", "-"], { input: '"x"' })).stdout).toBe('"x"\n');
    const fields = await workspace.json("run", "echo.ts", "-f", "a.b=1", "-f", "name=ann");
    expect(fields["output"]).toEqual({ a: { b: 1 }, name: "ann" });
    const bad = await workspace.wf(["run", "echo.ts", "--input", '{"a": yes}']);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain("line 1, column 7");
    expect(bad.stderr).toContain("needs quotes: '\"yes\"'; or use -f key=value\n");
  });

  it("loads the nearest .env, or the one that --env names, which overrides nothing", async () => {
    workspace.write(
      "sub/env.ts",
      "export default async function env() { return [process.env.FROM_FILE, process.env.SET]; }",
    );
    workspace.write(".env", "FROM_FILE=file\nSET=file\n");
    const run = (...more: string[]): Promise<{ stdout: string }> =>
      workspace.wf(["run", "sub/env.ts", ...more], { env: { SET: "environment" } });
    expect(JSON.parse((await run()).stdout)).toEqual(["file", "environment"]);
    expect(JSON.parse((await run("--no-env")).stdout)).toEqual([{ $undefined: true }, "environment"]);
    workspace.write("other.env", "FROM_FILE=other\n");
    for (const flag of ["--env", "--env-file"])
      expect(JSON.parse((await run(flag, "other.env")).stdout)).toEqual(["other", "environment"]);
    for (const command of [["run", "sub/env.ts"], ["dev"]]) {
      const { exitCode, stderr } = await workspace.wf([...command, "--env", "missing.env"]);
      expect(exitCode).toBe(2);
      expect(stderr).toBe(
        "error  no such env file: missing.env\n       the path is taken from the working directory\n",
      );
    }
  });

  it("keeps standard output for the result, whatever the user's code writes", async () => {
    workspace.write(
      "chatty.ts",
      'console.log("at load"); export default async function chatty() { process.stdout.write("raw\\n"); console.table([1]); return 1; }',
    );
    const { stdout, stderr } = await workspace.wf(["run", "chatty.ts"]);
    expect(stdout).toBe("1\n");
    expect(stderr).toMatch(/at load[\s\S]*raw/);
  });

  it.each([
    { what: "no such module", args: ["run", "nope.ts"], exitCode: 4, says: "no such module: nope.ts" },
    {
      what: "a module without workflow",
      file: "export const a = 1;",
      exitCode: 4,
      says: "it exports a, which is no function",
    },
    { what: "no such export", args: ["run", "one.ts#two"], exitCode: 4, says: "one.ts has no export two" },
    { what: "a syntax error", file: "export default async (ctx: ) => 1;", exitCode: 2, says: "at it.ts:1:28" },
    { what: "a module that throws", file: '\nthrow new Error("at load");', exitCode: 1, says: "at it.ts:2:7" },
    { what: "a hostile id", args: ["run", "one.ts", "--id", "../x"], exitCode: 2, says: "cannot be the id of a run" },
    { what: "an unknown flag", args: ["run", "one.ts", "--inptu", "1"], exitCode: 2, says: "did you mean --input?" },
    { what: "an unknown command", args: ["rnu"], exitCode: 2, says: "did you mean run?" },
    { what: "an unknown run", args: ["inspect", "xyz"], exitCode: 4, says: 'no run matches "xyz"' },
  ])("says in one message what is wrong with $what, and writes nothing", async ({ args, file, exitCode, says }) => {
    if (file !== undefined) workspace.write("it.ts", file);
    const ended = await workspace.wf(args ?? ["run", "it.ts"]);
    expect(ended.stderr).toContain(says);
    expect(ended.stderr.match(/^error {2}/gm)).toHaveLength(1);
    expect(ended).toMatchObject({ exitCode, stdout: "" });
    expect(readdirSync(workspace.folder)).not.toContain(".workflows");
  });
});

describe("a run that is stopped", () => {
  it("hears of it before the next step, after one that blocked meanwhile", async () => {
    workspace.write("blocks.ts", blocks);
    const running = workspace.start(["run", "blocks.ts", "--id", "b"]);
    while (!existsSync(path.join(workspace.folder, "building")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await running.ended;
    expect([exitCode, stdout + stderr]).toEqual([143, expect.not.stringContaining("published")]);
    expect(await workspace.json("inspect", "b")).toMatchObject({ state: "paused" });
  });

  it("pauses on Ctrl-C, records it, says how to go on, and exits 130", async () => {
    const running = workspace.start(["run", "slow.ts", "--id", "s"]);
    await running.says("long is under way");
    running.child.kill("SIGINT");
    await running.says("pausing: a running step has 5.0 s to finish\n");
    workspace.write("go-on", "");
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/paused\n {2}wf resume s\n$/);
    expect(await workspace.json("inspect", "s", "--events")).toMatchObject({
      state: "paused",
      events: expect.arrayContaining([expect.objectContaining({ type: "run.paused", by: "ctrl-c" })]) as unknown,
    });
    expect((await workspace.wf(["resume"])).stdout).toBe('{\n  "first": 1\n}\n');
  });

  it("has no step to wait for while it only waits", async () => {
    const running = workspace.start(["run", "order.ts"]);
    await running.says("wf send");
    running.child.kill("SIGINT");
    expect((await running.ended).stderr).toMatch(
      /\npausing\npaused, waiting for "approve"\n {2}wf resume order-\w+\n$/,
    );
  });

  it("ends at once on the second Ctrl-C, and is interrupted", async () => {
    const running = workspace.start(["run", "slow.ts", "--id", "s"]);
    await running.says("long is under way");
    running.child.kill("SIGINT");
    await running.says("pausing");
    running.child.kill("SIGINT");
    expect((await running.ended).exitCode).toBe(130);
    expect((await workspace.json("inspect", "s"))["state"]).toBe("interrupted");
  });

  it.each([
    { signal: "SIGTERM", exitCode: 143 },
    { signal: "SIGHUP", exitCode: 129 },
  ] as const)("pauses on $signal like on Ctrl-C", async ({ signal, exitCode }) => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    running.child.kill(signal);
    expect((await running.ended).exitCode).toBe(exitCode);
    expect((await workspace.json("inspect", "o"))["state"]).toBe("paused");
  });

  it("goes on after kill -9 without doing a recorded step again, from any folder", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "order-1", "-f", "id=1"]);
    await running.says("wf send order-1 approve");
    running.child.kill("SIGKILL");
    await running.ended;
    expect((await workspace.json("inspect"))["state"]).toBe("interrupted");
    await workspace.wf(["send", "latest", "approve", '{"by":"bob"}']);
    workspace.write("deep/down/x", "");
    const resumed = await workspace.wf(["resume", "order"], { cwd: "deep/down" });
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ by: "bob" });
    expect(resumed.stderr).not.toContain("from the workflow");
    expect(effects()).toEqual(["quote"]);
    expect(existsSync(path.join(workspace.folder, "deep/down/effects"))).toBe(true);
  });

  it("belongs to one process: a second one exits 6 and names the owner", async () => {
    const running = workspace.start(["run", "slow.ts", "--id", "s"]);
    await running.says("long is under way");
    for (const args of [
      ["resume", "s"],
      ["run", "slow.ts", "--id", "s"],
    ]) {
      const second = await workspace.wf(args);
      expect(second.exitCode).toBe(6);
      expect(second.stderr).toContain(`pid ${running.child.pid}`);
    }
    workspace.write("go-on", "");
    expect((await running.ended).exitCode).toBe(0);
  });

  it("is refused with exit code 5 and the user's line when the code has changed underneath, and goes on once mended", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    workspace.write("order.ts", order.replace('"quote"', '"renamed"'));
    const diverged = await workspace.json("resume", "o");
    expect(diverged).toMatchObject({
      ok: false,
      exitCode: 5,
      error: { code: "history_diverged", where: "order.ts:6:27" },
    });
    expect(effects()).toEqual(["quote"]);
    const { stderr } = await workspace.wf(["resume", "o"]);
    expect(stderr).toMatch(/^run o {2}order\.ts\n✗ refused\n/);
    expect(stderr).not.toContain("wf send");
    workspace.write("moved/order.ts", order);
    const moved = await workspace.wf(["resume", "o", "--no-wait", "--module", "moved/order.ts"]);
    expect(moved.exitCode).toBe(3);
    expect((await workspace.json("inspect", "o"))["module"]).toBe("moved/order.ts");
  });
});
