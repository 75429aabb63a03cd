// Every operation of a run's life fails, falls short, or is the last one: what was acknowledged is there, once, and
// the run can go on.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "../../src/engine/history/events.ts";
import { openStore } from "../../src/fs-driver/index.ts";
import { nodeDisk } from "../../src/fs-driver/disk-node.ts";
import { completed, created } from "./support/events.ts";
import { type Fault, FaultDisk } from "./support/fault-disk.ts";
import { temporaryFolder } from "./support/temporary.ts";

interface Life {
  /** Events and messages that were acknowledged. */
  readonly events: HistoryEvent[];
  readonly messages: string[];
  /** What was asked for, acknowledged or not. */
  readonly asked: HistoryEvent[];
  failure: unknown;
}

const isLive = (event: HistoryEvent): boolean => event.seq !== 3;

/** A run with appends, commits, a message that is received, a compaction and a close. */
async function live(disk: FaultDisk, dir: string): Promise<Life> {
  const life: Life = { events: [], messages: [], asked: [], failure: undefined };
  const watch = (): (() => void) => () => undefined;
  try {
    const store = await openStore({ dir, disk, watch, compactFrom: 1000 });
    const driver = await store.open("order-1");
    const commit = async (...events: HistoryEvent[]): Promise<void> => {
      life.asked.push(...events);
      await driver.commit(events);
      life.events.push(...events);
    };
    try {
      await driver.load();
      await commit(created());
      life.asked.push(completed(2));
      driver.append([completed(2)]);
      await commit(completed(3, "x".repeat(3000)));
      life.events.push(completed(2));
      life.messages.push((await store.send("order-1", "a", 1)).id);
      await driver.inbox.add({ id: "own", name: "b", body: 2, sentAt: 1 });
      life.messages.push("own");
      await driver.compact((events) => events.filter(isLive));
      await commit(completed(4), completed(5));
      await commit(completed(6));
    } finally {
      await driver.close();
    }
  } catch (error) {
    life.failure = error;
  }
  disk.letGo();
  return life;
}

/** The oracle: what is there after the fault, seen by a healthy process. */
async function check(dir: string, life: Life): Promise<void> {
  const store = await openStore({ dir });
  const driver = await store.open("order-1");
  const events = await driver.load();
  const there = (list: readonly HistoryEvent[]): HistoryEvent[] => list.filter(isLive);
  const acknowledged = there(life.events).sort((a, b) => a.seq - b.seq);
  expect(there(events).slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(there(life.asked).slice(0, there(events).length)).toEqual(there(events));
  const messages = await driver.inbox.peek(undefined, 9);
  expect(messages.map(({ id }) => id)).toEqual(expect.arrayContaining(life.messages));
  await driver.commit(events.length === 0 ? [created()] : [completed(100)]);
  await driver.close();
  const file = store.read("order-1").file;
  const bytes = readFileSync(file);
  await (await store.open("order-1")).close();
  expect(readFileSync(file)).toEqual(bytes);
}

async function operationsOfALife(): Promise<readonly string[]> {
  const disk = new FaultDisk(nodeDisk);
  const life = await live(disk, temporaryFolder());
  expect(life.failure).toBeUndefined();
  expect(life.events).toHaveLength(6);
  return disk.log;
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

describe("a failing disk", { timeout: 120_000 }, () => {
  it.each<Fault>(["kill-before", "kill-after"])("loses nothing acknowledged: %s any operation", async (fault) => {
    const operations = await operationsOfALife();
    for (let at = 1; at <= operations.length; at++) {
      const disk = new FaultDisk(nodeDisk);
      disk.plan = { at, fault };
      const dir = temporaryFolder();
      await check(dir, await live(disk, dir));
    }
  });

  it.each<Fault>(["ENOSPC", "EIO", "EROFS", "EACCES", "short"])(
    "answers with code disk, and loses nothing: %s at any operation",
    async (fault) => {
      const operations = await operationsOfALife();
      for (const forEver of [false, true]) {
        for (let at = 1; at <= operations.length; at++) {
          const disk = new FaultDisk(nodeDisk);
          disk.plan = { at, fault, forEver };
          const dir = temporaryFolder();
          const life = await live(disk, dir);
          // What is not needed may fail unseen: caches, the clearing away, a compaction that leaves all as it was.
          if (life.failure !== undefined) expect(codeOf(life.failure), `${operations[at - 1]} ${at}`).toBe("disk");
          else expect(life.events).toHaveLength(6);
          await check(dir, life);
        }
      }
    },
  );

  it("never writes, cuts or syncs again after a failed sync", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    disk.plan = { at: disk.log.filter((kind) => kind === "sync").length + 1, fault: "EIO", only: "sync" };
    await expect(driver.commit([completed(2)])).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    const before = disk.log.length;
    await expect(driver.commit([completed(3)])).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    expect(() => driver.append([completed(4)])).toThrow(/the disk said no/);
    await driver.close();
    expect(disk.log.slice(before)).toEqual([]);
  });

  it("cuts off what a full disk took of a record, and reports it to every commit that waits", async () => {
    const dir = temporaryFolder();
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir, disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const bytes = readFileSync(store.read("order-1").file);
    disk.plan = { at: disk.log.filter((kind) => kind === "write").length + 1, fault: "short", only: "write" };
    const commits = [completed(2), completed(3)].map((event) => driver.commit([event]));
    for (const result of await Promise.allSettled(commits)) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "disk", reason: "ENOSPC" } });
    }
    expect(readFileSync(store.read("order-1").file)).toEqual(bytes);
    await driver.close();
  });

  it("reports the error of an append with the next commit", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    disk.plan = { at: disk.log.length + 1, fault: "ENOSPC" };
    driver.append([completed(2)]);
    await expect(driver.commit([completed(3)])).rejects.toMatchObject({ code: "disk", reason: "ENOSPC" });
    await driver.close();
    expect(store.read("order-1").events).toEqual([created()]);
  });
});
