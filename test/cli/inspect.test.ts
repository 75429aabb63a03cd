// wf inspect's ways to look, wf list's filters, and what a workflow's declarations mean for wf send.

import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { one, order } from "./support/modules.ts";
import { declared, flaky, parcels, sleepy } from "./support/modules-more.ts";
import { Workspace } from "./support/wf.ts";

/** Four steps, each of which lasts until its file is there. */
const gates = `
import { existsSync } from "node:fs";
export default async function gates(ctx) {
  for (let n = 0; n < 4; n++)
    await ctx.step("s" + n, async () => {
      while (!existsSync("go" + n)) await new Promise((resolve) => setTimeout(resolve, 5));
    });
}`;

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({
    "one.ts": one,
    "order.ts": order,
    "sleepy.ts": sleepy,
    "flaky.ts": flaky,
    "parcels.ts": parcels,
    "declared.ts": declared,
    "gates.ts": gates,
  });
});

afterEach(() => {
  workspace.remove();
});

describe("wf inspect", () => {
  it("says in its header how safe the record is, and which code was executed", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a", "--durability", "os"]);
    expect((await workspace.wf(["inspect", "a"])).stdout).toContain("durability os");
    const { code } = await workspace.json("inspect", "a");
    expect(code).toMatch(/^[0-9a-f]{16}$/);
    workspace.write("one.ts", `${one} // edited`);
    await workspace.wf(["run", "one.ts", "--id", "b"]);
    expect((await workspace.json("inspect", "b"))["code"]).not.toBe(code);
  });

  it("shows everything about one entry with --step, and writes it with --output", async () => {
    workspace.write("mended", "");
    await workspace.wf(["run", "flaky.ts", "--id", "f"]);
    const { stdout } = await workspace.wf(["inspect", "f", "--step", "b"]);
    expect(stdout).toMatch(/^b {2}step of f\n✓ .*\n\noutput\n2\n\nevents\n +\d+ .* step\.started {2}attempt 1\n/);
    await workspace.wf(["inspect", "f", "--step", "b", "--output", "b.json"]);
    const written: unknown = JSON.parse(readFileSync(path.join(workspace.folder, "b.json"), "utf8"));
    expect(written).toMatchObject({ schema: "wf.entry/1", location: ["b"], output: 2, events: [{ seq: 5 }, {}] });
    const wrong = await workspace.wf(["inspect", "f", "--step", "bb"]);
    expect(wrong).toMatchObject({ exitCode: 4 });
    expect(wrong.stderr).toContain("did you mean b?");
    const noString = await workspace.wf(["inspect", "f", "--step", '"\\x"']);
    expect(noString).toMatchObject({ exitCode: 4 });
    expect(noString.stderr).toContain("nothing is recorded at");
  });

  it("shows the run as it was with --at", async () => {
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    expect(await workspace.json("inspect", "p", "--at", "4")).toMatchObject({ state: "running", at: 4 });
    expect((await workspace.wf(["inspect", "p", "--at", "4"])).stdout).toContain("as it was after event 4");
    expect(await workspace.wf(["inspect", "p", "--at", "0"])).toMatchObject({ exitCode: 2 });
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    expect((await workspace.wf(["inspect", "a", "--at", "3", "--step", "only"])).stdout).toContain("● 0 ms");
  });

  it("chooses among the events", async () => {
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const seqs = async (...flags: string[]): Promise<unknown[]> =>
      ((await workspace.json("inspect", "p", "--events", ...flags))["events"] as { seq: number }[]).map(
        ({ seq }) => seq,
      );
    const all = await seqs();
    expect(await seqs("--head", "2")).toEqual(all.slice(0, 2));
    expect(await seqs("--tail", "2")).toEqual(all.slice(-2));
    expect(await seqs("--from", "3", "--to", "5")).toEqual([3, 4, 5]);
    expect((await workspace.wf(["inspect", "p", "--tail", "2"])).stderr).toContain("add --events");
  });

  it("keeps up with a run with --follow until it is over, one event a line with --json", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    const lines = workspace.start(["inspect", "o", "--follow", "--json"]);
    const people = workspace.start(["inspect", "o", "--follow"]);
    await people.says("⏸ approval");
    await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    const types = (await lines.ended).stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types[0]).toBe("run.created");
    expect(types.at(-1)).toBe("run.completed");
    expect((await people.ended).stderr).toMatch(/✓ ship .*\ncompleted\n$/);
  });

  it.each([
    ["--json", "stdout"],
    ["--no-color", "stderr"],
  ] as const)("stops with --follow %s when its reader has left %s", async (flag, stream) => {
    const running = workspace.start(["run", "gates.ts", "--id", "g"]);
    await expect.poll(async () => (await workspace.json("inspect", "g"))["state"]).toBe("running");
    const followed = workspace.start(["inspect", "g", "--follow", flag]);
    const pipe = followed.child[stream];
    await new Promise((resolve) => pipe?.once("data", resolve));
    pipe?.destroy();
    workspace.write("go0", "");
    expect((await followed.ended).exitCode).toBe(0);
    expect(running.child.exitCode).toBe(null);
    running.child.kill("SIGKILL");
    await running.ended;
  });

  it("says with --follow that nobody has taken up a run that was woken", async () => {
    await workspace.wf(["run", "sleepy.ts", "--id", "z", "--no-wait"]);
    await workspace.wf(["wake", "z"]);
    expect((await workspace.wf(["inspect", "z", "--follow"])).stderr).toContain("woken, and not taken up yet");
  });

  it("shows with --follow at once what is recorded just after a look", async () => {
    workspace.start(["run", "gates.ts", "--id", "g"]);
    await expect.poll(async () => (await workspace.json("inspect", "g"))["state"]).toBe("running");
    const followed = workspace.start(["inspect", "g", "--follow"]);
    await followed.says("run g");
    const took: number[] = [];
    for (let n = 0; n < 4; n++) {
      const begun = performance.now();
      workspace.write(`go${n}`, "");
      await followed.says(`✓ s${n}`);
      took.push(performance.now() - begun);
    }
    // What the look after the next one finds is later by a second; a busy machine is not so late each time.
    expect(Math.min(...took)).toBeLessThan(600);
    await followed.ended;
  });
});

