// What a driver says and does when its real disk fails. Every operation in turn, with kills and power cuts, is the
// torture suite's: test/torture.

import { readFileSync } from "node:fs";
import { runWorkflow, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { nodeDisk } from "../../src/fs-driver/disk-node.ts";
import { scanHistory } from "../../src/fs-driver/scan.ts";
import { emptyDisk } from "../torture/sim/disk-state.ts";
import { Machine } from "../torture/sim/machine.ts";
import { losePower } from "../torture/sim/power-loss.ts";
import { randomFrom } from "../torture/sim/random.ts";
import { SimProcess } from "../torture/sim/sim-disk.ts";
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

  it("says at once that it refused an append, and to every commit that waits or comes", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    disk.plan = { at: disk.log.length + 1, fault: "ENOSPC" };
    const refused = expect.objectContaining({ code: "disk", reason: "ENOSPC" }) as Error;
    const waiting = Promise.allSettled([driver.commit([completed(2)])]);
    expect(() => driver.append([completed(3)])).toThrow(refused);
    expect(await waiting).toEqual([{ status: "rejected", reason: refused }]);
    await expect(driver.commit([completed(4)])).rejects.toEqual(refused);
    await driver.close();
    expect(store.read("order-1").events).toEqual([created()]);
  });

  it("keeps a step's body from running whose beginning it refused", async () => {
    const disk = new FaultDisk(nodeDisk);
    const store = await openStore({ dir: temporaryFolder(), disk });
    const driver = await store.open("order-1");
    const ran: string[] = [];
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.step("look", () => ran.push("look"));
      const before = disk.log.filter((kind) => kind === "write").length;
      disk.plan ??= { at: before + 1, fault: "ENOSPC", only: "write" };
      await ctx.step("charge", () => ran.push("charge"));
    };
    await expect(runWorkflow("order-1", code, {}, driver).result).rejects.toMatchObject({ reason: "ENOSPC" });
    await driver.close();
    expect(ran).toEqual(["look"]);
    const again = await store.open("order-1");
    await expect(runWorkflow("order-1", code, {}, again).result).resolves.toMatchObject({ state: "completed" });
    await again.close();
    expect(ran).toEqual(["look", "charge"]);
  });
});

describe("a run whose maker could not make its name durable", () => {
  it("is made durable by whoever sends to it, before the message is acknowledged", async () => {
    const dir = "/project/.workflows";
    const now = (): number => 1;
    let isRenamed = false;
    const faultAt = (operations: readonly { kind: string; path: string }[]): "EIO" | undefined => {
      const last = operations.at(-1);
      if (last?.kind === "rename" && last.path === `${dir}/r`) isRenamed = true;
      return isRenamed && last?.kind === "syncFolder" && last.path === dir ? "EIO" : undefined;
    };
    const plan = { faultAt };
    const machine = new Machine({ state: emptyDisk(), now, plan });
    const maker = await openStore({ dir, disk: new SimProcess(machine), watch: machine.watch, now });
    const driver = await maker.open("r");
    await expect(driver.commit([created()])).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    await driver.close();
    const sender = await openStore({ dir, disk: new SimProcess(machine), watch: machine.watch, now });
    await expect(sender.send("r", "go", 1)).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    expect(sender.examine("r").messages).toEqual([]);
    isRenamed = false; // the disk is well again
    const { id } = await sender.send("r", "go", 1);
    for (let cut = 0; cut < 60; cut++) {
      const after = new Machine({ state: losePower(machine.state, randomFrom(cut)), now });
      const store = await openStore({ dir, disk: new SimProcess(after), watch: after.watch, now });
      expect(store.examine("r").messages.map((message) => message.id)).toEqual([id]);
      expect(store.read("r").events).toEqual([created()]);
    }
  });
});
