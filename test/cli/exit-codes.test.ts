// Each exit code, and that with --json what is printed is one document that docs/json.md describes.

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportDocument } from "../../src/cli/documents.ts";
import type { ReplayDiffDocument } from "../../src/cli/replay-documents.ts";
import { failing, one, order, slow } from "./support/modules.ts";
import { declared, sleepy } from "./support/modules-more.ts";
import { binary, Workspace } from "./support/wf.ts";

const root = path.resolve(import.meta.dirname, "../..");
let workspace: Workspace;

beforeAll(async () => {
  workspace = new Workspace({
    "one.ts": one,
    "order.ts": order,
    "failing.ts": failing,
    "slow.ts": slow,
    "d.ts": declared,
    "sleepy.ts": sleepy,
  });
  await workspace.wf(["run", "order.ts", "--id", "waits", "--no-wait"]);
});

afterAll(() => {
  workspace.remove();
});

const code = async (...args: string[]): Promise<number | null> => (await workspace.wf(args)).exitCode;

describe("the exit code is", () => {
  it("0 when the run completed", async () => {
    expect(await code("run", "one.ts")).toBe(0);
  });
  it("1 when the workflow failed, or the run's state forbids what was asked", async () => {
    expect(await code("run", "failing.ts", "--id", "failed")).toBe(1);
    expect(await code("send", "failed", "approve")).toBe(1);
    expect(await code("retry", "waits")).toBe(1);
  });
  it("1 for both, which --json tells apart", async () => {
    expect(await workspace.json("run", "failing.ts")).toMatchObject({ schema: "wf.run/1", state: "failed" });
    await workspace.wf(["run", "one.ts", "--id", "over"]);
    for (const [args, reason] of [
      [["retry", "over"], "run_state"],
      [["cancel", "over"], "run_state"],
      [["send", "over", "approve"], "finished"],
    ] as const)
      expect(await workspace.json(...args)).toMatchObject({
        schema: "wf.error/1",
        error: { code: reason },
        exitCode: 1,
      });
  });
  it("2 for wrong usage and bad input", async () => {
    expect(await code("run")).toBe(2);
    expect(await code("lisst")).toBe(2);
    expect(await code("run", "one.ts", "--input", "{")).toBe(2);
    expect(await code("list", "--limit", "few")).toBe(2);
  });
  it("3 when the run waits", async () => {
    expect(await code("resume", "waits", "--no-wait")).toBe(3);
  });
  it("4 for a run, a module, an export or an entry that is not there", async () => {
    expect(await code("inspect", "nothing")).toBe(4);
    expect(await code("run", "nothing.ts")).toBe(4);
    expect(await code("run", "one.ts#two")).toBe(4);
    expect(await code("inspect", "waits", "--step", "nothing")).toBe(4);
  });
  it("5 when the code contradicts the history", async () => {
    await workspace.wf(["run", "order.ts", "--id", "changed", "--no-wait"]);
    workspace.write("changed.ts", order.replace('"quote"', '"other"'));
    expect(await code("resume", "changed", "--module", "changed.ts", "--no-wait")).toBe(5);
  });
  it("6 when another process has the run", async () => {
    const running = workspace.start(["run", "slow.ts", "--id", "owned"]);
    await running.says("long is under way");
    expect(await code("resume", "owned")).toBe(6);
    workspace.write("go-on", "");
    await running.ended;
  });
  it("7 for a history that cannot be read", async () => {
    await workspace.wf(["run", "one.ts", "--id", "corrupt"]);
    const file = path.join(workspace.folder, ".workflows/corrupt/history.cbor");
    const bytes = readFileSync(file);
    bytes[150] = (bytes[150] ?? 0) ^ 0xff;
    writeFileSync(file, bytes);
    expect(await code("inspect", "corrupt")).toBe(7);
    expect(await code("inspect", "corrupt", "--follow")).toBe(7);
  });
  it.skipIf(process.platform === "win32")("4 in a working directory that was deleted", () => {
    workspace.write("gone/file", "");
    const script = `cd gone && rm -r ../gone && "${process.execPath}" "${binary}" list --json`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: workspace.folder, encoding: "utf8" });
    expect(JSON.parse(stdout)).toMatchObject({ schema: "wf.error/1", error: { code: "not_found" } });
    expect(stderr).toBe("error  the working directory is not there any more\n       cd to one that is\n");
    expect(status).toBe(4);
  });
  it.skipIf(process.getuid?.() === 0)("8 when the disk says no", async () => {
    chmodSync(workspace.folder, 0o500);
    expect(await code("run", "one.ts", "--dir", path.join(workspace.folder, "new"))).toBe(8);
    chmodSync(workspace.folder, 0o700);
  });
  it("8 when a file is in the store's way", async () => {
    workspace.write("not-a-folder", "");
    expect(await code("run", "one.ts", "--dir", path.join(workspace.folder, "not-a-folder/store"))).toBe(8);
  });
  it.skipIf(process.platform === "win32")("8 when the disk is full in the middle of a run, which can go on", () => {
    workspace.write(
      "fills.ts",
      'export default async function fills(ctx) {\n  for (let at = 0; at < 100; at++) await ctx.step("s" + at, () => "x".repeat(200));\n}',
    );
    const wf = `"${process.execPath}" "${binary}"`;
    const script = `(ulimit -f 8; ${wf} run fills.ts --id fills); echo $?; ${wf} resume fills --json; echo $?`;
    const { stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: workspace.folder, encoding: "utf8" });
    expect(stderr).toMatch(
      /disk is full\n +what is on record is safe; make room, then this goes on:\n +wf resume fills\n/,
    );
    expect(stdout).toMatch(/^8\n\{.*"state":"completed".*\}\n0\n$/);
  });
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("that of %s when it pauses a run", async (signal, expected) => {
    const running = workspace.start(["run", "order.ts"]);
    await running.says("wf send");
    running.child.kill(signal);
    expect((await running.ended).exitCode).toBe(expected);
  });
});

