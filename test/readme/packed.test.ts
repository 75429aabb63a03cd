// The package brings the pages that its README leads to, and no link of a page that it brings is dead.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { localLinks } from "./support/markdown.ts";
import { root } from "./support/stages.ts";

it("has every page that a page in it links to", { timeout: 60_000 }, () => {
  const args = ["pack", "--dry-run", "--ignore-scripts", "--json"];
  const shell = process.platform === "win32";
  const [packed] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8", shell })) as [
    { files: { path: string }[] },
  ];
  const files = packed.files.map((file) => file.path);
  const pages = files.filter((file) => file.endsWith(".md"));
  expect(pages).toContain("README.md");
  const isPacked = (target: string): boolean => files.some((file) => file === target || file.startsWith(`${target}/`));
  const dead = pages.flatMap((page) => {
    const links = localLinks(readFileSync(path.join(root, page), "utf8"));
    const targets = links.map((link) => path.posix.join(path.posix.dirname(page), link).replace(/\/$/, ""));
    return targets.filter((target) => !isPacked(target)).map((target) => `${page}: ${target}`);
  });
  expect(dead).toEqual([]);
});
