// DBOS on PostgreSQL, as it comes: `node dbos.mjs steps|parallel COUNT URL` prints the milliseconds inside the workflow
// and what the server says of itself.

const [, , shape, count = "500", systemDatabaseUrl] = process.argv;
const indexes = Array.from({ length: Number(count) }, (_, index) => index);
const name = "@dbos-inc/dbos-sdk";
const { DBOS } = await import(name);

DBOS.setConfig({ name: "bench", systemDatabaseUrl, logLevel: "error" });
const one = (/** @type {number} */ index) => DBOS.runStep(async () => index, { name: `s${index}` });
const work = DBOS.registerWorkflow(
  async () => {
    const begun = performance.now();
    if (shape === "parallel") await Promise.all(indexes.map(one));
    else for (const index of indexes) await one(index);
    return performance.now() - begun;
  },
  { name: "work" },
);
await DBOS.launch();
const ms = await work();
await DBOS.shutdown();
console.log(JSON.stringify({ ms, server: await server() }));

/** Version and durability of the server. */
async function server() {
  const driver = "pg";
  const { Client } = (await import(driver)).default;
  const client = new Client({ connectionString: systemDatabaseUrl });
  await client.connect();
  const shown = async (/** @type {string} */ setting) => (await client.query(`SHOW ${setting}`)).rows[0][setting];
  const version = String(await shown("server_version")).split(" ")[0];
  const settings = `fsync ${await shown("fsync")}, synchronous_commit ${await shown("synchronous_commit")}`;
  await client.end();
  return `PostgreSQL ${version}, ${settings}`;
}
