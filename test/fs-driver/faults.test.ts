// What a driver says and does when its real disk fails. Every operation in turn, with kills and power cuts, is the
// torture suite's: test/torture.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { nodeDisk } from "../../src/fs-driver/disk-node.ts";
import { scanHistory } from "../../src/fs-driver/scan.ts";
import { completed, created } from "./support/events.ts";
import { FaultDisk } from "./support/fault-disk.ts";
import { temporaryFolder } from "./support/temporary.ts";

describe("a failing disk", () => {
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
    expect(readFileSync(store.read("order-1").file)).toEqual(bytes.subarray(0, scanHistory(bytes).roomFrom));
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
