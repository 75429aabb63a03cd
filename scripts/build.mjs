// Builds dist/: JavaScript with rolldown (dependencies stay outside, lazily imported commands become chunks of their
// own) and, beside each library entry, the declarations with tsc.
//
//   node scripts/build.mjs              JavaScript and declarations
//   node scripts/build.mjs --no-types   JavaScript only: what the tests need
//
// A build never empties dist/ first: chunk names carry a hash, so a process that runs from dist/ keeps its files until
// the new ones are in place; what the new build no longer has is deleted at the end.

import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
const withTypes = !process.argv.includes("--no-types");
const startedAt = Date.now();

/** cbor-x is bundled: one of its files is all we use, and installing it whole would bring 2 MB and an install script. */
const bundled = ["cbor-x"];
const isBundled = (/** @type {string} */ id) => bundled.some((name) => id === name || id.startsWith(`${name}/`));
const isFile = (/** @type {string} */ id) => /^(\.|\/|[a-zA-Z]:\\)/.test(id) || id.startsWith("\0");
const isOurs = (/** @type {string} */ id) => isFile(id) || isBundled(id);

const { output } = await build({
  cwd: root,
  input: {
    "engine/index": "src/engine/index.ts",
    "cli/testing": "src/cli/testing.ts",
    "fs-driver/index": "src/fs-driver/index.ts",
    "cli/main": "src/cli/main.ts",
  },
  platform: "node",
  tsconfig: false,
  external: (id) => !isOurs(id),
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    comments: { annotation: true, jsdoc: false, legal: true },
  },
});

const built = new Set(output.map((file) => path.join(dist, file.fileName)));
for (const name of bundled) {
  const licence = path.join(dist, `LICENSE-${name}`);
  copyFileSync(path.join(root, "node_modules", name, "LICENSE"), licence);
  built.add(licence);
}

if (withTypes) {
  const typescript = path.dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const tsc = [path.join(typescript, "bin/tsc"), "-p", "tsconfig.build.json", "--listEmittedFiles"];
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: "utf8" });
  for (const [, file] of stdout.matchAll(/^TSFILE:\s*(.+?)\s*$/gm)) built.add(path.resolve(root, file ?? ""));
  if (status !== 0) {
    console.error(stdout.replace(/^TSFILE:.*\n/gm, ""));
    process.exitCode = 1;
  }
}

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  const isBuiltNow = withTypes || file.endsWith(".js");
  if (entry.isFile() && isBuiltNow && !built.has(file)) rmSync(file);
}
// The tests build anew when a source is younger than this: see test/support/build-when-stale.ts.
utimesSync(path.join(dist, "cli/main.js"), startedAt / 1000, startedAt / 1000);