describe("wf inspect of what was undone", () => {
  it("still says how long a step ran, and how often it was tried", async () => {
    workspace.write(
      "trip.ts",
      `import { CriticalError } from "dotworkflows";
       export default async function trip(ctx) {
         await ctx.rollbackCheckpoint("booked");
         await ctx.step({ name: "hotel", retryBackoffBase: 10, rollback: () => {}, run: async ({ attempt }) => {
           if (attempt === 1) throw new Error("busy");
           return 1;
         } });
         await ctx.step("flight", () => { throw new CriticalError("sold out"); });
       }`,
    );
    await workspace.wf(["run", "trip.ts", "--id", "t"]);
    expect((await workspace.wf(["inspect", "t"])).stdout).toMatch(
      /↩ hotel .* rolled back \(ran \d+ ms, 2 attempts\)$/m,
    );
  });
});

describe("wf inspect of what is much", () => {
  it("counts the messages of each name where it does not show all", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const store = await openStore({ dir: path.join(workspace.folder, ".workflows"), durability: "os" });
    for (let n = 0; n < 7; n++) await store.send("o", "x", n);
    for (let n = 0; n < 2; n++) await store.send("o", "y", n);
    expect((await workspace.wf(["inspect", "o"])).stdout).toMatch(
      / {2}in the inbox, not received yet: 7 "x" · 2 "y"\n( {4}"x" [^]*){5} {4}and 4 more\n/,
    );
  });

  it("says which iterations a loop has dropped, where one of them is asked for", async () => {
    workspace.write(
      "rounds.ts",
      `import { Loop } from "dotworkflows";
export default (ctx) => ctx.loop({ name: "l", state: 0, historySize: 5, run: async (ctx, n) => {
  await ctx.step("w", () => n);
  return n < 50 ? Loop.continue(n + 1) : Loop.break();
} });`,
    );
    await workspace.wf(["run", "rounds.ts", "--id", "r"]);
    for (const step of ["l[30]/w", "l[30]", '["l",30,"w"]']) {
      const { stderr, exitCode } = await workspace.wf(["inspect", "r", "--step", step]);
      expect(exitCode).toBe(4);
      expect(stderr).toContain(
        `error  nothing is left of ${JSON.stringify(step)}: the iterations of l before 35 were dropped\n`,
      );
    }
    expect((await workspace.wf(["inspect", "r", "--step", "l[35]/w"])).exitCode).toBe(0);
    expect((await workspace.wf(["inspect", "r", "--step", "l[51]/w"])).stderr).toContain("nothing is recorded at");
    const { stdout } = await workspace.wf(["inspect", "r", "--events"]);
    expect(stdout.match(/"type":"step.completed"/g)).toHaveLength(51);
  });
});

