// The README does what it says: every command of it is typed into a real terminal, in the clone.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { blocksOf, localLinks } from "./support/markdown.ts";
import { root, setUpClone, strike, withBinaries } from "./support/stages.ts";
import { checkStory } from "./support/story.ts";

const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  ...["docs", "templates/hello", "templates/approval", "templates/orders"].map((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
);
const read = (page: string): string => readFileSync(path.join(root, page), "utf8");

afterAll(strike);

describe("the README", () => {
  it.skipIf(process.platform === "win32")("prints what it says it prints", { timeout: 60_000 }, async () => {
    const folder = setUpClone();
    await checkStory(blocksOf(read("README.md")), {
      page: path.join(root, "README.md"),
      folder,
      env: withBinaries(folder),
    });
  });
});

describe("the README's table of commands", () => {
  it("has every command that there is, and no other", () => {
    const help = execFileSync(process.execPath, [path.join(root, "bin/wf.js"), "--help"], { encoding: "utf8" });
    const commands = [...help.replace(/^[^]*\nCommands:\n/, "").matchAll(/^ {2}([a-z-]+)[| ]/gm)].map(
      ([, name]) => name,
    );
    const written = [...read("README.md").matchAll(/^\| `wf ([a-z-]+)/gm)].map(([, name]) => name);
    expect(new Set(written)).toEqual(new Set(commands.filter((name) => name !== "help" && name !== "wf")));
  });
});

describe("the pages", () => {
  it.each(pages)("have links that lead somewhere: %s", (page) => {
    const missing = localLinks(read(page)).filter((link) => !existsSync(path.join(root, path.dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it.each(pages)("name no place of one machine, and leave nothing to do: %s", (page) => {
    expect(read(page)).not.toMatch(/\/(home|root|Users|work|tmp)\/|TODO|FIXME/);
  });
});
