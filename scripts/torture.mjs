// The torture suite: bundled, so that it runs at full speed, and two rows run at a time. Arguments go to
// test/torture/main.ts:
//
//   npm run torture                                      every row at its full figure
//   npm run torture -- R5 --short                        one row, a sample
//   npm run torture -- R5 --seed 7 --case power-143      one case again
//   npm run torture -- R5 --plant 'no sync'              what a row says of a planted bug

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
const named = given.filter((word) => /^R\d+$/.test(word));
const flags = given.filter((word) => !named.includes(word));
const seed = flags.includes("--seed") ? [] : ["--seed", String(Date.now() % 1_000_000)];
// The longest first, so that all end at about the same time. R9 does little but wait: it is a third beside the two.
const all = ["R5", "R6", "R1", "R8", "R2", "R16", "R7", "R13", "R10", "R3", "R4", "R11", "R15", "R12", "R14"];
const queue = named.length > 0 ? named : all;
const lanes = named.length > 0 ? [queue, queue] : [queue, queue, ["R9"]];
const begun = performance.now();

/** Runs a row, and shows its lines together. @param {string} row @returns {Promise<boolean>} whether it holds */
function torture(row) {
  return new Promise((resolve) => {
    const args = ["--enable-source-maps", file, ...flags, ...seed, row];
    const env = { ...process.env, WF_TORTURE_PACKAGE: installed };
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], env });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
    child.on("close", (code) => {
      process.stdout.write(text);
      resolve(code === 0);
    });
  });
}

let violated = 0;
/** @param {string[]} rows */
async function lane(rows) {
  for (let row = rows.shift(); row !== undefined; row = rows.shift()) if (!(await torture(row))) violated++;
}
await Promise.all(lanes.map(lane));
const took = `${Math.round((performance.now() - begun) / 1000)} s`;
console.log(violated === 0 ? `0 violations in ${took}` : `${violated} rows are violated, in ${took}`);
process.exitCode = violated === 0 ? 0 : 1;
