// Runs n sequential steps on OpenWorkflow with SQLite and prints how many it did in a second.

const [, , file = "peer.db", count = "500"] = process.argv;
const steps = Number(count);
const client = "openworkflow";
const sqlite = "openworkflow/sqlite";
const { OpenWorkflow } = await import(client);
const { BackendSqlite } = await import(sqlite);

const backend = BackendSqlite.connect(file);
const ow = new OpenWorkflow({ backend });
let begun = 0;
const workflow = ow.defineWorkflow({ name: "steps" }, async (/** @type {any} */ { step }) => {
  begun = performance.now();
  for (let index = 0; index < steps; index++) await step.run({ name: `s${index}` }, async () => index);
  return performance.now() - begun;
});
const worker = ow.newWorker({ concurrency: 1 });
await worker.start();
const handle = await workflow.run({});
const ms = await handle.result();
await worker.stop();
await backend.stop();
console.log((steps * 1000) / ms);
process.exitCode = 0;
