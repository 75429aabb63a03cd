// A run with rollback handlers, and code in which a step of a finished loop is renamed: what `wf replay-diff` says before
// and during the rollback, that a resume runs nothing, and what it names.

import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyFix } from "../replay/support/apply-fix.ts";
import type { Fix } from "dotworkflows/testing";
import { Workspace } from "./support/wf.ts";

const flow = `
import { appendFileSync, existsSync } from "node:fs";
import { CriticalError, Loop } from "dotworkflows";
const hit = (name) => appendFileSync("effects", name + "\\n");
export default async function trip(ctx) {
  await ctx.rollbackCheckpoint("start");
  await ctx.step("charge", () => hit("charge"));
  await ctx.loop({ name: "pick", state: 0, run: async (turn, n) => {
    await turn.step({
      name: "reserve",
      run: () => hit("reserve"),
      rollback: () => {
        if (existsSync("down")) throw new Error("no answer");
        hit("undo reserve");
      },
    });
    return n === 2 ? Loop.break(n) : Loop.continue(n + 1);
  } });
  await ctx.join("pack", { box: { run: (box) => box.step("box", () => hit("box")) } });
  await ctx.queue.next("go", { names: ["go"] });
  await ctx.step("mail", () => { hit("mail"); throw new CriticalError("mail is down"); });
}
`;
const renamed = flow.replace('"reserve",\n', '"allocate",\n');
const licensed = renamed.replace(
  "    await turn.step",
  '    await turn.removed("reserve", "step");\n    await turn.step',
);
const RESERVED = [0, 1, 2].map((n) => ["pick", n, "reserve"]);