describe("docs/json.md", () => {
  it("is what src/cli/documents.ts says", () => {
    const check = [path.join(root, "scripts/json-page.mjs"), "--check"];
    expect(execFileSync(process.execPath, check, { encoding: "utf8" })).toBe("");
  });

  it("speaks of every command but those that print no document", async () => {
    const page = readFileSync(path.join(root, "docs/json.md"), "utf8");
    const { stdout } = await workspace.wf(["--help"]);
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+(?:-[a-z]+)?)(?:\|\w+)? .*$/gm)].map(([, verb = ""]) => verb);
    expect(verbs).toContain("replay-diff");
    for (const verb of verbs.filter((each) => !["help", "dev", "wf"].includes(each)))
      expect(page).toMatch(new RegExp(`\`(?:wf )?${verb}\``));
  });

  it("has the comparison and the file of a run", async () => {
    const compared = (await workspace.json("replay-diff", "waits")) as unknown as ReplayDiffDocument;
    expect([compared.run, compared.stepsExecuted]).toEqual(["waits", 0]);
    const exported = (await workspace.json("export", "waits")) as unknown as ExportDocument;
    expect([exported.schema, exported.run]).toEqual(["wf.export/1", "waits"]);
  });

  it("has every field of a difference, down to the place of an edit", async () => {
    const page = readFileSync(path.join(root, "docs/json.md"), "utf8");
    await workspace.wf(["run", "order.ts", "--id", "renamed", "--no-wait"]);
    workspace.write("renamed.ts", order.replace('"quote"', '"other"'));
    const { exitCode, ...compared } = await workspace.json("replay-diff", "renamed", "--module", "renamed.ts");
    expect(exitCode).toBe(5);
    const fields = fieldsIn(compared);
    expect(fields).toEqual(
      new Set([...fields, "verdict", "recorded", "asked", "runsAgain", "edits", "action", "line"]),
    );
    for (const field of fields) expect(page).toMatch(new RegExp(`\\| \`${field}\``));
  });

  it("has every field that the documents have", async () => {
    const page = readFileSync(path.join(root, "docs/json.md"), "utf8");
    await workspace.wf(["run", "sleepy.ts", "--id", "naps", "--no-wait"]);
    await workspace.wf(["export", "waits", "--output", "moved.json"]);
    const documents = [
      await workspace.json("run", "one.ts", "--id", "documented"),
      await workspace.json("inspect", "documented", "--events"),
      await workspace.json("inspect", "documented", "--step", "only"),
      await workspace.json("list"),
      await workspace.json("send", "waits", "other", "1"),
      await workspace.json("fork", "documented", "--from", "only"),
      await workspace.json("init", "a-project", "--template", "hello"),
      await workspace.json("inspect", "nothing"),
      await workspace.json("resume", "documented"),
      await workspace.json("retry", "documented"),
      await workspace.json("cancel", "waits"),
      await workspace.json("wake", "naps"),
      await workspace.json("replay-diff", "documented"),
      await workspace.json("replay-diff", "--all"),
      await workspace.json("export", "documented"),
      await workspace.json("import", "moved.json", "--id", "moved"),
      await workspace.json("prune", "--dry-run"),
      await workspace.json("doctor"),
      await workspace.json("completion", "bash"),
    ];
    const documented = documents.map(({ schema }) => schema);
    for (const [, schema] of page.matchAll(/^## `(wf\..+)`$/gm)) expect(documented).toContain(schema);
    for (const { exitCode: _exitCode, ...document } of documents) {
      if (document["ok"] !== false) expect(page).toContain(`## \`${String(document["schema"])}\``);
      for (const field of Object.keys(document))
        expect(page, JSON.stringify(document)).toMatch(new RegExp(`\\| \`${field}\``));
    }
  });
});

/** The names of all fields, at any depth. */
function fieldsIn(value: unknown): Set<string> {
  if (typeof value !== "object" || value === null) return new Set();
  const within = Object.values(value).flatMap((each) => [...fieldsIn(each)]);
  return new Set([...(Array.isArray(value) ? [] : Object.keys(value)), ...within]);
}
