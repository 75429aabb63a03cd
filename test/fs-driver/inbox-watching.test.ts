// Waiting for messages: who is woken, and how often the folder is looked at.

import { readdirSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { REQUESTS } from "../../src/engine/driver.ts";
import { openStore, type RunDriver, type Store } from "../../src/fs-driver/index.ts";
import { created } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { countingDisk } from "./support/wrapped-disk.ts";

let dir = "";
let store: Store;
let driver: RunDriver;
const never = new AbortController().signal;

beforeEach(async () => {
  dir = temporaryFolder();
  store = await openStore({ dir });
  driver = await store.open("order-1");
  await driver.commit([created()]);
  onTestFinished(() => driver.close());
});

describe("an inbox that is waited at", () => {
  it("wakes who waits when a message arrives, once for each arrival", async () => {
    const waiting = driver.inbox.wait(never);
    await store.send("order-1", "a", 2);
    await waiting;
    expect(await driver.inbox.peek(["a"], 1)).toMatchObject([{ name: "a", body: 2 }]);
    let wokenAgain = 0;
    const again = driver.inbox.wait(never).then(() => wokenAgain++);
    await driver.inbox.peek(undefined, 9);
    expect(wokenAgain).toBe(0);
    await store.send("order-1", "b", 3);
    await again;
  });

  it("wakes at once for a message that came before the wait, and does not spin on it", async () => {
    await store.send("order-1", "a", 1);
    await driver.inbox.wait(never);
    const aborter = new AbortController();
    let woken = 0;
    const waiting = driver.inbox.wait(aborter.signal).then(() => woken++);
    await driver.inbox.peek(["b"], 1);
    expect(woken).toBe(0);
    aborter.abort();
    await waiting;
  });

  it("finds messages by polling when nothing is ever hinted", async () => {
    const deaf = await openStore({ dir, watch: () => () => undefined });
    const other = await deaf.open("order-2");
    await other.commit([created()]);
    const waiting = other.inbox.wait(never);
    await store.send("order-2", "a", 1);
    await waiting;
    expect(await other.inbox.peek(undefined, 1)).toHaveLength(1);
    await other.close();
  });

  it("is listed, while it is watched, only by who lacks messages, once for each change", async () => {
    const { disk, listed } = countingDisk();
    let hint: (name: string) => void = () => undefined;
    const watched = await openStore({ dir, disk, watch: (_, onHint) => ((hint = onHint), () => undefined) });
    const other = await watched.open("order-2");
    await other.commit([created()]);
    onTestFinished(() => other.close());
    /** What a call lists by itself: it does so before it first gives way. */
    const lists = (call: () => Promise<unknown>): number => {
      const before = listed.length;
      void call();
      return listed.length - before;
    };
    let arrived = Promise.resolve();
    const wait = (): Promise<void> => (arrived = other.inbox.wait(never));
    const peek = (count: number, ...names: string[]): number => lists(() => other.inbox.peek(names, count));
    expect(lists(wait)).toBe(1);
    for (const id of ["m1", "m2"]) {
      await store.send("order-2", "a", id, { id });
      hint(`${id}.cbor`);
      await arrived;
      expect(lists(wait)).toBe(0);
      expect(peek(9, ...Object.values(REQUESTS))).toBe(0);
      expect(peek(1, "a")).toBe(0);
      expect(peek(9, "a")).toBe(1);
      expect(peek(9, "a", "b")).toBe(0);
    }
    await store.request("order-2", "wake");
    hint(`${readdirSync(path.join(dir, "order-2", "inbox")).find((name) => !name.startsWith("m"))}`);
    await arrived;
    expect(await other.inbox.peek([REQUESTS.wake], 9)).toHaveLength(1);
    expect(await other.inbox.peek(["a"], 9)).toHaveLength(2);
  });
});
