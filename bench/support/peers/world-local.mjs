// The file store of Vercel's Workflow SDK alone, as it comes: `node world-local.mjs store COUNT FOLDER` writes the two
// events of each step as its runtime would, reads them back with a store that has nothing cached, and prints the
// milliseconds of both.

import path from "node:path";

const [, , , count = "500", folder = "."] = process.argv;
const name = "@workflow/world-local";
const { createLocalWorld } = await import(name);

const options = { dataDir: path.join(folder, "world-local"), recoverActiveRuns: false };
const value = new Uint8Array([1]);
const world = createLocalWorld(options);
await world.start();
const { specVersion } = world;
const created = { eventType: "run_created", eventData: { deploymentId: "d", workflowName: "work", input: value } };
const { run } = await world.events.create(null, { ...created, specVersion });

const begun = performance.now();
for (let index = 0; index < Number(count); index++) {
  const step = { specVersion, correlationId: `step_${index}` };
  const input = { stepName: `s${index}`, input: value };
  await world.events.create(run.runId, { ...step, eventType: "step_created", eventData: input });
  await world.events.create(run.runId, { ...step, eventType: "step_completed", eventData: { result: value } });
}
const written = performance.now();
await world.close();

const reader = createLocalWorld(options);
const opened = performance.now();
const { data } = await reader.events.list({ runId: run.runId, pagination: { limit: 1_000_000 } });
const read = performance.now() - opened;
await reader.close();
console.log(JSON.stringify({ append: written - begun, read, events: data.length }));
