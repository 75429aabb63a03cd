// Our side of each peer, in a process of its own like theirs: `node wf.mjs steps|parallel|store COUNT FOLDER` prints
// the milliseconds inside the workflow; for the store alone, those of writing and of reading.

import path from "node:path";
import { openStore } from "dotworkflows/fs";
import { inMemory, joinOf, onFiles, sequentialSteps } from "../subjects.mjs";

const [, , shape, count = "500", folder = "."] = process.argv;
const size = Number(count);
if (shape === "store") console.log(JSON.stringify(await storeAlone()));
else
  console.log(JSON.stringify({ ms: await onFiles(folder, (shape === "parallel" ? joinOf : sequentialSteps)(size)) }));

/** The events that the engine gave of as many steps: as in a live run, each step's start is appended, its end committed. */
async function storeAlone() {
  const { events } = (await inMemory(sequentialSteps(size))).driver;
  const options = { dir: path.join(folder, ".workflows") };
  const store = await openStore(options);
  const driver = await store.open("store");
  const begun = performance.now();
  await driver.commit(events.slice(0, 1));
  for (let index = 1; index < events.length; index += 2) {
    driver.append(events.slice(index, index + 1));
    await driver.commit(events.slice(index + 1, index + 2));
  }
  const append = performance.now() - begun;
  await driver.close();

  const opened = performance.now();
  const reader = await (await openStore(options)).open("store");
  const read = [...(await reader.load())].length;
  const ms = performance.now() - opened;
  await reader.close();
  return { append, read: ms, events: read };
}
