// A process that does one thing with a store, for tests of locks, kills and many senders.

import { completed, created } from "./events.ts";
import { openStore, StoreError } from "../../../src/fs-driver/index.ts";

const [verb, dir = "", run = "", ...rest] = process.argv.slice(2);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Opens the run, begins it if it is new, and holds it. */
async function hold(): Promise<void> {
  const store = await openStore({ dir });
  const driver = await store.open(run);
  if ([...(await driver.load())].length === 0) await driver.commit([created()]);
  say("held");
  setInterval(() => undefined, 1000);
}

/** Commits steps for ever, and says each once it is acknowledged. */
async function commitForEver(): Promise<void> {
  const store = await openStore({ dir });
  const driver = await store.open(run);
  const events = [...(await driver.load())];
  let seq = events.at(-1)?.seq ?? 0;
  if (seq === 0) await driver.commit([created(++seq)]);
  for (;;) {
    driver.append([completed(++seq, "appended")]);
    await driver.commit([completed(++seq)]);
    say(String(seq));
  }
}

/** Sends numbered messages, each after the one before. */
async function send(): Promise<void> {
  const [sender = "", count = "0"] = rest;
  const store = await openStore({ dir });
  for (let number = 0; number < Number(count); number++) await store.send(run, "count", { sender, number });
  say("sent");
}

const verbs: Record<string, () => Promise<void>> = { hold, commitForEver, send };
try {
  await verbs[verb ?? ""]?.();
} catch (error) {
  say(error instanceof StoreError ? error.code : String(error));
}
