// The journal through the public API: what was acknowledged is there, in order, and visible all at once.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { encodeEvents } from "../../src/fs-driver/codec.ts";
import { nodeDisk } from "../../src/fs-driver/disk-node.ts";
import { JournalFile } from "../../src/fs-driver/journal-file.ts";
import { makeHome } from "../../src/fs-driver/run-home.ts";
import { completed, created, ended, history } from "./support/events.ts";
import { FaultDisk } from "./support/fault-disk.ts";
import { temporaryFolder } from "./support/temporary.ts";

describe("the journal", () => {
  it("gives back what was appended and committed, in order", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    const driver = await store.open("order-1");
    expect([...(await driver.load())]).toEqual([]);
    await driver.commit([created()]);
    driver.append([completed(2)]);
    const committed = driver.commit([completed(3)]);
    driver.append([completed(4)]);
    await committed;
    await driver.commit([completed(5), completed(6)]);
    expect([...(await driver.load())]).toEqual(history(6));
    await driver.close();
    const again = await store.open("order-1");
    expect([...(await again.load())]).toEqual(history(6));
    await again.close();
  });

  it("keeps what was only appended when the driver is closed", async () => {
    const store = await openStore({ dir: temporaryFolder() });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    driver.append([completed(2)]);
    await driver.close();
    expect(store.read("order-1").events).toEqual(history(2));
  });

  it("shares one sync among the commits of a turn, and loses none", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const before = disk.log.length;
    const events = Array.from({ length: 1000 }, (_, index) => completed(index + 2));
    await Promise.all(events.map((event) => driver.commit([event])));
    expect(disk.log.slice(before)).toEqual(["write", "sync"]);
    expect(store.read("order-1").events).toEqual([created(), ...events]);
    await driver.close();
  });

  it("shows nothing of a new run before its first commit, and all of it after", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    const driver = await store.open("order-1");
    driver.append([created()]);
    expect(store.ids()).toEqual([]);
    expect(existsSync(path.join(dir, "order-1"))).toBe(false);
    await driver.commit([completed(2)]);
    expect(store.ids()).toEqual(["order-1"]);
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "order-1"]);
    expect(store.read("order-1").header).toEqual({ run: "order-1", workflow: "order", created: created().at });
    await driver.close();
  });

  it("leaves nothing behind of a run that was opened and never committed", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    const driver = await store.open("order-1");
    await driver.commit([]);
    await driver.close();
    expect(readdirSync(dir)).toEqual([".gitignore"]);
  });

  it("makes files and folders that only their owner can read", async () => {
    const dir = path.join(temporaryFolder(), "deep", ".workflows");
    const store = await openStore({ dir });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await driver.close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dir, "order-1")).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dir, "order-1", "history.cbor")).mode & 0o777).toBe(0o600);
  });

  it("refuses to write once its file was replaced or written to, and says who might have", async () => {
    for (const harm of ["replace", "extend", "cut"] as const) {
      const dir = temporaryFolder();
      const store = await openStore({ dir });
      const driver = await store.open("order-1");
      await driver.commit([created()]);
      const file = path.join(dir, "order-1", "history.cbor");
      const bytes = readFileSync(file);
      if (harm === "replace") nodeDisk.rename(writeBeside(file, bytes), file);
      if (harm === "extend") writeFileSync(file, Buffer.concat([bytes, Buffer.of(1)]));
      if (harm === "cut") writeFileSync(file, bytes.subarray(0, -1));
      const left = readFileSync(file);
      await expect(driver.commit([completed(2)])).rejects.toMatchObject({ code: "owned" });
      await expect(driver.commit([completed(3)])).rejects.toMatchObject({ code: "owned" });
      expect(() => driver.append([completed(4)])).toThrow(/nothing more was written/);
      await driver.close();
      expect(readFileSync(file)).toEqual(left);
    }
  });

  it("refuses every use after it was closed", async () => {
    const store = await openStore({ dir: temporaryFolder() });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await driver.close();
    await driver.close();
    await expect(driver.commit([completed(2)])).rejects.toMatchObject({ code: "closed" });
    await expect(driver.load()).rejects.toMatchObject({ code: "closed" });
    expect(() => driver.append([completed(2)])).toThrow(/closed/);
  });

  it("leaves out the syncs with durability os, and keeps all the rest", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk, durability: "os" });
    const driver = await store.open("order-1");
    const before = disk.log.length;
    await driver.commit([created()]);
    await driver.commit([completed(2)]);
    expect(disk.log.slice(before)).toEqual(["write", "rename", "write"]);
    await driver.close();
    expect(store.read("order-1").events).toEqual(history(2));
  });

  it("rejects a commit of what cannot be stored, and goes on", async () => {
    const store = await openStore({ dir: temporaryFolder() });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await expect(driver.commit([completed(2, () => 1)])).rejects.toMatchObject({ code: "value_not_storable" });
    await driver.commit([ended(2)]);
    expect(store.summary("order-1").summary?.state).toBe("completed");
    await driver.close();
  });
});

describe("a journal as long as can be read back", () => {
  it("takes no further record, and stays as it is", async () => {
    const dir = temporaryFolder();
    const home = await makeHome(nodeDisk, dir, "order-1", { now: 1, isDurable: true });
    if (home === undefined) throw new Error("the run is there already");
    const offset = 2 ** 31 - 400_000; // Taken for its end: the file itself is empty, so that no disk has to hold it.
    const end = { salt: 1, crc: 1, seq: 5, eventSeq: 5, offset, lastOffset: 0, synced: 5 };
    const journal = new JournalFile(nodeDisk, home, end, true);
    const refused = expect.objectContaining({ code: "disk", reason: "EFBIG" }) as Error;
    const large = encodeEvents([completed(6, "x".repeat(200_000))]);
    expect(() => journal.write([large], undefined, 6)).toThrow(refused);
    expect(() => journal.write([encodeEvents([completed(6)])], undefined, 6)).toThrow(refused);
    expect(journal.file.facts().size).toBe(0);
    journal.close();
  });
});

function writeBeside(file: string, bytes: Uint8Array): string {
  writeFileSync(`${file}.other`, bytes);
  return `${file}.other`;
}
