// wf export, import and prune with the real binary: what leaves a store comes back exactly, and what is deleted was asked
// for.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decode } from "cbor2";
import { openStore } from "../../src/fs-driver/index.ts";
import { exoticValues } from "../fs-driver/support/values.ts";
import { created, ended, stepEvents } from "../fs-driver/support/events.ts";
import { failing, one, order } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "order.ts": order, "failing.ts": failing });
});

afterEach(() => {
  workspace.remove();
});

const at = (...names: string[]): string => path.join(workspace.folder, ...names);

describe("wf export and import", () => {
  it.each(["cbor", "json"])(
    "bring every value back exactly by way of %s, with waiting messages and responses",
    async (ending) => {
      const store = await openStore({ dir: at(".workflows") });
      const driver = await store.open("all");
      const values = exoticValues().map(([, value]) => value);
      await driver.commit([created(), ...values.flatMap((value, index) => stepEvents(2 * index + 2, value))]);
      await driver.inbox.respond("m-0", { ok: -0 });
      await driver.close();
      await store.send("all", "approve", { by: new Map([["ann", -0]]) }, { id: "m-1" });
      const exported = await workspace.wf(["export", "all", "--output", `run.${ending}`]);
      expect(exported).toMatchObject({ exitCode: 0, stdout: "" });
      expect(exported.stderr).toContain("it holds the data of the run");
      expect(statSync(at(`run.${ending}`)).mode & 0o777).toBe(0o600);
      expect(await workspace.wf(["import", `run.${ending}`])).toMatchObject({ exitCode: 2, stdout: "" });
      await store.remove("all");
      expect((await workspace.wf(["import", `run.${ending}`])).stdout).toBe("all\n");
      const health = store.examine("all");
      const outputs = health.reading.events.flatMap((event) => (event.type === "step.completed" ? [event.output] : []));
      expect(outputs).toStrictEqual(values);
      expect(health.messages).toStrictEqual([
        {
          id: "m-1",
          name: "approve",
          body: { by: new Map([["ann", -0]]) },
          sentAt: expect.any(Number) as number,
          explicitId: true,
        },
      ]);
      expect(health.responses).toStrictEqual([{ id: "m-0", response: { ok: -0 } }]);
    },
  );

  it("make a run that goes on where the other was: a move keeps its keys, a copy gets its own", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stdout } = await workspace.wf(["export", "o", "--json"]);
    writeFileSync(at("o.json"), stdout);
    expect(await workspace.json("import", "o.json", "--id", "copy")).toMatchObject({
      schema: "wf.import/1",
      run: "copy",
      from: "o",
    });
    const seedOf = async (run: string): Promise<unknown> =>
      ((await workspace.json("inspect", run, "--events"))["events"] as { seed?: string }[])[0]?.seed;
    expect(await seedOf("copy")).not.toBe(await seedOf("o"));
    const { exitCode, stderr } = await workspace.wf(["send", "copy", "approve", '{"by":"ann"}', "--resume"]);
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("from the workflow");
    const moved = await workspace.json("import", "o.json", "--dir", "elsewhere");
    expect(moved).toMatchObject({ run: "o", exitCode: 0 });
  });

  it("say what there is now: the same run or a copy, and what goes on with it", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["run", "one.ts", "--id", "d"]);
    for (const run of ["o", "d"]) await workspace.wf(["export", run, "--output", `${run}.json`]);
    const copy = await workspace.wf(["import", "o.json", "--id", "copy"]);
    expect(copy.stderr).toContain(
      "as run copy: a copy of o, with idempotency keys of its own\nthis goes on with it:\n",
    );
    expect(copy.stderr).toMatch(/^ {2}wf send copy approve '\{\}' --resume$/m);
    expect(copy.stderr).not.toMatch(/one place only|--module/);
    const same = await workspace.wf(["import", "o.json", "--dir", "elsewhere/.workflows"]);
    expect(same.stderr).toContain(
      "as run o: the same run, with the same idempotency keys\nlet it go on in one place only",
    );
    expect(same.stderr).toMatch(/its module is not here \(.*elsewhere\/order\.ts\): add --module FILE/);
    const over = await workspace.wf(["import", "d.json", "--dir", "elsewhere/.workflows"]);
    expect(over.stderr).toMatch(/^imported \d+ events as run d: the same run, .*\n {2}wf inspect d {2}shows it\n$/);
  });

  it("say how many messages that were not received go along; a fork leaves them behind, and says so", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    for (const name of ["aprove", "elsewhere"]) await workspace.wf(["send", "o", name, "{}"]);
    const exported = await workspace.wf(["export", "o", "--output", "o.json"]);
    expect(exported.stderr).toMatch(/^exported \d+ events and 2 messages that it has not received of run o; /);
    const copied = await workspace.wf(["import", "o.json", "--id", "copy"]);
    expect(copied.stderr).toMatch(/^imported \d+ events and 2 messages that it has not received as run copy: /);
    expect(await workspace.json("inspect", "copy")).toMatchObject({ inbox: ["aprove", "elsewhere"] });
    expect(await workspace.json("import", "o.json", "--id", "again")).toMatchObject({ messages: 2 });
    const forked = await workspace.wf(["fork", "o", "--from", "approval"]);
    expect(forked.stderr).toContain("2 messages that o has not received stay there\n");
  });

  it("a copy is as old as its import: it is the latest, and what it took is what the original took", async () => {
    await workspace.wf(["run", "one.ts", "--id", "old"]);
    await workspace.wf(["export", "old", "--output", "old.json"]);
    await workspace.wf(["run", "one.ts", "--id", "newer"]);
    await workspace.wf(["import", "old.json", "--id", "copy"]);
    expect((await workspace.json("list"))["runs"]).toMatchObject([{ run: "copy" }, { run: "newer" }, { run: "old" }]);
    expect(await workspace.json("inspect", "latest")).toMatchObject({ run: "copy" });
    const { stdout } = await workspace.wf(["inspect", "copy"]);
    expect(stdout).toMatch(/^completed · copied .* · took \d+ ms · .*from old, up to seq \d+$/m);
  });

  it("write JSON in which a terminal finds nothing to obey, and that comes back equal", async () => {
    const controls = "\u009B31m \u202E \u007F";
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait", "--input", JSON.stringify({ id: controls })]);
    const { stdout } = await workspace.wf(["export", "o", "--json"]);
    expect(stdout).toContain("\\u009b31m \\u202e \\u007f");
    expect(stdout).not.toMatch(/[\u007F-\u009F\u202E]/);
    writeFileSync(at("o.json"), stdout);
    await workspace.wf(["import", "o.json", "--id", "copy"]);
    const copy = (await workspace.json("inspect", "copy", "--events"))["events"];
    expect((copy as { input?: unknown }[])[0]?.input).toEqual({ id: controls });
  });

  it("take the data out where they are told to, and keep the shape", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait", "-f", "id=4711"]);
    await workspace.wf(["send", "o", "approve", '{"by":"secret"}', "--resume"]);
    await workspace.wf(["export", "o", "--redact", "quote", "--redact", "approval", "--output", "some.json"]);
    const some = readFileSync(at("some.json"), "utf8");
    expect(some).not.toContain('"output":{"price":12}');
    expect(some).toContain("4711");
    const { stderr } = await workspace.wf(["export", "o", "--redact", "all", "--output", "none.json"]);
    expect(stderr).toContain("ids, names of entries and who had it are left");
    expect(readFileSync(at("none.json"), "utf8")).not.toMatch(/\b4711\b|secret|price/);
    expect((await workspace.wf(["import", "none.json", "--id", "shape"])).exitCode).toBe(0);
    const document = await workspace.json("inspect", "shape");
    expect(document).toMatchObject({ state: "completed", output: "[redacted]" });
  });

  it("write CBOR that another library reads, to standard output too, and never over a file", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    await workspace.wf(["export", "a", "--output", "a.cbor"]);
    expect(decode(readFileSync(at("a.cbor")))).toMatchObject(["wf-export", 1, 0, expect.any(Number), { run: "a" }]);
    const there = await workspace.wf(["export", "a", "--output", "a.cbor"]);
    expect(there.exitCode).toBe(2);
    expect(there.stderr).toContain("--force");
    writeFileSync(at("a.cbor"), "mine");
    expect(await workspace.wf(["export", "a", "--output", "a.cbor", "--force"])).toMatchObject({ exitCode: 0 });
    expect(decode(readFileSync(at("a.cbor")))).toMatchObject(["wf-export", 1, 0, expect.any(Number), { run: "a" }]);
    expect(await workspace.wf(["export", "a", "--output", "a.txt"])).toMatchObject({ exitCode: 2 });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no run", "{}"],
    ["another schema", '{"schema":"wf.export/9","run":"a","events":[],"messages":[],"responses":[]}'],
    ["no events", '{"schema":"wf.export/1","run":"a","events":[],"messages":[],"responses":[]}'],
    [
      "a bad id",
      '{"schema":"wf.export/1","run":"../x","events":[{"type":"run.created","seq":1,"at":1,"workflow":"w","seed":"00","format":1,"input":null}],"messages":[],"responses":[]}',
    ],
    [
      "an unknown event",
      '{"schema":"wf.export/1","run":"a","events":[{"type":"run.flew","seq":1,"at":1}],"messages":[],"responses":[]}',
    ],
    [
      "a step without a place",
      '{"schema":"wf.export/1","run":"a","events":[{"type":"step.completed","seq":1,"at":1}],"messages":[],"responses":[]}',
    ],
  ])("refuse %s in one line, and write nothing", async (_what, text) => {
    writeFileSync(at("bad.json"), text);
    const { exitCode, stderr } = await workspace.wf(["import", "bad.json"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error {2}.+\n/);
    expect(stderr).not.toMatch(/dist\/|unexpected/);
    expect(existsSync(at(".workflows", "a"))).toBe(false);
  });
});

