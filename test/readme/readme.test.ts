// The README does what it says: every command of it is typed into a real terminal, in the clone.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { blocksOf, localLinks } from "./support/markdown.ts";
import { root, setUpClone, strike } from "./support/stages.ts";
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
    const env = { PATH: `${path.join(folder, "node_modules/.bin")}${path.delimiter}${process.env["PATH"] ?? ""}` };
    await checkStory(blocksOf(read("README.md")), { folder, env });
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
