// Both drivers under the contract that ships in dotworkflows/testing, and the proof that it can fail.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ContractSubject, driverContract, InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";
import { openStore, type RunDriver } from "../../src/fs-driver/index.ts";

const inMemory = async (): Promise<ContractSubject> => {
  const driver = new InMemoryDriver();
  driver.compactFrom = 4;
  return { open: async () => driver };
};

const onFiles = async (): Promise<ContractSubject> => {
  const dir = await mkdtemp(path.join(tmpdir(), "wf-contract-"));
  const store = await openStore({ dir, compactFrom: 100 });
  return {
    open: () => store.open("r"),
    close: (driver) => (driver as RunDriver).close(),
    dispose: () => rm(dir, { recursive: true }),
  };
};

describe.each([
  ["in memory", inMemory],
  ["on files", onFiles],
])("a driver %s", (_name, make) => {
  it.each(driverContract(make).map(({ name, run }) => [name, run] as const))("%s", async (_case, run) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("the contract", () => {
  it("is broken by a driver that forgets, and says what it expected", async () => {
    const forgets = async (): Promise<ContractSubject> => ({ open: async () => new InMemoryDriver() });
    const results = await Promise.allSettled(driverContract(forgets).map(({ run }) => run()));
    const broken = results.filter(({ status }) => status === "rejected");
    expect(broken.length).toBeGreaterThanOrEqual(6);
    expect(String((broken[0] as PromiseRejectedResult).reason)).toMatch(/expected .*, and it is \[\]/);
  });
});
