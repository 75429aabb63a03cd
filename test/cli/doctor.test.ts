// wf doctor with the real binary: what is in order is counted, what is damaged is told before it is mended, and what
// cannot be read keeps nobody from the rest.

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { created, ended, stepEvents } from "../fs-driver/support/events.ts";
import { one, order, slow } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "one.ts": one, "order.ts": order, "slow.ts": slow });
});

afterEach(() => {
  workspace.remove();
});

const at = (...names: string[]): string => path.join(workspace.folder, ...names);

describe("wf doctor", () => {
  /** A run of six commits, with one bit of the fourth flipped. */
  async function damaged(where: "record" | "header"): Promise<{ file: string; bytes: Buffer }> {
    const store = await openStore({ dir: at(".workflows") });
    const driver = await store.open("bad");
    for (const events of [[created()], ...[2, 4, 6, 8].map((seq) => stepEvents(seq, seq)), [ended(10)]])
      await driver.commit(events);
    await driver.close();
    const { file } = store.read("bad");
    const bytes = readFileSync(file);
    const offset = where === "header" ? 30 : Math.floor(bytes.length * 0.6);
    bytes[offset] = (bytes[offset] ?? 0) ^ 4;
    writeFileSync(file, bytes);
    return { file, bytes };
  }

  it("finds nothing to say about a store in order, or one that is not there yet", async () => {
    expect((await workspace.wf(["doctor"])).stdout).toContain("(not there yet)");
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    const { stdout, exitCode } = await workspace.wf(["doctor"]);
    expect(stdout).toMatch(/^1 run checked, all good {2}\(\d+ events, \d+ bytes, \d+ ms\)$/m);
    expect(exitCode).toBe(0);
    expect(await workspace.json("doctor")).toMatchObject({
      ok: true,
      warnings: [],
      runs: [{ run: "a", state: "good" }],
    });
  });

  it("tells what is damaged, changes nothing, and mends it only when asked, with a copy kept", async () => {
    const { file, bytes } = await damaged("record");
    const looked = await workspace.wf(["doctor"]);
    expect(looked.exitCode).toBe(7);
    expect(looked.stdout).toMatch(
      /✗ bad {2}corrupt, [3579] events[\s\S]*byte \d+, record \d[\s\S]*wf doctor bad --repair/,
    );
    const dry = await workspace.wf(["doctor", "bad", "--repair", "--dry-run"]);
    expect(dry.stdout).toMatch(/would keep [3579] events; \d+ bytes are given up/);
    expect(readFileSync(file)).toEqual(bytes);
    const document = await workspace.json("doctor", "bad", "--repair");
    expect(document).toMatchObject({ ok: true, exitCode: 0, runs: [{ run: "bad", isMended: true }] });
    const [run] = document["runs"] as { repair: { copy: string; kept: number; lostEvents: unknown[] } }[];
    expect(readFileSync(at(".workflows", "bad", run?.repair.copy ?? ""))).toEqual(bytes);
    expect(run?.repair.kept).toBeLessThan(10);
    expect(run?.repair.lostEvents.length).toBeGreaterThan(0);
    expect((await workspace.wf(["doctor", "bad"])).stdout).toContain("✓ bad  good");
    expect((await workspace.json("inspect", "bad"))["state"]).toBe("interrupted");
  });

  it("changes nothing where nothing is good, and says what is left to do", async () => {
    const { file } = await damaged("header");
    const bytes = Buffer.from(readFileSync(file).map((byte) => byte ^ 0xff));
    writeFileSync(file, bytes);
    const { exitCode, stdout } = await workspace.wf(["doctor", "bad", "--repair"]);
    expect(exitCode).toBe(7);
    expect(stdout).toMatch(/✗ bad {2}corrupt, 0 events\n[\s\S]*nothing to keep, and nothing is changed\n/);
    expect(stdout).toContain("its folder can be kept as it is, or deleted");
    expect(readFileSync(file)).toEqual(bytes);
    expect((await workspace.wf(["list"])).stdout).toMatch(/^bad +\? +corrupt .*it is no wf-history/m);
  });

  it("does not count from 1970 for a run of which only an empty file is left", async () => {
    const { file } = await damaged("record");
    writeFileSync(file, "");
    expect((await workspace.wf(["list"])).stdout).toMatch(/^bad +interrupted$/m);
  });

  it("loses nothing where only the header is damaged", async () => {
    await damaged("header");
    expect((await workspace.wf(["inspect", "bad"])).exitCode).toBe(7);
    expect((await workspace.wf(["doctor", "bad", "--repair"])).stdout).toContain("nothing is lost: only the header");
    expect((await workspace.json("inspect", "bad"))["state"]).toBe("completed");
  });

  it("says of each run what there is to say, and counts those that are in order", { timeout: 30_000 }, async () => {
    for (const id of ["good", "torn", "extra", "hollow"])
      await workspace.wf(["run", "order.ts", "--id", id, "--no-wait"]);
    const live = workspace.start(["run", "slow.ts", "--id", "live"]);
    await live.says("long is under way");
    const torn = at(".workflows/torn/history.cbor");
    writeFileSync(torn, readFileSync(torn).subarray(0, -20));
    writeFileSync(at(".workflows/extra/notes.txt"), "");
    writeFileSync(at(".workflows/todo.txt"), "");
    mkdirSync(at(".workflows/.new-half"));
    rmSync(at(".workflows/hollow/history.cbor"));
    const { stdout, exitCode } = await workspace.wf(["doctor"]);
    expect(stdout).toContain(
      "! .new-half: a crash may have left that; a later wf run clears it away, nothing is lost\n",
    );
    expect(stdout).toContain("! does not belong in the store: todo.txt\n");
    expect(stdout).toContain("✓ extra  good, 6 events\n    does not belong there: notes.txt\n");
    expect(stdout).toMatch(/✗ hollow {2}corrupt, 0 events\n {4}there is no history in its folder/);
    expect(stdout).toMatch(/✓ live {2}good, \d+ events\n {4}process \d+ has it\n/);
    expect(stdout).toContain(
      "✓ torn  good, 5 events\n    its last write was cut short; wf resume sets the rest aside\n",
    );
    expect(stdout).toMatch(/^5 runs checked: 4 good, 1 corrupt {2}\(\d+ events, \d\.\d KB, .+\)$/m);
    expect(stdout).not.toContain("good  good");
    expect(exitCode).toBe(7);
    live.child.kill("SIGKILL");
    await live.ended;
  });

  it("counts what was sent and not received, and says where it never will be", async () => {
    await workspace.wf(["run", "order.ts", "--id", "open", "--no-wait"]);
    await workspace.wf(["run", "order.ts", "--id", "over", "--no-wait"]);
    for (const run of ["open", "over"]) await workspace.wf(["send", run, "aprove"]);
    await workspace.wf(["cancel", "over"]);
    const { stdout } = await workspace.wf(["doctor"]);
    expect(stdout).toMatch(/✓ open {2}good, \d+ events\n {4}1 message not received yet\n/);
    expect(stdout).toMatch(/✓ over {2}good, \d+ events\n {4}1 message never received: the run is over\n/);
  });

  it("tells of a run that the disk does not give, and of all others", async () => {
    for (const id of ["a", "b"]) await workspace.wf(["run", "order.ts", "--id", id, "--no-wait"]);
    // A folder in its place: what root may read, too, is no history.
    renameSync(at(".workflows/b/history.cbor"), at("kept.cbor"));
    mkdirSync(at(".workflows/b/history.cbor"));
    const { stdout, exitCode } = await workspace.wf(["doctor"]);
    expect(stdout).toMatch(
      /✗ b {2}unreadable\n {4}the disk said no while .*EISDIR.*\n {4}check the disk, then try again/,
    );
    expect(stdout).toContain("2 runs checked: 1 good, 1 unreadable");
    expect(exitCode).toBe(8);
    expect(await workspace.json("doctor")).toMatchObject({
      ok: false,
      runs: [{ state: "good" }, { state: "unreadable" }],
    });
    const listed = await workspace.json("list");
    expect(listed).toMatchObject({ exitCode: 0 });
    expect(listed["runs"]).toMatchObject([
      { run: "a", state: "sleeping" },
      { run: "b", error: { code: "disk" } },
    ]);
    expect((await workspace.wf(["inspect"])).stdout).toContain("a  order");
    expect(await workspace.json("prune", "--damaged", "--yes")).toMatchObject({ runs: [], exitCode: 0 });
    expect(await workspace.wf(["inspect", "b"])).toMatchObject({ exitCode: 8 });
  });

  it("says where nothing can be written, with what there is now", async () => {
    writeFileSync(at("no-folder"), "");
    const args = ["--dir", "no-folder/.workflows"];
    expect((await workspace.wf(["doctor", ...args])).exitCode).toBe(8);
    const { stderr, exitCode } = await workspace.wf(["run", "one.ts", ...args]);
    expect(stderr).toMatch(/the disk said no while .*ENOTDIR/);
    expect(stderr).toContain("check the disk, then try again");
    expect(stderr).not.toContain("wf resume");
    expect(exitCode).toBe(8);
    // A run that is to be made where a file of its name lies hidden.
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    writeFileSync(at(".workflows/.new-b"), "");
    const made = await workspace.wf(["run", "one.ts", "--id", "b"]);
    expect(made.stderr).toMatch(/while making the run: .*\n +check the disk, then try again: no run was begun\n/);
  });

  // Root may write everywhere.
  it.runIf(process.getuid?.() !== 0)("warns of a store that cannot be written", async () => {
    await workspace.wf(["run", "one.ts", "--id", "a"]);
    chmodSync(at(".workflows"), 0o500);
    const { stdout, exitCode } = await workspace.wf(["doctor"]);
    chmodSync(at(".workflows"), 0o700);
    expect(stdout).toMatch(/! no run can be started or go on: .*\.workflows cannot be written\n/);
    expect(exitCode).toBe(0);
  });
});
