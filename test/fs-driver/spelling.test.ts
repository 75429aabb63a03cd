// Ids that differ in case only, on file systems that tell them apart and on those that do not; and what it costs to make
// sure of that in a store of many runs.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Disk, openStore, type Store } from "../../src/fs-driver/index.ts";
import { completed, created } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { caseIgnoringDisk, countingDisk } from "./support/wrapped-disk.ts";

async function make(store: Store, run: string): Promise<void> {
  const driver = await store.open(run);
  await driver.commit([created()]);
  await driver.close();
}

const worlds: [string, (dir: string) => Disk | undefined][] = [
  ["the machine's own file system", () => undefined],
  ["a file system that ignores case", (dir) => caseIgnoringDisk(dir)],
];

describe.each(worlds)("ids that differ in case only, on %s", (_name, diskFor) => {
  async function storeIn(dir: string): Promise<Store> {
    const disk = diskFor(dir);
    return openStore({ dir, ...(disk !== undefined && { disk }) });
  }

  it.each([
    ["Order-1", "order-1"],
    ["order-1", "ORDER-1"],
    ["oRDER-1", "Order-1"],
  ])("refuses %j beside %j, to the same store and to one that is opened anew", async (first, second) => {
    const dir = temporaryFolder();
    const store = await storeIn(dir);
    await make(store, first);
    for (const other of [store, await storeIn(dir)]) {
      const refusal = other.open(second);
      await expect(refusal).rejects.toMatchObject({ code: "bad_id" });
      await expect(refusal).rejects.toThrow(`"${first}"`);
      await expect(other.remove(second)).rejects.toMatchObject({ code: "not_found" });
      await expect(other.send(second, "go", 1)).rejects.toMatchObject({ code: "not_found" });
      expect(() => other.read(second)).toThrow(expect.objectContaining({ code: "not_found" }) as Error);
      expect(() => other.summary(second)).toThrow(expect.objectContaining({ code: "not_found" }) as Error);
      expect(other.has(second)).toBe(false);
      expect(other.has(first)).toBe(true);
    }
    expect(readdirSync(dir).sort()).toEqual([".gitignore", first].sort());
    await store.remove(first);
    await make(store, second);
    expect(store.ids()).toEqual([second]);
  });

  it("keeps messages apart whose ids differ in case only, and their responses", async () => {
    const store = await storeIn(temporaryFolder());
    await make(store, "r");
    for (const id of ["m1", "M1"]) {
      expect(await store.send("r", "go", id, { id })).toEqual({ id, isNew: true });
      expect(await store.send("r", "go", id, { id })).toEqual({ id, isNew: false });
    }
    const driver = await store.open("r");
    const messages = await driver.inbox.peek(["go"], 5);
    expect(messages.map(({ id, body }) => [id, body])).toEqual([
      ["m1", "m1"],
      ["M1", "M1"],
    ]);
    await driver.commit([{ seq: 2, at: created().at, type: "queue.received", loc: ["q"], messages }]);
    for (const id of ["m1", "M1"]) await driver.inbox.respond(id, `for ${id}`);
    await driver.inbox.remove(["M1"]);
    await driver.close();
    for (const id of ["m1", "M1"])
      expect(await store.response("r", id, AbortSignal.abort())).toEqual({ id, response: `for ${id}` });
    expect(store.examine("r").messages.map(({ id }) => id)).toEqual(["m1"]);
  });
});

describe("a store of many runs", () => {
  it("is listed once by whoever makes runs in it, and never to resume, send or look one up", async () => {
    const dir = temporaryFolder();
    const { disk, listed } = countingDisk();
    const listings = (): number => listed.filter((folder) => folder === dir).length;
    const store = await openStore({ dir, disk });
    for (let number = 0; number < 60; number++) await make(store, number % 2 === 0 ? `run-${number}` : `Run-${number}`);
    expect(listings()).toBe(1);
    const fresh = await openStore({ dir, disk });
    const driver = await fresh.open("Run-7");
    await driver.commit([completed(2)]);
    await driver.close();
    await fresh.send("Run-7", "go", 1);
    expect(fresh.resolve("Run-7")).toBe("Run-7");
    expect(fresh.has("run-8") && fresh.has("Run-9")).toBe(true);
    expect(fresh.read("run-8").events).toEqual([created()]);
    await fresh.remove("run-8");
    expect(listings()).toBe(1);
  });

  it("is cleared of what crashes left when the next run is made", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    await make(store, "first");
    mkdirSync(path.join(dir, ".gone-00000000-old"));
    writeFileSync(path.join(dir, ".gone-00000000-old", "history.cbor"), "");
    const later = await openStore({ dir, now: () => Date.now() + 86_400_000 });
    mkdirSync(path.join(dir, ".new-half"));
    writeFileSync(path.join(dir, ".abc.tmp"), "half");
    await (await later.open("first")).close();
    expect(readdirSync(dir)).toHaveLength(5);
    await make(later, "second");
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "first", "second"]);
  });

  it("keeps out of git also when its .gitignore was lost", async () => {
    const dir = temporaryFolder();
    await make(await openStore({ dir }), "first");
    rmSync(path.join(dir, ".gitignore"));
    await (await (await openStore({ dir })).open("first")).close();
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "first"]);
  });
});
