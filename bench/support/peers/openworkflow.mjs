// OpenWorkflow with its SQLite backend, as it comes: `node openworkflow.mjs steps|parallel COUNT FOLDER` prints the
// milliseconds inside the workflow.

import path from "node:path";

const [, , shape, count = "500", folder = "."] = process.argv;
const indexes = Array.from({ length: Number(count) }, (_, index) => index);
const client = "openworkflow";
const sqlite = "openworkflow/sqlite";
const { OpenWorkflow } = await import(client);
const { BackendSqlite } = await import(sqlite);

const backend = BackendSqlite.connect(path.join(folder, "openworkflow.db"));
const ow = new OpenWorkflow({ backend });
const workflow = ow.defineWorkflow({ name: "work" }, async (/** @type {any} */ { step }) => {
  const one = (/** @type {number} */ index) => step.run({ name: `s${index}` }, async () => index);
  const begun = performance.now();
  if (shape === "parallel") await Promise.all(indexes.map(one));
  else for (const index of indexes) await one(index);
  return performance.now() - begun;
});
const worker = ow.newWorker({ concurrency: 1 });
await worker.start();
const handle = await workflow.run({});
const ms = await handle.result();
await worker.stop();
await backend.stop();
console.log(JSON.stringify({ ms }));
