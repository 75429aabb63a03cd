// Every template does what its README says, typed as it stands there: in the clone, and as a project of one's own.

import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf } from "../readme/support/markdown.ts";
import { root, setUpClone, setUpCorner, setUpProject, strike } from "../readme/support/stages.ts";
import { checkStory } from "../readme/support/story.ts";

const templates = readdirSync(path.join(root, "templates"));
const read = (...names: string[]): string => readFileSync(path.join(...names), "utf8");
const pageOf = (name: string): string => path.join(root, "templates", name, "README.md");

afterAll(strike);

describe.skipIf(process.platform === "win32")("a template, typed as its README says", { concurrent: true }, () => {
  let clone = "";
  let project = "";

  beforeAll(() => {
    clone = setUpClone();
    project = setUpProject();
  }, 60_000);

  it.each(templates)("works in the clone: %s", { timeout: 60_000 }, async (name) => {
    const folder = path.join(clone, "templates", name);
    await checkStory(blocksOf(read(folder, "README.md")), { page: pageOf(name), folder });
  });

  it.each(templates)("works as a project that installed the package: %s", { timeout: 60_000 }, async (name) => {
    const folder = path.join(project, name);
    await checkStory(blocksOf(read(folder, "README.md")), { page: pageOf(name), folder });
  });

  it.each(templates)("has types that fit, by its own tsconfig.json: %s", { timeout: 60_000 }, (name) => {
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const types = path.join(root, "node_modules/@types");
    const { stdout } = spawnSync(
      process.execPath,
      [tsc, "-p", path.join(clone, "templates", name), "--typeRoots", types],
      {
        encoding: "utf8",
      },
    );
    expect(stdout).toBe("");
  });

  it.each(templates)("brings along what a project needs: %s", (name) => {
    const files = readdirSync(path.join(project, name));
    for (const file of ["package.json", "tsconfig.json", "README.md", ".gitignore", `${name}.ts`])
      expect(files).toContain(file);
    const { dependencies } = JSON.parse(read(project, name, "package.json")) as { dependencies: object };
    expect(Object.keys(dependencies)).toEqual(["dotworkflows"]);
  });
});

describe.skipIf(process.platform === "win32")("the tests of guarded", () => {
  /** Without what vitest and npm say to their own children. */
  const env = Object.fromEntries(
    Object.entries({ ...process.env, NO_COLOR: "1" }).filter(
      ([name]) => !/^(?:VITEST|npm_|NODE_ENV$|TEST$)/.test(name),
    ),
  );
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync("npm", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  it("pass in the clone, whose own tests are none of theirs", { timeout: 60_000 }, () => {
    expect(npm(path.join(root, "templates/guarded"), "test")).toMatch(/Test Files\s+1 passed/);
  });

  it("show what replay-diff shows when a step was renamed, and no dump of objects", { timeout: 60_000 }, () => {
    const clone = setUpClone();
    setUpCorner(clone, "with-vitest");
    const folder = path.join(clone, "templates/guarded");
    const file = path.join(folder, "guarded.ts");
    writeFileSync(file, read(file).replace('"welcome"', '"greet"'));
    const { status, stdout, stderr } = spawnSync("npm", ["test"], { cwd: folder, env, encoding: "utf8" });
    const said = stdout + stderr;
    expect(status).toBe(1);
    expect(said).toMatch(/\+ ~ ✗ welcome → greet .* guarded\.ts:11:13\n/);
    expect(said).toContain('await ctx.removed("welcome", "step");');
    expect(said.split("\n").length).toBeLessThan(50);
  });

  it("pass in a project that wf init made, with the package from a tarball", { timeout: 120_000 }, () => {
    const home = setUpProject();
    const made = ["init", "flows", "--template", "guarded"];
    execFileSync(path.join(home, "node_modules/.bin/wf"), made, { cwd: home, env, stdio: "ignore" });
    const flows = path.join(home, "flows");
    npm(flows, "install", "--prefer-offline", "--no-audit", "--no-fund", "--silent");
    expect(readdirSync(path.join(flows, "node_modules"))).toContain("dotworkflows");
    npm(flows, "run", "types");
    expect(npm(flows, "test")).toMatch(/Test Files\s+1 passed/);
  });
});
