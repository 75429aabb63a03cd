// Other processes in bad moments: two owners where a lock does not hold, owners that end while they are read, and files
// that go while somebody looks at them. What another process would do is done here between two operations of the disk.

import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { type Disk, foldRunEvents, nodeDisk, openStore } from "../../src/fs-driver/index.ts";
import { bind, withFiles } from "../torture/wrap-disk.ts";
import { completed, created, ended, history } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

/** As two machines see it that share a folder, but not their locks. */
const withoutLocks: Disk = withFiles(nodeDisk, () => ({ tryLock: () => true }));

describe("an owner", () => {
  it("writes and cuts nothing once another one wrote into the room behind its records", async () => {
    const dir = temporaryFolder();
    const first = await (await openStore({ dir, disk: withoutLocks })).open("order-1");
    await first.commit([created()]);
    const second = await (await openStore({ dir, disk: withoutLocks })).open("order-1");
    await second.commit([completed(2)]);
    await expect(first.commit([completed(2, "mine")])).rejects.toMatchObject({ code: "owned" });
    await first.close();
    await second.commit([completed(3)]);
    await second.close();
    expect((await openStore({ dir })).read("order-1").events).toEqual(history(3));
  });

  it("cuts nothing off at its close that another one wrote", async () => {
    const dir = temporaryFolder();
    const first = await (await openStore({ dir, disk: withoutLocks })).open("order-1");
    await first.commit([created()]);
    const second = await (await openStore({ dir, disk: withoutLocks })).open("order-1");
    await second.commit([completed(2)]);
    await first.close().catch(() => undefined);
    expect((await openStore({ dir })).read("order-1").events).toEqual(history(2));
    await second.close();
  });

  it("stops when a link above its run leads elsewhere", async () => {
    const root = temporaryFolder();
    for (const name of ["one", "two"]) mkdirSync(path.join(root, name));
    const link = path.join(root, "current");
    symlinkSync(path.join(root, "one"), link);
    const driver = await (await openStore({ dir: path.join(link, "store") })).open("order-1");
    await driver.commit([created()]);
    await driver.commit([completed(2)]);
    symlinkSync(path.join(root, "two"), `${link}-next`);
    renameSync(`${link}-next`, link);
    await expect(driver.commit([completed(3)])).rejects.toMatchObject({ code: "owned" });
    await driver.close();
  });

  it("removes no file any more once its run is given back", async () => {
    const dir = temporaryFolder();
    const slow: (() => void)[] = [];
    const disk: Disk = {
      ...bind(nodeDisk),
      removeFileLater: async (file) => {
        await new Promise<void>((resolve) => slow.push(resolve));
        return nodeDisk.removeFileLater(file);
      },
    };
    const store = await openStore({ dir, disk });
    const first = await store.open("order-1");
    await first.commit([created()]);
    await store.send("order-1", "approve", "first", { id: "m-1" });
    expect(await first.inbox.peek(undefined, 1)).toHaveLength(1);
    await first.inbox.remove(["m-1"]);
    await vi.waitFor(() => expect(slow).toHaveLength(1));
    const closing = first.close();
    await delay(20);
    await expect(store.open("order-1")).rejects.toMatchObject({ code: "owned" });
    for (const goOn of slow) goOn();
    await closing;
    await store.remove("order-1");
    const second = await store.open("order-1");
    await second.commit([created()]);
    await store.send("order-1", "approve", "second", { id: "m-1" });
    expect(await second.inbox.peek(undefined, 1)).toMatchObject([{ body: "second" }]);
    await second.close();
  });

  it("that cannot say who it is gives the run back", async () => {
    const dir = temporaryFolder();
    let isFull = false;
    const disk = withFiles(nodeDisk, (file, at) => ({
      write: (bytes, position) => {
        if (isFull && at.endsWith(".tmp")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
        return file.write(bytes, position);
      },
    }));
    const store = await openStore({ dir, disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await driver.close();
    for (const run of ["order-1", "order-2"]) {
      isFull = true;
      await expect(store.open(run)).rejects.toMatchObject({ code: "disk", reason: "ENOSPC" });
      isFull = false;
      await (await store.open(run)).close();
    }
  });
});

describe("a reader", () => {
  it("keeps nobody from a run while it folds a long history", async () => {
    const dir = temporaryFolder();
    const driver = await (await openStore({ dir })).open("order-1");
    await driver.commit(history(3));
    await driver.close();
    rmSync(path.join(dir, "order-1", "summary.cbor"));
    let isFree: boolean | undefined;
    const store = await openStore({
      dir,
      fold: (events, from) => {
        const file = nodeDisk.open(path.join(dir, "order-1", "history.cbor"), "update");
        isFree = file.tryLock("exclusive");
        file.close();
        return foldRunEvents(events, from);
      },
    });
    expect(store.list()).toMatchObject([{ run: "order-1", isOwned: false }]);
    expect(isFree).toBe(true);
  });

  it("takes no run for abandoned whose owner ended it meanwhile, or wrote it anew", async () => {
    for (const meanwhile of ["ends", "compacts"] as const) {
      const dir = temporaryFolder();
      const driver = await (await openStore({ dir })).open("order-1");
      await driver.commit(history(3));
      const before = (await openStore({ dir })).read("order-1");
      await driver.commit([ended(4)]);
      await driver.close();
      const file = path.join(dir, "order-1", "history.cbor");
      const whole = readFileSync(file);
      const left = readFileSync(file).subarray(0, before.bytes);
      writeFileSync(file, left);
      const owner = nodeDisk.open(file, "update");
      expect(owner.tryLock("exclusive")).toBe(true);
      let hasHappened = false;
      const act = (): void => {
        if (hasHappened) return;
        hasHappened = true;
        if (meanwhile === "ends") owner.write(whole, 0);
        else {
          const next = nodeDisk.open(`${file}.next`, "new");
          next.write(whole.subarray(0, before.bytes), 0);
          next.tryLock("exclusive");
          nodeDisk.rename(`${file}.next`, file);
        }
        owner.close();
      };
      const disk = withFiles(nodeDisk, (open, at) => ({
        read: (into, position) => {
          const count = open.read(into, position);
          if (at === file && into.length > 100) act();
          return count;
        },
      }));
      const store = await openStore({ dir, disk });
      const reading = store.read("order-1");
      if (meanwhile === "ends") expect(reading.events.at(-1)).toEqual(ended(4));
      else expect(reading.owner).toBeDefined();
    }
  });
});

describe("a run that is removed", () => {
  it("is gone for both who clear it away at once", async () => {
    const dir = temporaryFolder();
    const begun = await (await openStore({ dir })).open("order-1");
    await begun.commit([created()]);
    await begun.close();
    let isCleared = false;
    const disk: Disk = {
      ...bind(nodeDisk),
      removeFile: (file) => {
        nodeDisk.removeFile(file);
        if (isCleared || !file.includes(".gone-")) return;
        const folder = path.dirname(file);
        for (const { name, kind } of nodeDisk.list(folder)) {
          if (kind === "folder") nodeDisk.removeFolder(path.join(folder, name));
          else nodeDisk.removeFile(path.join(folder, name));
        }
        nodeDisk.removeFolder(folder);
        isCleared = true;
      },
    };
    const store = await openStore({ dir, disk });
    await store.remove("order-1");
    expect(store.ids()).toEqual([]);
  });
});

describe("a message", () => {
  it("that cannot be read for a moment is received later", async () => {
    const dir = temporaryFolder();
    const warnings: string[] = [];
    let failures = 0;
    const disk: Disk = {
      ...bind(nodeDisk),
      open: (file, mode) => {
        if (mode === "read" && path.basename(path.dirname(file)) === "inbox" && failures++ < 2)
          throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
        return nodeDisk.open(file, mode);
      },
    };
    const store = await openStore({ dir, disk, onWarning: (text) => warnings.push(text) });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await store.send("order-1", "approve", 1);
    await driver.inbox.peek(undefined, 1);
    await driver.inbox.wait(AbortSignal.timeout(2000));
    expect(await driver.inbox.peek(undefined, 1)).toMatchObject([{ body: 1 }]);
    expect(warnings).toHaveLength(1);
    await driver.close();
  });
});

describe("a summary", () => {
  it("is not kept of a history that was loaded while it was written to", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    const first = await store.open("order-1");
    await first.commit(history(3));
    await first.commit([{ seq: 4, at: created().at + 4, type: "run.waiting", messages: ["approve"] }]);
    await first.close();
    const driver = await store.open("order-1");
    const loading = await driver.load();
    await driver.commit([ended(5)]);
    expect([...loading]).toHaveLength(4);
    await driver.close();
    expect(store.summary("order-1").summary).toEqual(foldRunEvents(store.read("order-1").events));
  });
});

describe("a sender", () => {
  it("makes each run's name durable, also when runs come to have the same inode", async () => {
    const dir = temporaryFolder();
    const synced: string[] = [];
    const disk: Disk = {
      ...bind(nodeDisk),
      facts: (at) => {
        const facts = nodeDisk.facts(at);
        return facts?.kind === "folder" ? { ...facts, inode: 1n } : facts;
      },
      syncFolder: (at) => {
        synced.push(at);
        nodeDisk.syncFolder(at);
      },
    };
    const sender = await openStore({ dir, disk });
    for (const run of ["order-1", "order-2"]) {
      const driver = await (await openStore({ dir })).open(run);
      await driver.commit([created()]);
      await driver.close();
      synced.length = 0;
      await sender.send(run, "a", 1);
      expect(synced).toContain(dir);
    }
  });

  it("says no message sent whose place has something else, or had until it was received", async () => {
    const dir = temporaryFolder();
    let onConflict = (): void => undefined;
    const disk: Disk = {
      ...bind(nodeDisk),
      link: (from, to) => {
        try {
          nodeDisk.link(from, to);
        } catch (error) {
          onConflict();
          throw error;
        }
      },
    };
    const store = await openStore({ dir, disk });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const inbox = path.join(dir, "order-1", "inbox");
    writeFileSync(path.join(inbox, "m-1.cbor"), "no message");
    await expect(store.send("order-1", "approve", 1, { id: "m-1" })).rejects.toMatchObject({ code: "id_conflict" });
    await store.send("order-1", "approve", 1, { id: "m-2" });
    onConflict = () => {
      const message = { id: "m-2", name: "approve", body: 1, sentAt: 1, explicitId: true } as const;
      driver.append([{ seq: 2, at: created().at, type: "queue.received", loc: ["wait"], messages: [message] }]);
      rmSync(path.join(inbox, "m-2.cbor"));
      onConflict = () => undefined;
    };
    await expect(store.send("order-1", "approve", 2, { id: "m-2" })).rejects.toMatchObject({ code: "id_conflict" });
    await driver.close();
  });
});
