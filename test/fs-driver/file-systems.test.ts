// File systems that may not keep what the store promises: recognised by their number, and said once.

import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeDisk } from "../../src/fs-driver/disk-node.ts";
import { doubtfulFileSystem } from "../../src/fs-driver/file-systems.ts";
import { openStore } from "../../src/fs-driver/index.ts";
import { created } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

const TMPFS = 0x01021994;

describe("a doubtful file system", () => {
  it.each([
    [0x6969, "NFS"],
    [0x517b, "SMB"],
    [0xff534d42, "CIFS"],
    [0xff534d42 | 0, "CIFS"], // as a kernel of 32 bits says it
    [0xfe534d42, "SMB 2"],
    [0x65735546, "FUSE"],
    [0x01021997, "9P (a folder of the host system)"],
    [0x00c36400, "Ceph"],
  ])("is recognised by its number, %i", (type, name) => {
    expect(doubtfulFileSystem(type)).toBe(name);
  });

  it.each([
    ["ext4", 0xef53],
    ["xfs", 0x58465342],
    ["btrfs", 0x9123683e],
    ["zfs", 0x2fc12fc1],
    ["overlayfs", 0x794c7630],
    ["tmpfs", TMPFS],
    ["nothing known", 1],
  ])("is not %s", (_name, type) => {
    expect(doubtfulFileSystem(type)).toBeUndefined();
  });

  it.runIf(process.platform === "linux")("is asked of the kernel, for the folder itself", () => {
    const shm = "/dev/shm";
    const isMemory = existsSync(shm) && statfsSync(shm).type === TMPFS;
    const folder = isMemory ? mkdtempSync(path.join(shm, "wf-")) : temporaryFolder();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(nodeDisk.doubts?.(folder)).toBe(doubtfulFileSystem(statfsSync(folder).type));
    expect(nodeDisk.doubts?.("/proc")).toBeUndefined();
  });

  it("is said once, when the store is made there", async () => {
    const dir = path.join(temporaryFolder(), ".workflows");
    const warnings: string[] = [];
    const disk = { ...nodeDisk, doubts: () => doubtfulFileSystem(0x6969) };
    const open = (): ReturnType<typeof openStore> => openStore({ dir, disk, onWarning: (text) => warnings.push(text) });
    const store = await open();
    expect(store.doubts()).toBeUndefined(); // there is no folder yet
    for (const run of ["a", "b"]) {
      const driver = await store.open(run);
      await driver.commit([created()]);
      await driver.close();
    }
    await (await (await open()).open("a")).close();
    expect(warnings).toEqual([`${dir} is on NFS: locks and syncs may not hold there; a local disk is safer`]);
    expect((await open()).doubts()).toBe("NFS");
  });
});