describe("wf prune", () => {
  it("deletes each run once when two are at it, and neither minds the other", async () => {
    const store = await openStore({ dir: at(".workflows"), durability: "os" });
    const runs = Array.from({ length: 200 }, (_, index) => `r${index}`).sort();
    for (const run of runs) {
      const driver = await store.open(run);
      await driver.commit([created(), ended(2)]);
      await driver.close();
    }
    const both = await Promise.all([workspace.json("prune", "--yes"), workspace.json("prune", "--yes")]);
    for (const { exitCode } of both) expect([0, 6]).toContain(exitCode);
    const deleted = both.flatMap((each) => each["runs"] as string[]);
    expect(deleted.sort()).toEqual(runs);
    expect(store.ids()).toEqual([]);
  });

  it("deletes what is over, and only when told to", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    await workspace.wf(["run", "failing.ts", "--id", "b"]);
    await workspace.wf(["run", "order.ts", "--id", "c", "--no-wait"]);
    await workspace.wf(["run", "one.ts", "--id", "d"]);
    expect((await workspace.wf(["prune"])).exitCode).toBe(2);
    expect((await workspace.json("prune", "--dry-run"))["runs"]).toEqual(["d", "b", "a"]);
    await workspace.wf(["run", "one.ts", "--id", "with-a-long-name"]);
    expect((await workspace.wf(["prune", "--dry-run"])).stdout).toMatch(
      /^with-a-long-name {2}completed {2}\S.*\nd {17}completed {2}\S.*\nb {17}failed {5}\S.*\na {17}completed/,
    );
    rmSync(at(".workflows/with-a-long-name"), { recursive: true });
    expect((await workspace.json("prune", "--dry-run", "--keep", "2"))["runs"]).toEqual(["a"]);
    expect((await workspace.json("prune", "--dry-run", "--older-than", "1h"))["runs"]).toEqual([]);
    expect((await workspace.json("prune", "--dry-run", "--status", "failed"))["runs"]).toEqual(["b"]);
    expect((await workspace.wf(["prune", "--status", "sleeping", "--yes"])).exitCode).toBe(2);
    expect(await workspace.json("prune", "--yes", "--keep", "1")).toMatchObject({
      ok: true,
      runs: ["b", "a"],
      exitCode: 0,
    });
    expect(readdirSync(at(".workflows")).sort()).toEqual([".gitignore", "c", "d"]);
  });

  it("reads each history before it deletes, and keeps what it cannot read unless told", async () => {
    await workspace.wf(["run", "one.ts", "--id", "good"]);
    await workspace.wf(["run", "one.ts", "--id", "bad"]);
    const history = at(".workflows", "bad", "history.cbor");
    const bytes = readFileSync(history);
    const offset = bytes.indexOf("run.created");
    bytes[offset] = (bytes[offset] ?? 0) ^ 4;
    writeFileSync(history, bytes);
    // The cached summary of the run still says that it is completed.
    expect(await workspace.json("list")).toMatchObject({
      runs: expect.arrayContaining([expect.objectContaining({ run: "bad", state: "completed" })]) as unknown,
    });
    for (const flag of ["--dry-run", "--yes"]) {
      const { exitCode, stdout } = await workspace.wf(["prune", flag]);
      expect(exitCode).toBe(7);
      expect(stdout).toMatch(
        /history\.cbor is corrupt at byte \d+: .+; run "bad" is kept {2}\(wf doctor bad, or --damaged\)/,
      );
      expect(stdout).toMatch(/(would delete|deleted) 1 run\n$/);
    }
    expect(readdirSync(at(".workflows")).sort()).toEqual([".gitignore", "bad"]);
    expect(readFileSync(history)).toEqual(bytes);
    expect(await workspace.json("prune", "--yes", "--damaged")).toMatchObject({ ok: true, runs: ["bad"], exitCode: 0 });
    expect(readdirSync(at(".workflows"))).toEqual([".gitignore"]);
  });

  it("--damaged reaches a run of which nothing says that it is over, where neither state nor age was asked for", async () => {
    await workspace.wf(["run", "order.ts", "--id", "bad", "--no-wait"]);
    const history = at(".workflows", "bad", "history.cbor");
    const bytes = readFileSync(history);
    const offset = bytes.indexOf("run.created");
    bytes[offset] = (bytes[offset] ?? 0) ^ 4;
    writeFileSync(history, bytes);
    // Of the one the cached summary still says that it waits, of the other there is none.
    mkdirSync(at(".workflows", "worse"));
    writeFileSync(at(".workflows", "worse", "history.cbor"), bytes);
    expect(await workspace.json("prune", "--yes")).toMatchObject({ runs: [], exitCode: 0 });
    for (const asked of [
      ["--older-than", "0s"],
      ["--status", "failed"],
    ])
      expect(await workspace.json("prune", "--damaged", "--dry-run", ...asked)).toMatchObject({ runs: [] });
    const { stdout } = await workspace.wf(["prune", "--damaged", "--dry-run"]);
    expect(stdout).toBe("bad    damaged    unknown\nworse  damaged    unknown\nwould delete 2 runs\n");
    expect(await workspace.json("prune", "--damaged", "--yes")).toMatchObject({ runs: ["bad", "worse"], exitCode: 0 });
  });
});