describe("wf list", () => {
  it("filters by time, sorts, and says what it left out", async () => {
    await workspace.wf(["run", "one.ts", "--id", "b"]);
    await workspace.wf(["run", "sleepy.ts", "--id", "a", "--no-wait"]);
    const ids = async (...flags: string[]): Promise<unknown[]> =>
      ((await workspace.json("list", ...flags))["runs"] as { run: string }[]).map(({ run }) => run);
    expect(await ids()).toEqual(["a", "b"]);
    expect(await ids("--sort", "state")).toEqual(["b", "a"]);
    expect(await ids("--sort", "id", "--since", "1h")).toEqual(["a", "b"]);
    expect(await ids("--since", "2999-01-01")).toEqual([]);
    expect((await workspace.wf(["list", "--limit", "1"])).stdout).toContain("… and 1 more");
    expect((await workspace.wf(["list", "--sort", "sate"])).stderr).toContain("did you mean state?");
    expect((await workspace.wf(["list", "--since", "soon"])).exitCode).toBe(2);
  });

  it("shows the time that it sorts or filters by", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    expect((await workspace.wf(["list"])).stdout).toMatch(/^RUN {2}WORKFLOW {2}STATE {6}STARTED\n/);
    for (const args of [
      ["--sort", "updated"],
      ["--since", "2h"],
    ])
      expect((await workspace.wf(["list", ...args])).stdout).toMatch(
        /^RUN .* STARTED {3}UPDATED\na .*just now {2}just now\n$/,
      );
    expect((await workspace.wf(["list", "--status", "bogus"])).stderr).toContain("; waiting means sleeping");
  });

  it("says why a run is paused", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    running.child.kill("SIGINT");
    await running.ended;
    await workspace.wf(["fork", "o", "--from", "quote", "--id", "f"]);
    workspace.write("other.ts", "let n = 0;\nexport default (ctx) => ctx.step(`s${n++}`, () => 1);");
    await workspace.wf(["run", "other.ts", "--id", "c", "--check"]);
    const { stdout } = await workspace.wf(["list", "--sort", "id"]);
    expect(stdout).toMatch(/^c .* paused .* {2}wf --check: the code asks for step "s1"/m);
    expect(stdout).toMatch(/^f .* paused .* {2}a fork that has not begun yet$/m);
    expect(stdout).toMatch(/^o .* paused .* {2}by ctrl-c, waiting for "approve"$/m);
    const reasons = [
      { pausedBy: expect.stringContaining("wf --check: ") as unknown },
      { pausedBy: "fork" },
      { pausedBy: "ctrl-c" },
    ];
    expect(await workspace.json("list", "--sort", "id")).toMatchObject({ runs: reasons });
    await workspace.wf(["resume", "o", "--no-wait"]);
    const [, , resumed] = (await workspace.json("list", "--sort", "id"))["runs"] as object[];
    expect(resumed).toMatchObject({ state: "sleeping" });
    expect(resumed).not.toHaveProperty("pausedBy");
  });

  it("knows what a live run waits for", async () => {
    const running = workspace.start(["run", "order.ts", "--id", "o"]);
    await running.says("wf send o approve");
    expect(await workspace.json("list")).toMatchObject({
      runs: [{ run: "o", state: "sleeping", isOwned: true, waitingFor: { messages: ["approve"] } }],
    });
    running.child.kill("SIGKILL");
    await running.ended;
    expect((await workspace.wf(["list"])).stdout).toMatch(/interrupted .* waiting for "approve"/);
  });
});

describe("wf send to a workflow that declares its messages", () => {
  it("refuses an unknown name with a suggestion, and a body that does not fit; --force sends all the same", async () => {
    await workspace.wf(["run", "declared.ts", "--id", "d", "--no-wait"]);
    const unknown = await workspace.wf(["send", "d", "aprove", "{}"]);
    expect(unknown).toMatchObject({ exitCode: 2 });
    expect(unknown.stderr).toContain("did you mean approve?  (--force sends it all the same)");
    expect(await workspace.json("send", "d", "approve", "{}")).toMatchObject({
      error: { code: "schema_mismatch" },
      exitCode: 2,
    });
    expect(await workspace.wf(["send", "d", "aprove", "{}", "--force"])).toMatchObject({ exitCode: 0 });
    const sent = await workspace.wf(["send", "d", "approve", '{"by":"ann"}', "--resume"]);
    expect(JSON.parse(sent.stdout)).toEqual({ by: "ann" });
  });
});
