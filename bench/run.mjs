// Measures every row of the goals, each in a process of its own, beside its reference in the same run.
//
//   npm run bench                       all rows, as a table; writes docs/benchmarks.md
//   npm run bench -- P1 P3              these rows only; writes nothing, unless --write is given
//   npm run bench -- --json             one JSON document: the table and the numbers behind it
//   npm run bench -- --seed=7           the same turns and moments as another run
//
// BENCH_DIR names the folder (and so the disk) that is measured; default: the system's folder for temporary files.
// WF_BENCH_PG_URL names the PostgreSQL for the peers that need one; default: a new cluster, where its tools are there.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { rows } from "./rows/index.mjs";
import { circumstances, page, table } from "./support/page.mjs";
import { peerVersions } from "./support/peers.mjs";

const { values: flags, positionals: wanted } = parseArgs({
  options: { json: { type: "boolean" }, write: { type: "boolean" }, seed: { type: "string" } },
  allowPositionals: true,
});
const seed = Number(flags.seed ?? Math.floor(Math.random() * 1_000_000));

/** @type {import("./rows/index.mjs").Result[]} */
const results = [];
/** @type {Record<string, number>} */
const seconds = {};
for (const row of wanted.length > 0 ? wanted : Object.keys(rows)) {
  const begun = performance.now();
  const measured = measure(row);
  seconds[row] = Math.round((performance.now() - begun) / 100) / 10;
  results.push(...measured);
  for (const { met, id, work, value } of measured)
    console.error(`${met === null ? "–" : met ? "✓" : "✗"} ${id}  ${work}: ${value}`);
}
const total = Object.values(seconds).reduce((sum, each) => sum + each, 0);
const times = Object.entries(seconds).map(([row, each]) => `${row} ${each}`);
console.error(`\nseconds: ${times.join(" · ")} · all ${total.toFixed(0)}`);

const run = { ...circumstances(), seed, peers: peerVersions(), seconds, results };
if (flags.json === true) console.log(JSON.stringify(run, null, 2));
else console.log(`\n${run.machine}, Node ${run.node}, commit ${run.commit}, seed ${seed}\n\n${table(results)}`);
if (flags.write === true || (wanted.length === 0 && flags.json !== true))
  writeFileSync(path.resolve(import.meta.dirname, "../docs/benchmarks.md"), page(run));

/**
 * The results of one row; none, and a failing exit code, where it could not be measured.
 * @param {string} row
 * @returns {import("./rows/index.mjs").Result[]}
 */
function measure(row) {
  const child = spawnSync(process.execPath, [path.join(import.meta.dirname, "row.mjs"), row], {
    encoding: "utf8",
    env: { ...process.env, WF_BENCH_SEED: String(seed) },
  });
  if (child.status === 0) return JSON.parse(child.stdout.trim().split("\n").at(-1) ?? "[]");
  console.error(`${row} could not be measured:\n${child.stderr}`);
  process.exitCode = 1;
  return [];
}
