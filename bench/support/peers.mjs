// The peers: which versions are here, how they are set up, and their processes.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const bench = path.resolve(import.meta.dirname, "..");

/** What each peer is and how it keeps what it is given: said in the page and with the figures. */
const SETTINGS = /** @type {const} */ ([
  ["rivet", "@rivetkit/workflow-engine", "in memory: a driver over a `Map` that never waits, nothing durable"],
  ["openworkflow", "openworkflow", "SQLite on a file, as it comes: WAL, synchronous FULL, two syncs a step"],
  [
    "DBOS",
    "@dbos-inc/dbos-sdk",
    "PostgreSQL over TCP on this machine, with its own defaults unless `WF_BENCH_PG_URL` names another: a transaction a step, its sync as the row says",
  ],
  [
    "world-local",
    "@workflow/world-local",
    "the file store of Vercel's Workflow SDK, as it comes: a file for each event, no sync at all",
  ],
]);

/** Name, package, installed version (undefined: not installed) and settings of each peer. */
export function peerVersions() {
  return SETTINGS.map(([name, packageName, settings]) => ({
    name,
    packageName,
    version: versionOf(packageName),
    settings,
  }));
}

/**
 * The version in the package's own package.json.
 * @param {string} packageName
 * @returns {string | undefined}
 */
function versionOf(packageName) {
  const file = path.join(bench, "node_modules", packageName, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : undefined;
}

/**
 * The binary of a major version of Node: what npm installed here, or else the one that runs this; undefined where it is
 * neither.
 * @param {number} major
 */
export function nodeBinary(major) {
  const file = path.join(bench, `node_modules/node-${major}/bin/node`);
  if (existsSync(file)) return file;
  return Number(process.versions.node.split(".")[0]) === major ? process.execPath : undefined;
}

/**
 * Runs one of `support/peers/` in a process of its own and gives what it printed.
 * @param {string} node
 * @param {string} script
 * @param {string[]} args
 */
export function runPeer(node, script, args) {
  const file = path.join(import.meta.dirname, "peers", script);
  const text = execFileSync(node, [file, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return JSON.parse(text.trim().split("\n").at(-1) ?? "");
}
