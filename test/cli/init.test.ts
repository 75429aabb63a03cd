// wf init with the real binary: what it writes, what it leaves, and where the new project gets its wf from.

import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { binary, Workspace } from "./support/wf.ts";

const root = realpathSync(path.resolve(binary, "../.."));
let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
const read = (file: string): string => readFileSync(path.join(workspace.folder, file), "utf8");

describe("wf init", () => {
  it("makes a project whose next command works", async () => {
    const shim = path.dirname(workspace.write("bin/wf", "#!/bin/sh\n"));
    const env = { PATH: `${shim}:${process.env["PATH"] ?? ""}` };
    const made = await workspace.wf(["init", "flows", "--template", "hello", "--json"], { env });
    expect(made.exitCode).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({
      schema: "wf.init/1",
      next: ["cd flows", "npm install", "wf run hello.ts"],
    });
    expect(read("flows/.gitignore")).toContain(".workflows/");
    expect(JSON.parse(read("flows/package.json"))).toMatchObject({
      name: "flows",
      scripts: { start: "wf run hello.ts" },
    });
    const ran = await workspace.wf(["run", "hello.ts", "--no-wait"], { cwd: "flows" });
    expect(ran.exitCode).toBe(3);
  });

  it("says the first command of the template's own README, which needs nothing but the install", async () => {
    const next = async (name: string): Promise<unknown> => {
      const args = ["init", name, "--template", name, "--json"];
      const { stdout } = await workspace.wf(args, { env: { PATH: workspace.folder } });
      return (JSON.parse(stdout) as { next: readonly string[] }).next.at(-1);
    };
    expect(await next("guarded")).toBe("npx wf replay-diff fixtures/*.json --strict");
    expect(await next("hello")).toBe("npx wf run hello.ts");
    const [, first] = /```sh\n(.*)\n/.exec(read("guarded/README.md")) ?? [];
    expect(first).toBe("npx wf replay-diff fixtures/*.json --strict");
  });

  it("adds to a project that is there, and overwrites nothing", async () => {
    workspace.write("package.json", '{"name":"mine","scripts":{"start":"node ."}}');
    workspace.write(".gitignore", "node_modules/");
    workspace.write("README.md", "mine");
    const { exitCode, stderr } = await workspace.wf(["init", "--yes"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(read("package.json"))).toMatchObject({ name: "mine", scripts: { start: "node ." } });
    expect(read(".gitignore")).toBe("node_modules/\n.workflows/\n.env\n");
    expect(read("README.md")).toBe("mine");
    expect(stderr).toContain("hello: wrote hello.ts, tsconfig.json\n");
    expect(stderr).toContain("added to .gitignore, package.json\n");
    expect(stderr).toContain("kept: README.md, scripts.start\n");
    expect(await workspace.wf(["init", "--yes"])).toMatchObject({ exitCode: 2 });
  });

  it("says npm install first, unless all that the template asks for is asked for and there", async () => {
    const next = async (folder: string): Promise<unknown> => {
      const { stdout } = await workspace.wf(["init", folder, "--yes", "--json"], { env: { PATH: workspace.folder } });
      return (JSON.parse(stdout) as { next: unknown }).next;
    };
    expect(await next("flows")).toEqual(["cd flows", "npm install", "npx wf run hello.ts"]);
    const { dependencies, devDependencies } = JSON.parse(read("flows/package.json")) as Record<string, object>;
    const asked = { dependencies: devDependencies, devDependencies: dependencies };
    workspace.write("has/package.json", JSON.stringify({ type: "module", ...asked }));
    expect(await next("has")).toEqual(["cd has", "npm install", "npx wf run hello.ts"]);
    for (const name of ["dotworkflows", "typescript", "@types/node"])
      workspace.write(`has/node_modules/${name}/package.json`, "{}");
    rmSync(path.join(workspace.folder, "has/hello.ts"));
    expect(await next("has")).toEqual(["cd has", "npx wf run hello.ts"]);
    expect(JSON.parse(read("has/package.json"))).toMatchObject(asked);
  });

  it("replaces npm's placeholder for a test, and keeps any other script", async () => {
    const placeholder = 'echo "Error: no test specified" && exit 1';
    workspace.write("fresh/package.json", JSON.stringify({ scripts: { test: placeholder, types: "tsc" } }));
    workspace.write("tested/package.json", JSON.stringify({ scripts: { test: "jest" } }));
    const fresh = await workspace.wf(["init", "fresh", "--template", "guarded"]);
    expect(JSON.parse(read("fresh/package.json"))).toMatchObject({ scripts: { test: "vitest run", types: "tsc" } });
    expect(fresh.stderr).not.toContain("kept");
    const tested = await workspace.wf(["init", "tested", "--template", "guarded"]);
    expect(JSON.parse(read("tested/package.json"))).toMatchObject({ scripts: { test: "jest", types: "tsc" } });
    expect(tested.stderr).toContain("kept: scripts.test\n");
  });

  it("makes the modules of a package that says nothing of them ES modules, and leaves one that does", async () => {
    workspace.write("silent/package.json", "{}");
    workspace.write("common/package.json", '{"type":"commonjs"}');
    const silent = await workspace.wf(["init", "silent", "--yes"]);
    expect(JSON.parse(read("silent/package.json"))).toMatchObject({ type: "module" });
    expect(silent.stderr).toContain('package.json had no "type", and has "module" now');
    const common = await workspace.wf(["init", "common", "--yes"]);
    expect(JSON.parse(read("common/package.json"))).toMatchObject({ type: "commonjs" });
    expect(common.stderr).toContain("npm pkg set type=module\n");
  });

  it("writes nothing beside a package.json that is not JSON", async () => {
    workspace.write("broken/package.json", "{ broken");
    expect(await workspace.wf(["init", "broken", "--yes"])).toMatchObject({ exitCode: 2 });
    expect(existsSync(path.join(workspace.folder, "broken/hello.ts"))).toBe(false);
  });

  it("offers the template that is called like the folder", async () => {
    const screen = new Screen(["init", "approval"], { folder: workspace.folder, columns: 60 });
    const lines = await screen.shows("● approval");
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    screen.press("\r");
    expect(await screen.ended).toBe(0);
    expect(existsSync(path.join(workspace.folder, "approval/approval.ts"))).toBe(true);
  });

  it("says in its help which templates there are", async () => {
    const { stdout } = await workspace.wf(["init", "--help"]);
    const names = readdirSync(new URL("../../templates", import.meta.url));
    const [, said = ""] = /--template <name>\s+([\s\S]*?)\(default/.exec(stdout) ?? [];
    expect(said.split(/,| or /).map((name) => name.trim())).toEqual(expect.arrayContaining(names));
    expect(names.length).toBeGreaterThan(3);
  });

  it("asks nothing without a terminal, and suggests the nearest name", async () => {
    expect((await workspace.wf(["init"])).stderr).toContain("wf init --template hello");
    const { exitCode, stderr } = await workspace.wf(["init", "--template", "helo"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("did you mean hello?");
    expect(existsSync(path.join(workspace.folder, "hello.ts"))).toBe(false);
  });
});

describe("what a new project installs", () => {
  const asks = (file: string): unknown => {
    const { dependencies } = JSON.parse(read(file)) as { dependencies: Record<string, string> };
    return dependencies["dotworkflows"];
  };

  it("is the clone, where wf runs from a clone", async () => {
    await workspace.wf(["init", "deep/flows", "--yes"]);
    const [, clone = ""] = /^file:(\.\..*)$/.exec(String(asks("deep/flows/package.json"))) ?? [];
    expect(realpathSync(path.join(workspace.folder, "deep/flows", clone))).toBe(root);
  });

  it.each([
    ["a tarball, from where the new project is", "file:../vendor/wf.tgz", "file:../../vendor/wf.tgz"],
    ["a tarball of an absolute path", "file:/vendor/wf.tgz", "file:/vendor/wf.tgz"],
    ["a repository", "git+https://example.com/wf.git#main", "git+https://example.com/wf.git#main"],
    ["a range", "~0.0.0", "~0.0.0"],
    ["a version, where only a workspace knows", "workspace:*", `^${version}`],
    ["a version, where nobody asks for it", undefined, `^${version}`],
  ])("is what the project asks for that wf is installed in: %s", async (_what, spec, expected) => {
    workspace.write("app/package.json", JSON.stringify({ devDependencies: { dotworkflows: spec } }));
    const modules = path.join(workspace.folder, "app/node_modules");
    for (const part of ["bin", "dist", "templates", "package.json"])
      cpSync(path.join(root, part), path.join(modules, "dotworkflows", part), { recursive: true });
    for (const name of ["commander", "oxc-transform", "chokidar", "@clack", "pino"])
      symlinkSync(path.join(root, "node_modules", name), path.join(modules, name), "junction");
    // The copy that a project has is the one that runs in it.
    const { stderr } = await workspace.wf(["init", "flows", "--yes"], { cwd: "app" });
    expect(stderr).toContain("hello: wrote");
    expect(asks("app/flows/package.json")).toBe(expected);
  });
});
