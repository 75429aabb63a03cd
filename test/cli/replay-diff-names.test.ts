// `wf replay-diff` on edits that read like a rename and are none: what it says, what it advises, and that a refusal says
// what ran before it.

import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Workspace } from "./support/wf.ts";

const HEAD = `import type { WorkflowContext } from "dotworkflows";
export default async function w(ctx: WorkflowContext) {
`;
const WAIT = '  await ctx.queue.next("wait", { names: ["go"] });\n';
const MAIL = '  await ctx.step("mail", async () => {});\n';
const CHARGE = '  const { id } = await ctx.step("charge", async () => ({ id: 1 }));\n';
const OLD = '  await ctx.step("old", async () => 1);\n';

describe.skipIf(process.platform === "win32")("wf replay-diff, of names", () => {
  let place: Workspace | undefined;

  afterEach(() => {
    place?.remove();
  });

  /** Records a run, and edits its workflow. */
  async function edit(before: string, after: string): Promise<Workspace> {
    place = new Workspace({ "w.ts": `${HEAD}${before}}\n` });
    expect((await place.wf(["run", "w.ts", "--id", "r", "--no-wait"])).exitCode).toBe(3);
    place.write("w.ts", `${HEAD}${after}}\n`);
    return place;
  }

  it("takes a step before one that is still called for inserted, and prints what recorded runs use instead", async () => {
    const { wf } = bound(await edit(MAIL + WAIT, `${CHARGE}${MAIL}${WAIT}  return id;\n`));
    const { stdout, exitCode } = await wf("replay-diff");
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/\+ ✗ charge\s+step\s+inserted/);
    expect(stdout).toContain(`leave it out on recorded runs; behind the colon stands what they use instead:
    │   const { id } = (await ctx.getVersion("add-charge", 2)) >= 2
    │     ? await ctx.step("charge", …)
    └     : { id: undefined };`);
    expect(stdout).not.toMatch(/renamed|removed|threw|stricter/);
  });

  it("takes no call in another workflow of the file for the one that is gone, but one in a function of both", async () => {
    const other = "}\nexport async function other(ctx) {\n";
    const { wf, write } = bound(await edit(`${MAIL}${WAIT}${other}${MAIL}`, `${WAIT}${other}${MAIL}`));
    const { stdout, exitCode } = await wf("replay-diff");
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/- ✗ mail\s+step\s+missing/);
    expect(stdout).not.toContain("still called");
    write("w.ts", `${HEAD}${WAIT}  await post(ctx);\n}\nasync function post(ctx) {\n${MAIL}}\n`);
    expect((await wf("replay-diff")).stdout).toContain('"mail" is still called at w.ts:7');
  });

  it("prints lines that compile and with which the run goes on", async () => {
    const mended = CHARGE.replace(
      /= (await.*);/,
      '= (await ctx.getVersion("add-charge", 2)) >= 2\n    ? $1\n    : { id: undefined };',
    );
    const { wf, folder } = bound(await edit(MAIL + WAIT, `${mended}${MAIL}${WAIT}  return id ?? "none";\n`));
    expect((await wf("replay-diff")).exitCode).toBe(0);
    const { stdout, exitCode } = await wf("send", "r", "go", "--resume");
    expect([stdout.trim(), exitCode]).toEqual(['"none"', 0]);
    symlinkSync(path.resolve(import.meta.dirname, "../../node_modules"), path.join(folder, "node_modules"));
    const tsc = path.resolve(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--skipLibCheck", "--types", "", "w.ts"];
    expect(spawnSync(process.execPath, [tsc, ...flags], { cwd: folder, encoding: "utf8" }).stdout).toBe("");
  });

  it("says of a refusal what ran before it, where removed had licensed it", async () => {
    const removed = '  await ctx.removed("mail", "step");\n';
    const { wf } = bound(await edit(MAIL + WAIT, `${removed}${CHARGE}${MAIL}${WAIT}  return id;\n`));
    const { stdout } = await wf("replay-diff");
    expect(stdout).toMatch(/· ! mail\s+step\s+duplicate\s+w\.ts:5:13/);
    expect(stdout).toContain("said to be removed, and called here all the same");
    expect(stdout).toContain('assume a value for "charge": the code was given what "mail" has on record');
    expect(stdout).not.toContain("stricter");
    const refused = await wf("resume", "r", "--no-wait");
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain(
      'r does not fit the code any more: 2 differences; before that was seen, "charge" ran',
    );
  });

  it("says where a step is called that was moved behind the wait, and what to do in both places", async () => {
    const { wf, write } = bound(await edit(OLD + WAIT, WAIT + OLD));
    const { stdout } = await wf("replay-diff");
    expect(stdout).toContain('"old" is still called at w.ts:4, further on: there it would be refused');
    expect(stdout).toContain("put the call at w.ts:4 back where it was recorded, before w.ts:3");
    expect(stdout).toMatch(
      /paste before: {2}await ctx\.removed\("old", "step"\);\s+└ {3}at w\.ts:4, name it: {2}"old-2"/,
    );
    write("w.ts", `${HEAD}  await ctx.removed("old", "step");\n${WAIT}${OLD}}\n`);
    const half = await wf("replay-diff");
    expect(half.stdout).toMatch(/· ! old\s+step\s+duplicate\s+w\.ts:5:13/);
    write("w.ts", `${HEAD}  await ctx.removed("old", "step");\n${WAIT}${OLD.replace('"old"', '"old-2"')}}\n`);
    expect((await wf("replay-diff")).stdout).toContain("no differences ·");
    expect((await wf("send", "r", "go", "--resume")).exitCode).toBe(0);
  });

  it("lays a wait that was taken out at the wait's door, not at the step's after it", async () => {
    const book = '  await ctx.step("book", async () => 1);\n';
    const pay = '  await ctx.step("pay", async () => 1);\n';
    const { wf } = bound(await edit(book + WAIT + pay, book + pay));
    const { stdout } = await wf("replay-diff");
    expect(stdout).toMatch(/- ✗ wait\s+message\s+missing\s+w\.ts:4:13/);
    expect(stdout).toContain(
      'say that it used to be here; paste before:\n    └   await ctx.removed("wait", "message");',
    );
    expect(stdout).toMatch(/▸ pay\s+step\s+next/);
    expect(stdout).toContain("\n1 difference · ");
  });

  it("shows no branch as unchanged that has another name now", async () => {
    const race = `  await ctx.race("approval", [
    { name: "yes", run: (yes) => yes.queue.next("answer", { names: ["go"] }) },
    { name: "timeout", run: (late) => late.sleep("late", 1_000_000) },
  ]);\n`;
    const { wf } = bound(await edit(race, race.replace('"timeout"', '"expired"')));
    const { stdout } = await wf("replay-diff");
    expect(stdout).toMatch(/~ ✗ approval\s+race\s+branches/);
    expect(stdout).toContain("to mend it: keep the branches yes, timeout; what is new belongs in a race of its own\n");
    expect(stdout).not.toMatch(/✓ approval\/(?:timeout|yes)\s+branch/);
  });
});

function bound(place: Workspace): {
  wf: (...args: string[]) => ReturnType<Workspace["wf"]>;
  write: Workspace["write"];
  folder: string;
} {
  return {
    wf: (...args) => place.wf(args),
    write: (file, text) => place.write(file, text),
    folder: place.folder,
  };
}
