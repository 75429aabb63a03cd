// wf cancel, wake, retry and fork with the real binary: where nobody has the run, and where another process does.

import { readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one, order } from "./support/modules.ts";
import { dicing, drifting, flaky, parcels, sleepy, undone } from "./support/modules-more.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({
    "one.ts": one,
    "order.ts": order,
    "sleepy.ts": sleepy,
    "flaky.ts": flaky,
    "undone.ts": undone,
    "parcels.ts": parcels,
    "drifting.ts": drifting,
    "dicing.ts": dicing,
  });
});

afterEach(() => {
  workspace.remove();
});

const effects = (): string[] => readFileSync(path.join(workspace.folder, "effects"), "utf8").trim().split("\n");

describe("wf cancel", () => {
  it("cancels a run that nobody has, once", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    expect(await workspace.json("cancel", "s")).toMatchObject({ ok: true, state: "cancelled", exitCode: 0 });
    expect((await workspace.wf(["cancel", "s"])).stderr).toBe("run s was cancelled before\n");
    expect(await workspace.wf(["resume", "s"])).toMatchObject({ exitCode: 1 });
  });

  it("shows its reason: in inspect, in JSON, and where the run was watched", async () => {
    const running = workspace.start(["run", "sleepy.ts", "--id", "s"]);
    await running.says("⏸ nap");
    expect(await workspace.json("cancel", "s", "--reason", "ordered twice")).toMatchObject({
      cancelReason: "ordered twice",
    });
    expect((await running.ended).stderr).toContain("run s was cancelled: ordered twice\n");
    expect((await workspace.wf(["inspect", "s"])).stdout).toMatch(/^cancelled · .*\nreason: ordered twice\n/m);
    expect(await workspace.json("inspect", "s")).toMatchObject({ cancelReason: "ordered twice" });
    expect((await workspace.wf(["resume", "s"])).stderr).toContain("ordered twice");
    await workspace.wf(["run", "sleepy.ts", "--id", "t", "--no-wait"]);
    expect(await workspace.json("cancel", "t")).not.toHaveProperty("cancelReason");
  });

  it("asks the process that has the run, which obeys at once", async () => {
    const running = workspace.start(["run", "sleepy.ts", "--id", "s"]);
    await running.says("⏸ nap");
    expect(await workspace.wf(["cancel", "s", "--reason", "twice"])).toMatchObject({
      exitCode: 0,
      stderr: "cancelled s\n",
    });
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("run s was cancelled");
    const { events } = await workspace.json("inspect", "s", "--events");
    expect(events).toContainEqual(expect.objectContaining({ type: "run.cancelled", reason: "twice" }));
  });

  it("refuses a run that is over, and says what to type", async () => {
    await workspace.wf(["run", "one.ts", "--id", "o"]);
    const { exitCode, stderr } = await workspace.wf(["cancel", "o"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("wf inspect o");
  });
});

describe("wf wake", () => {
  it("ends the sleeps of a run that nobody has", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    expect(await workspace.json("wake", "s")).toMatchObject({ schema: "wf.wake/1", woken: [["nap"]], exitCode: 0 });
    expect(await workspace.json("inspect", "s")).toMatchObject({ entries: [{}, { kind: "sleep", how: "woken" }] });
    expect(await workspace.wf(["wake", "s"])).toMatchObject({ exitCode: 1 });
  });

  it("says that a run is over, in which nothing sleeps any more", async () => {
    await workspace.wf(["run", "one.ts", "--id", "done"]);
    const { stderr, exitCode } = await workspace.wf(["wake", "done"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("run done has completed: nothing sleeps in it\n");
  });

  it("asks the process that has the run, at one location", async () => {
    const running = workspace.start(["run", "sleepy.ts", "--id", "s"]);
    await running.says("⏸ nap");
    expect((await workspace.wf(["wake", "s", "nap"])).stderr).toBe("woke nap\n");
    await running.says("wf send s approve");
    const wrong = await workspace.wf(["wake", "s", "nip"]);
    expect(wrong.exitCode).toBe(4);
    expect(wrong.stderr).toContain("did you mean nap?");
    await workspace.wf(["send", "s", "approve", "1"]);
    expect((await running.ended).stdout).toBe("1\n");
  });
});

describe("wf retry", () => {
  it("gives what failed a fresh set of attempts, and goes on without doing anything twice", async () => {
    const failed = await workspace.wf(["run", "flaky.ts", "--id", "f"]);
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(failed.stderr).toContain("(ECONNRESET)");
    expect(failed.stderr).toContain("wf retry f");
    expect(await workspace.wf(["retry", "f"])).toMatchObject({ exitCode: 1 });
    workspace.write("mended", "");
    expect(await workspace.wf(["retry", "f"])).toMatchObject({ exitCode: 0, stdout: "3\n" });
    expect(effects()).toEqual(["a"]);
    const again = await workspace.wf(["retry", "f"]);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain("did not fail: it is completed");
  });

  it("refuses a run whose effects were undone, and says how to fork it", async () => {
    await workspace.wf(["run", "undone.ts", "--id", "u"]);
    const { exitCode, stderr } = await workspace.wf(["retry", "u"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`wf fork u --from '["book"]'\n`);
    expect((await workspace.wf(["inspect", "u"])).stdout).toContain(`→ wf fork u --from '["book"]'\n`);
  });
});

describe("wf fork", () => {
  it("finds the code where the source's went", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    renameSync(path.join(workspace.folder, "order.ts"), path.join(workspace.folder, "moved.ts"));
    await workspace.wf(["resume", "o", "--module", "moved.ts", "--no-wait"]);
    expect(await workspace.json("fork", "o", "--from", "approval")).toMatchObject({ module: "moved.ts" });
  });

  it("makes a run with the history before a step, which then runs anew; the source stays", async () => {
    workspace.write("mended", "");
    await workspace.wf(["run", "flaky.ts", "--id", "f"]);
    const before = (await workspace.json("inspect", "f", "--events"))["events"];
    const forked = await workspace.json("fork", "f", "--from", "b", "--id", "g");
    expect(forked).toMatchObject({ schema: "wf.fork/1", run: "g", source: "f", from: ["b"], state: "paused" });
    expect(await workspace.wf(["resume", "g"])).toMatchObject({ exitCode: 0, stdout: "3\n" });
    expect(effects()).toEqual(["a"]);
    expect((await workspace.json("inspect", "f", "--events"))["events"]).toEqual(before);
    expect(await workspace.json("inspect", "g")).toMatchObject({ origin: { run: "f" } });
    expect((await workspace.json("list"))["runs"]).toMatchObject([{ run: "g" }, { run: "f" }]);
  });

  it("lets nothing that was undone stand as done: it names the earliest such step, from which it works", async () => {
    await workspace.wf(["run", "undone.ts", "--id", "u"]);
    const { exitCode, stderr } = await workspace.wf(["fork", "u", "--from", "pay", "--id", "v"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "book, rooms[0]/book are undone, and a fork from pay would take them for done\n       this lets them happen again:\n",
    );
    expect(stderr).toContain(`wf fork u --from '["book"]'`);
    expect(await workspace.wf(["fork", "u", "--from", "book"])).toMatchObject({ exitCode: 1 });
    expect(await workspace.json("fork", "u", "--from", "rooms")).toMatchObject({
      ok: false,
      error: { code: "rolled_back" },
      undone: [["book"]],
    });
    expect((await workspace.json("list"))["runs"]).toHaveLength(1);
    const forked = await workspace.wf(["fork", "u", "--from", '["book"]', "--resume"]);
    expect(forked.stderr).toContain("✓ book");
    expect(forked.stderr).toContain("✓ rooms[0]/book");
    expect(forked.stderr).not.toContain("✓ quote");
  });

  it("names only what it would take for done: what had begun runs anew, and was undone or not", async () => {
    workspace.write(
      "ships.ts",
      `import { CriticalError } from "dotworkflows";
      export default async function ships(ctx) {
        await ctx.rollbackCheckpoint("from here");
        await ctx.step({ name: "charge", run: () => 1, rollback: () => {} });
        const ship = (fails) => ({ run: (c) => c.step({ name: "ship", rollback: () => {}, run: async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          if (fails) throw new CriticalError("on strike");
        } }) });
        await ctx.join("j", { dhl: ship(false), ups: ship(true), gls: ship(false) });
      }`,
    );
    await workspace.wf(["run", "ships.ts", "--id", "s"]);
    expect(await workspace.json("fork", "s", "--from", "j/ups/ship")).toMatchObject({
      error: { code: "rolled_back" },
      undone: [["charge"]],
    });
  });

  it("that is cancelled before it began took no time, and says so", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "s", "--no-wait"]);
    await workspace.wf(["fork", "s", "--from", "nap", "--id", "f"]);
    await workspace.wf(["cancel", "f"]);
    const { stdout } = await workspace.wf(["inspect", "f"]);
    expect(stdout).toContain("┊ forked here, and cancelled before it began\n");
    expect(stdout).not.toContain("took");
  });

  it("takes a result in place of the step's own", async () => {
    workspace.write("mended", "");
    await workspace.wf(["run", "flaky.ts", "--id", "f"]);
    const { stdout } = await workspace.wf(["fork", "f", "--from", "a", "--set-output", "40", "--resume"]);
    expect(stdout).toBe("42\n");
  });

  it.each([
    ["charge", ["orders", 11, "charge"]],
    ["charge#2", ["orders", 1, "charge"]],
    ["orders[3]/charge", ["orders", 3, "charge"]],
    ['["orders",4,"charge"]', ["orders", 4, "charge"]],
  ])("understands the location %s", async (from, location) => {
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const forked = await workspace.json("fork", "p", "--from", from);
    expect(forked["from"]).toEqual(location);
    expect((await workspace.wf(["resume", String(forked["run"])])).stdout).toBe("11\n");
  });

  it("makes one run of an id that several want at once", async () => {
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const wanted = Array.from({ length: 4 }, () => workspace.wf(["fork", "p", "--from", "charge", "--id", "f"]));
    const ended = await Promise.all(wanted);
    expect(ended.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    for (const { exitCode, stderr } of ended.filter((one) => one.exitCode !== 0)) {
      expect([2, 6]).toContain(exitCode);
      expect(stderr).toMatch(/^error {2}(there is a run f already|run f is in the hands of another process)/);
    }
    expect((await workspace.wf(["doctor", "f"])).exitCode).toBe(0);
    expect((await workspace.wf(["resume", "f"])).stdout).toBe("11\n");
  });

  it("refuses a step that is not there, an id that is, and an output for what is no step", async () => {
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    expect(await workspace.wf(["fork", "p", "--from", "chrge"])).toMatchObject({ exitCode: 4 });
    expect(await workspace.wf(["fork", "p", "--from", "charge", "--id", "p"])).toMatchObject({ exitCode: 2 });
    expect(await workspace.wf(["fork", "p", "--from", "orders", "--set-output", "1"])).toMatchObject({ exitCode: 2 });
    expect((await workspace.wf(["fork", "p"])).stderr).toContain("wf fork p --from charge");
  });
});

describe("wf run --check", () => {
  it("passes a workflow that is deterministic, and finds one that is not", async () => {
    expect(await workspace.wf(["run", "one.ts", "--check"])).toMatchObject({ exitCode: 0, stdout: "42\n" });
    expect(await workspace.wf(["run", "drifting.ts", "--check"])).toMatchObject({ exitCode: 5 });
  });

  it("names the calls that its comparisons cannot see", async () => {
    const { exitCode, stderr } = await workspace.wf(["run", "dicing.ts", "--check"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("! Math.random outside of a step: use ctx.random()  dicing.ts:4:22\n");
    expect(stderr.match(/outside of a step/g)).toHaveLength(2); // also in a finished loop
    expect((await workspace.wf(["run", "dicing.ts"])).stderr).not.toContain("outside of a step");
  });

  it("leaves a run that does not pass paused, with the reason, and tells what was run", async () => {
    const { stderr } = await workspace.wf(["run", "drifting.ts", "--id", "d", "--check"]);
    expect(stderr).toMatch(/the run is left paused, .* mend the code, then this goes on:\n +wf resume d\n/);
    expect(stderr).not.toContain("nothing new was run");
    const reason = /^wf --check: the code asks for step "b\d", which is not recorded, before 1 recorded entry/;
    expect(await workspace.json("inspect", "d")).toMatchObject({
      state: "paused",
      pausedBy: expect.stringMatching(reason) as unknown,
    });
    expect((await workspace.wf(["inspect", "d"])).stdout).toMatch(/^paused · .*\nreason: wf --check: the code/m);
  });
});

describe("a primitive that is called while another one is open", () => {
  it.each([
    ["beside", 'await Promise.all([ctx.step("a", () => 1), ctx.step("b", () => 2)]);', 'while "a" is still open'],
    ["inside", 'await ctx.step("a", async () => { await 0; await ctx.step("b", () => 2); });', "cannot contain a step"],
  ])("is refused %s it, and what had begun is told of", async (name, code, said) => {
    workspace.write(`${name}.ts`, `export default async function ${name}(ctx) {\n  ${code}\n}\n`);
    const { stderr, exitCode } = await workspace.wf(["run", `${name}.ts`, "--id", name]);
    expect(stderr).toContain(said);
    expect(stderr).toContain("a was cut off and will run again; mend the code, then this goes on:");
    expect(stderr).not.toContain("nothing new was run");
    expect(exitCode).toBe(5);
  });
});
