// The pages of docs/ do what they say: their files are saved, their commands typed into real terminals, what is printed
// is compared, and the types of their examples are checked.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, type Block } from "./support/markdown.ts";
import { root, setUpClone, setUpCorner, strike, withBinaries } from "./support/stages.ts";
import { checkStory, saveFile } from "./support/story.ts";

const blocksIn = (page: string): Block[] => blocksOf(readFileSync(path.join(root, "docs", page), "utf8"));
const isPlayed = (blocks: readonly Block[]): boolean => blocks.some(({ marks }) => marks.some((m) => m.includes(".")));
const pages = readdirSync(path.join(root, "docs")).filter((page) => page.endsWith(".md") && isPlayed(blocksIn(page)));

afterAll(strike);

describe.skipIf(process.platform === "win32")("the pages of docs/", { concurrent: true }, () => {
  let clone = "";

  beforeAll(() => {
    clone = setUpClone();
  });

  it.each(pages)("print what they say they print: %s", { timeout: 60_000 }, async (page) => {
    const folder = setUpCorner(clone, path.basename(page, ".md"));
    await checkStory(blocksIn(page), { page: path.join(root, "docs", page), folder, env: withBinaries(clone) });
  });

  it("have examples whose types fit", { timeout: 60_000 }, () => {
    const folder = setUpCorner(clone, "types");
    for (const page of pages) for (const block of blocksIn(page)) saveFile(block, folder);
    const { compilerOptions } = JSON.parse(readFileSync(path.join(root, "templates/hello/tsconfig.json"), "utf8")) as {
      compilerOptions: object;
    };
    const types = path.join(root, "node_modules/@types");
    const config = { compilerOptions: { ...compilerOptions, typeRoots: [types] }, include: ["*.ts"] };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
  });
});
