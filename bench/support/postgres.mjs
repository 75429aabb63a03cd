// A PostgreSQL for the peers that need one: the one that WF_BENCH_PG_URL names, or a new cluster with PostgreSQL's own
// defaults, made with the `initdb` and `pg_ctl` of the PATH and gone afterwards.

import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";

/** Why there is no PostgreSQL, for the table. */
export const NO_POSTGRES = "no WF_BENCH_PG_URL, and no initdb and pg_ctl on the PATH that make a cluster";

/**
 * Calls the work with the URL of a database, or with undefined where none is at hand.
 * @template T
 * @param {string} folder where a new cluster may be
 * @param {(url: string | undefined) => Promise<T>} work
 */
export async function withPostgres(folder, work) {
  const given = process.env["WF_BENCH_PG_URL"];
  if (given !== undefined) return work(given);
  const cluster = await startCluster(folder);
  // Ctrl-C ends the peer that is running, and so the work; the server, a daemon, is stopped all the same.
  const stay = () => undefined;
  process.on("SIGINT", stay);
  try {
    return await work(cluster?.url);
  } finally {
    cluster?.stop();
    process.off("SIGINT", stay);
  }
}

/**
 * A cluster with the defaults of its version: fsync and synchronous_commit are on.
 * @param {string} parent
 */
async function startCluster(parent) {
  const folder = path.join(parent, "postgres");
  const data = path.join(folder, "data");
  try {
    const user = unprivileged();
    const run = (/** @type {string} */ tool, /** @type {string[]} */ args) =>
      execFileSync(tool, args, { ...user, cwd: folder, stdio: "ignore" });
    mkdirSync(folder);
    if (user !== undefined) for (const place of [parent, folder]) chownSync(place, user.uid, user.gid);
    const port = await freePort();
    run("initdb", ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"]);
    const options = `-p ${port} -k '' -c listen_addresses=127.0.0.1`;
    run("pg_ctl", ["-D", data, "-o", options, "-l", path.join(folder, "log"), "-w", "start"]);
    return {
      url: `postgresql://bench@127.0.0.1:${port}/bench`,
      stop: () => run("pg_ctl", ["-D", data, "-m", "immediate", "stop"]),
    };
  } catch {
    return undefined;
  }
}

/**
 * PostgreSQL refuses to run as root: whom it runs as then.
 * @returns {{ uid: number, gid: number } | undefined}
 */
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined;
  const number = (/** @type {string} */ flag) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: number("-u"), gid: number("-g") };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
