// What is printed and written of a whole run: the table, and docs/benchmarks.md around it.

import { execFileSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";
import path from "node:path";

/** @typedef {import("../rows/index.mjs").Result} Result */
/** @typedef {ReturnType<typeof import("./peers.mjs").peerVersions>} Peers */

/** Where and of what the figures are. */
export function circumstances() {
  const root = path.resolve(import.meta.dirname, "../..");
  const git = (/** @type {string[]} */ ...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, ${gigabytes} GB, ${platform()} ${arch()}`,
    node: process.versions.node,
    commit: git("rev-parse", "--short", "HEAD"),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** @param {Result[]} results */
export function table(results) {
  const met = (/** @type {Result} */ result) => (result.met === null ? "–" : result.met ? "yes" : "no");
  const lines = results.map(
    (result) =>
      `| ${result.id} | ${result.work} | ${result.value} | ${result.reference} | ${result.goal} | ${met(result)} |`,
  );
  return ["| # | work | measured | reference, same run | goal | met |", "|---|---|---|---|---|---|", ...lines].join(
    "\n",
  );
}

/** @param {Result[]} results */
function partsOf(results) {
  return results.flatMap(({ id, parts }) => (parts === undefined ? [] : `- ${id}: ${parts}.`)).join("\n");
}

/** @param {Peers} peers */
export function peersTable(peers) {
  const lines = peers.map(
    ({ name, packageName, version, settings }) =>
      `| ${name} | \`${packageName}\` ${version ?? "(not installed)"} | ${settings} |`,
  );
  return ["| peer | version | how it keeps what it is given |", "|---|---|---|", ...lines].join("\n");
}

/**
 * docs/benchmarks.md.
 * @param {ReturnType<typeof circumstances> & { seed: number, peers: Peers, results: Result[] }} run
 */
export function page({ machine, node, commit, date, seed, peers, results }) {
  return `# Figures

Written by \`npm run bench\` (first \`npm ci\` here and \`npm ci\` in \`bench/\`, which has the peers and nothing of the
product). Each row is measured in a process of its own, beside its reference in the same run; values are medians, and
what is compared is measured in turns. Machines differ and drift: the ratios are what holds.

Machine: ${machine}, Node ${node}. Commit: ${commit}. Date: ${date}.
Seed: ${seed} (the order of turns, the moments of messages; \`npm run bench -- --seed=${seed}\` has the same).

${table(results)}

**limit**: one loop of append and fdatasync of records of the same size on one file, the faster of the synchronous and
the asynchronous call. **exponent**: how the time grows from the smallest size to the
largest, 1 is linear; the slope of each step stands beside it. Where a start that does no work would hide the growth, the
same with a size of 1 is measured in the same run and subtracted, and the row says so. A short process runs colder code
than a long one, so the slopes of a whole process may be well under 1.

## Where the time goes

Measured in the same run, for the rows that are near their goal or miss it.

${partsOf(results)}

## Peers

${peersTable(peers)}

Ours syncs once for each sequential step (the default; P5 and the making of P9's 10,000 runs use \`durability: "os"\`,
and say so). In the \`peer\` rows each subject, ours too, is a process of its own on the same Node (22, OpenWorkflow needs
its SQLite) and times the work inside the workflow. OpenWorkflow and DBOS run as they come, but for DBOS's log level;
for DBOS a PostgreSQL cluster of its own is made where \`initdb\` and \`pg_ctl\` are on the PATH, or \`WF_BENCH_PG_URL\` names
a server. A step is two events with us (started, completed) and two in world-local (created, completed).
`;
}
