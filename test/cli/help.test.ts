// Every example of every --help works as it stands there.

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { binary, Workspace } from "./support/wf.ts";

/** Waits at every place that an example speaks of. */
const order = `
export default async function order(ctx, input) {
  await ctx.step("quote", () => ({ price: 12 }));
  await ctx.step("charge", () => "paid");
  await ctx.sleep("cool-off", 3_600_000);
  const ok = await ctx.queue.next("approval", { names: ["approve"] });
  return ok.body;
}
export { order };
`;
const failing = `
import { CriticalError } from "dotworkflows";
import { existsSync } from "node:fs";
export default async function order(ctx) {
  await ctx.step("charge", () => { if (!existsSync("mended")) throw new CriticalError("no money left"); });
}`;

const verbs = examplesByVerb();
/** Where every example finds what it speaks of, by state. */
let fixtures: Readonly<Record<string, Workspace>>;
let folder: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-help-")));
  const [waiting, failed, movable] = [0, 1, 2].map(
    () => new Workspace({ "order.ts": order, "flows.ts": order, "src/order.ts": order }),
  );
  if (waiting === undefined || failed === undefined || movable === undefined) throw new Error("no fixtures");
  failed.write("order.ts", failing);
  await Promise.all(
    [waiting, failed, movable].map((each) => each.wf(["run", "order.ts", "--id", "order-8f3k2q", "--no-wait"])),
  );
  failed.write("mended", "");
  for (const name of ["run.cbor", "run.json", "order.json", "order.cbor"])
    await movable.wf(["export", "order-8f3k2q", "--output", name]);
  rmSync(path.join(movable.folder, ".workflows"), { recursive: true });
  mkdirSync(path.join(waiting.folder, "fixtures"));
  cpSync(path.join(movable.folder, "run.json"), path.join(waiting.folder, "fixtures/run.json"));
  fixtures = { waiting, failed, movable };
}, 60_000);

afterAll(() => {
  for (const fixture of Object.values(fixtures)) fixture.remove();
  rmSync(folder, { recursive: true, force: true });
});

const fixtureFor: Readonly<Record<string, string>> = { retry: "failed", import: "movable" };
/** Paused by the test, killed as asked, or waiting. */
const allowed: readonly (number | null)[] = [0, 3, 130, 137];

describe.concurrent("an example of --help", () => {
  it.each(verbs)("of wf %s works as typed: %s", { timeout: 60_000 }, async (verb, command) => {
    const place = path.join(folder, `${verb}-${Buffer.from(command).toString("hex").slice(-24)}`);
    cpSync(fixtures[fixtureFor[verb] ?? "waiting"]?.folder ?? "", place, { recursive: true });
    for (const own of [".zfunc", ".config/fish/completions"]) mkdirSync(path.join(place, own), { recursive: true });
    const { exitCode, said } = await type(command, place);
    expect(said).not.toMatch(/^error {2}/m);
    expect(allowed, said).toContain(exitCode);
  });
});

it("help is broken between words on a narrow terminal", async () => {
  const place = new Workspace();
  for (const args of [["--help"], ["list", "--help"], ["replay-diff", "--help"]]) {
    const screen = new Screen(args, { folder: place.folder, columns: 60 });
    await screen.ended;
    expect(await screen.wrapped(), args.join(" ")).toEqual([]);
  }
  place.remove();
});

it("is measured without the tables of Unicode segments, which take long to load", () => {
  const without = "data:text/javascript,delete Intl.Segmenter";
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", without, binary, "--help"], { encoding: "utf8" });
  expect(stdout, stderr).toContain("6 another process has the run");
});

it("every command has one", () => {
  const all = spawnSync(process.execPath, [binary, "--help"], { encoding: "utf8" }).stdout;
  for (const verb of verbsIn(all)) expect(verbs.map(([name]) => name)).toContain(verb);
});

/** Types the command; what stays with a run is paused once it waits. */
async function type(command: string, place: string): Promise<{ exitCode: number | null; said: string }> {
  const shim = path.join(place, "bin");
  mkdirSync(shim, { recursive: true });
  writeFileSync(path.join(shim, "wf"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`, { mode: 0o755 });
  const { WF_DIR: _dir, ...env } = process.env;
  const child = spawn("bash", ["-c", command], {
    cwd: place,
    env: { ...env, HOME: place, PATH: `${shim}:${env["PATH"] ?? ""}` },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  let isPaused = false;
  const hear = (text: Buffer): void => {
    said += text.toString("utf8");
    if (isPaused || !/^⏸|supervising/m.test(said) || child.pid === undefined) return;
    isPaused = true;
    process.kill(-child.pid, "SIGINT");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  return new Promise((resolve) => {
    child.on("close", (exitCode, signal) => resolve({ exitCode: signal === "SIGKILL" ? 137 : exitCode, said }));
  });
}

function examplesByVerb(): (readonly [verb: string, command: string])[] {
  const all = spawnSync(process.execPath, [binary, "--help"], { encoding: "utf8" }).stdout;
  return verbsIn(all).flatMap((verb) => {
    const { stdout } = spawnSync(process.execPath, [binary, verb, "--help"], { encoding: "utf8" });
    const [, examples = ""] = stdout.split("Examples:\n");
    return examples
      .split("\n")
      .filter((line) => line.startsWith("  wf "))
      .map((line) => [verb, line.replace(/ {2,}# .*$/, "").trim()] as const);
  });
}

function verbsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}([a-z]+(?:-[a-z]+)*)(?:\|\w+)? .*$/gm)]
    .map(([, verb = ""]) => verb)
    .filter((verb) => verb !== "help" && verb !== "wf");
}
