// P1 and P3 on the Node that runs this, printed as JSON: `node on-node.mjs FOLDER`. `rows/node-versions.mjs` calls it.

import { median } from "./measure.mjs";
import { durableSteps, stepInMemory } from "./steps.mjs";

const [, , folder = "."] = process.argv;
const durable = await durableSteps(folder, 1_500, 5);
await stepInMemory();
const times = [];
for (let round = 0; round < 5; round++) times.push(await stepInMemory());
console.log(JSON.stringify({ version: process.versions.node, durable, microseconds: median(times) }));
