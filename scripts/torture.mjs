// The torture suite: bundled, so that it runs at full speed, and run in two processes. Arguments go to
// test/torture/main.ts:
//
//   npm run torture                                      every row at its full figure
//   npm run torture -- R5 --short                        one row, a sample
//   npm run torture -- R5 --seed 7 --case power-143      one case again

import { spawn, spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");
const file = path.join(root, "node_modules/.cache/wf-torture/main.mjs");
/** @param {string} name */
const source = (name) => path.join(root, "src", name);

await build({
  cwd: root,
  input: "test/torture/main.ts",
  platform: "node",
  tsconfig: false,
  resolve: {
    alias: {
      "dotworkflows/testing": source("engine/testing/index.ts"),
      "dotworkflows/fs": source("fs-driver/index.ts"),
      dotworkflows: source("engine/index.ts"),
    },
  },
  external: (id) => !/^(\.|\/|[a-zA-Z]:\\)/.test(id) && !id.startsWith("dotworkflows") && !id.startsWith("\0"),
  output: { file, format: "esm", sourcemap: true },
});
// The rows with real processes use the real binary.
const built = spawnSync(process.execPath, ["scripts/build.mjs", "--no-types"], { cwd: root, stdio: "inherit" });
if (built.status !== 0) process.exit(1);
// A copy of it, so that a build in the meantime changes nothing under the feet of a running process.
const installed = path.join(root, "node_modules/.cache/wf-torture/package");
rmSync(installed, { recursive: true, force: true });
for (const name of ["bin", "dist", "package.json"])
  cpSync(path.join(root, name), path.join(installed, name), { recursive: true });

const given = process.argv.slice(2);
const seed = given.includes("--seed") ? [] : ["--seed", String(Date.now() % 1_000_000)];
// Two halves of about the same length, for two cores; what is asked for by name runs alone.
const halves = given.some((word) => /^R\d/.test(word))
  ? [[]]
  : [
      ["R5", "R12", "R13", "R14"],
      ["R1", "R2", "R3", "R4", "R6", "R7", "R8", "R9", "R10", "R11", "R15", "R16"],
    ];
const codes = await Promise.all(
  halves.map(
    (rows) =>
      new Promise((resolve) => {
        const args = ["--enable-source-maps", file, ...given, ...seed, ...rows];
        spawn(process.execPath, args, {
          cwd: root,
          stdio: "inherit",
          env: { ...process.env, WF_TORTURE_PACKAGE: installed },
        }).on("close", resolve);
      }),
  ),
);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
