// Measures every row of the goals, each in a process of its own, beside its reference in the same run.
//
//   npm run bench                       all rows, as a table; writes docs/benchmarks.md
//   npm run bench -- P1 P3              these rows only; writes nothing, unless --write is given
//   npm run bench -- --json             one JSON document
//
// BENCH_DIR names the folder (and so the disk) that is measured; default: the system's folder for temporary files.

import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import path from "node:path";

const rows = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "peers"];
const args = process.argv.slice(2);
const json = args.includes("--json");
const wanted = args.filter((arg) => !arg.startsWith("--"));
const root = path.resolve(import.meta.dirname, "..");

/** @typedef {{ id: string, work: string, value: string, reference: string, goal: string, met: boolean }} Result */

/** @type {Result[]} */
const results = [];
for (const row of wanted.length > 0 ? wanted : rows) {
  const child = spawnSync(process.execPath, [path.join(import.meta.dirname, "row.mjs"), row], { encoding: "utf8" });
  if (child.status !== 0) {
    console.error(`${row} could not be measured:\n${child.stderr}`);
    process.exitCode = 1;
    continue;
  }
  /** @type {Result[]} */
  const measured = JSON.parse(child.stdout.trim().split("\n").at(-1) ?? "[]");
  results.push(...measured);
  if (!json)
    for (const result of measured)
      console.error(`${result.met ? "✓" : "✗"} ${result.id}  ${result.work}: ${result.value}`);
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}, Node ${process.versions.node}`;
if (json) console.log(JSON.stringify({ machine, results }, null, 2));
else console.log(`\n${machine}\n\n${table()}`);
if ((wanted.length === 0 || args.includes("--write")) && !json)
  writeFileSync(path.join(root, "docs/benchmarks.md"), page());

function table() {
  const lines = results.map(
    ({ id, work, value, reference, goal, met }) =>
      `| ${id} | ${work} | ${value} | ${reference} | ${goal} | ${met ? "yes" : "no"} |`,
  );
  return ["| # | work | measured | reference, same run | goal | met |", "|---|---|---|---|---|---|", ...lines].join(
    "\n",
  );
}

function page() {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  return `# Figures

Written by \`npm run bench\` (first \`npm ci\` here and \`npm ci\` in \`bench/\`, which has the peers and nothing of the
product). Each row is measured in a process of its own, beside its reference in the same run; values are medians.

Machine: ${machine}. Commit: ${commit}. Date: ${new Date().toISOString().slice(0, 10)}.

${table()}

**limit**: one loop of append and fdatasync of records of the same size on one file, the faster of the synchronous and
the asynchronous call. **rivet**: \`@rivetkit/workflow-engine\` 2.3.19 with a driver over a \`Map\` that never waits and
stores nothing durably. **openworkflow**: its SQLite backend on a file, its own defaults.
`;
}