describe.skipIf(process.platform === "win32")("wf replay-diff, of a run with rollback handlers", () => {
  let place: Workspace;

  beforeEach(async () => {
    place = new Workspace({ "trip.js": flow });
    await place.wf(["run", "trip.js", "--id", "t1", "--no-wait"]);
  });

  afterEach(() => {
    place.remove();
  });

  const effects = (): string => readFileSync(path.join(place.folder, "effects"), "utf8");

  it("counts a rename in a finished loop before anything failed, and says what a rollback would make of it", async () => {
    const same = await place.wf(["replay-diff", "t1"]);
    expect(same.stdout).toMatch(/✓ pick\[0\.\.2\] +loop +3 iterations\n/);
    expect(same.stdout).toContain("finished branches not walked; --deep does");
    expect(same.stdout).toContain("no differences · ");
    place.write("trip.js", renamed);
    const { stdout, exitCode } = await place.wf(["replay-diff", "t1"]);
    expect(stdout).toContain('recorded as "reserve"; as "allocate" a rollback would be refused');
    expect(stdout).toContain('keep the recorded name:  "reserve"');
    expect(stdout).not.toContain("ctx.removed");
    expect(stdout).not.toContain("loops not walked");
    expect(stdout).toContain("3 differences · ");
    expect(exitCode).toBe(5);
    // A resume goes on all the same: only a rollback would need the handlers.
    await place.wf(["send", "t1", "go", "{}"]);
    const resumed = await place.json("resume", "t1");
    expect(resumed).toMatchObject({ ok: false, exitCode: 5, error: { code: "history_diverged" } });
    expect(effects()).toBe("charge\nreserve\nreserve\nreserve\nbox\nmail\n");
  });

  it("runs nothing in a rollback, whatever removed says, and names the steps whose handlers are gone", async () => {
    place.write("down", "");
    await place.wf(["send", "t1", "go", "{}", "--resume"]);
    expect(await place.json("inspect", "t1")).toMatchObject({ state: "rolling_back" });
    expect((await place.wf(["inspect", "t1"])).stdout).toContain(
      "to undo  pick[0]/reserve, pick[1]/reserve, pick[2]/reserve\n",
    );
    const before = effects();
    for (const code of [renamed, licensed]) {
      place.write("trip.js", code);
      const diff = await place.json("replay-diff", "t1");
      expect(diff).toMatchObject({ compatible: false, exitCode: 5 });
      expect(JSON.stringify(diff["differences"])).not.toContain("ctx.removed");
      const { stderr, exitCode } = await place.wf(["resume", "t1"]);
      expect(stderr.replaceAll(/\s+/g, " ")).toContain(
        't1 cannot be rolled back with this code: the rollback finds no handler for 3 completed steps that were recorded with one: "pick[0]/reserve", "pick[1]/reserve", "pick[2]/reserve"; nothing was run',
      );
      expect(stderr).toContain("give each step its recorded name and a rollback handler again");
      expect(exitCode).toBe(5);
      const refused = await place.json("resume", "t1");
      expect(refused).toMatchObject({ exitCode: 5, missingHandlers: RESERVED, error: { code: "history_diverged" } });
      expect((refused["error"] as { name?: string }).name).toBeUndefined();
      expect(effects()).toBe(before);
    }
    place.write("trip.js", flow);
    rmSync(path.join(place.folder, "down"));
    await place.wf(["resume", "t1"]);
    expect(effects()).toBe(`${before}undo reserve\nundo reserve\nundo reserve\n`);
  });

  it("counts the rounds of a loop as inspect does, after a crash in the middle", async () => {
    await place.wf(["run", "trip.js", "--id", "t2", "--crash-after", "pick[2]/reserve"]);
    expect((await place.wf(["inspect", "t2"])).stdout).toContain("in iteration [2]");
    expect((await place.wf(["replay-diff", "t2"])).stdout).toMatch(/✓ pick\[0\.\.2\] +loop +3 iterations\n/);
  });

  it("shows the version gate of an inserted statement as a statement, which can be pasted", async () => {
    const inserted = flow.replace(
      "  await ctx.join(",
      '  await ctx.step("invoice", () => hit("invoice"));\n  await ctx.join(',
    );
    place.write("trip.js", inserted);
    const gate = 'if ((await ctx.getVersion("add-invoice", 2)) >= 2)';
    const { stdout } = await place.wf(["replay-diff", "t1"]);
    expect(stdout).toContain(`${gate} { await ctx.step("invoice", …); }`);
    const { differences } = await place.json("replay-diff", "t1");
    const [fix] = (differences as { fix: Fix[] }[])[0]?.fix ?? [];
    expect(fix).toMatchObject({ title: "leave it out on recorded runs", edits: [{ action: "before", code: gate }] });
    if (fix === undefined) throw new Error("no fix");
    applyFix(
      {
        read: (file) => readFileSync(file, "utf8"),
        write: (file, text) => place.write(path.basename(file), text),
      },
      fix,
    );
    expect(await place.json("replay-diff", "t1")).toMatchObject({ compatible: true });
    // By hand, as it is shown.
    place.write(
      "trip.js",
      inserted.replace('await ctx.step("invoice", () => hit("invoice"));', (call) => `${gate} { ${call} }`),
    );
    expect(await place.json("replay-diff", "t1")).toMatchObject({ compatible: true });
    await place.wf(["send", "t1", "go", "{}", "--resume"]);
    expect(effects()).not.toContain("invoice");
  });

  it("shows an inserted call whose value is used as its statement will be, which fits as it stands", async () => {
    const line = '  const paid = await ctx.step("invoice", () => hit("invoice"));\n';
    const insert = (text: string): void => {
      place.write("trip.js", flow.replace("  await ctx.join(", `${text}  await ctx.join(`));
    };
    insert(line);
    const { stdout } = await place.wf(["replay-diff", "t1"]);
    expect(stdout.replaceAll(/\s*│? +/g, " ")).toContain(
      "it gives undefined there, so what uses it gets T | undefined:",
    );
    const shown = /const paid[^;]+;/.exec(stdout)?.[0].replaceAll(/\n +[│└]/g, "\n") ?? "";
    expect(shown.replaceAll(/\s+/g, " ")).toBe(
      'const paid = (await ctx.getVersion("add-invoice", 2)) >= 2 ? await ctx.step("invoice", …) : undefined;',
    );
    insert(`${shown.replace("…", '() => hit("invoice")')}\n`);
    expect(await place.json("replay-diff", "t1")).toMatchObject({ compatible: true });
  });

  it("says where the call and its await go where no statement can be shown", async () => {
    const line = '  if (true)\n    await ctx.step("invoice", () => hit("invoice"));\n';
    place.write("trip.js", flow.replace("  await ctx.join(", `${line}  await ctx.join(`));
    const { stdout } = await place.wf(["replay-diff", "t1"]);
    expect(stdout.replaceAll(/\s*│? +/g, " ")).toContain(
      "put this where the call is, behind its await; the call itself",
    );
    expect(stdout).toContain('((await ctx.getVersion("add-invoice", 2)) >= 2 ? … : undefined)');
  });
});
