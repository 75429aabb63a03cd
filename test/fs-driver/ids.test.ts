// Ids: what is allowed, what a person means, and that nothing hostile ever becomes a path.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findStore, isRunId, newRunId, openStore, type Store } from "../../src/fs-driver/index.ts";
import { created } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

async function storeWith(...ids: string[]): Promise<Store> {
  const store = await openStore({ dir: temporaryFolder() });
  for (const [index, id] of ids.entries()) {
    const driver = await store.open(id);
    await driver.commit([{ ...created(), at: created().at + index }]);
    await driver.close();
  }
  return store;
}

describe("ids of runs", () => {
  it.each([
    "../x",
    "a/b",
    "a\\b",
    "",
    ".",
    "..",
    ".hidden",
    "-x",
    "a\0b",
    "latest",
    "Latest",
    "con",
    "NUL.txt",
    "lpt1",
    "x.",
    "a b",
    "é",
    "😀",
    "x".repeat(65),
    "x".repeat(10_000),
  ])("refuses %j before any path is built", async (id) => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    expect(isRunId(id)).toBe(false);
    await expect(store.open(id)).rejects.toMatchObject({ code: "bad_id" });
    await expect(store.send(id, "m", 1)).rejects.toMatchObject({ code: "bad_id" });
    expect(() => store.read(id)).toThrow(expect.objectContaining({ code: "bad_id" }) as Error);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("refuses an id that differs from another only in case", async () => {
    const store = await storeWith("Order-1");
    await expect(store.open("order-1")).rejects.toMatchObject({ code: "bad_id" });
    await (await store.open("Order-1")).close();
  });

  it("makes ids that are allowed, of any workflow's name", () => {
    for (const name of ["order", "Order Process!", "", "***", "日本", "x".repeat(200), "con", "-a-"]) {
      const id = newRunId(name);
      expect(isRunId(id), id).toBe(true);
      expect(id).toMatch(/-[0-9a-z]{6}$/);
    }
    expect(newRunId("order")).toMatch(/^order-/);
  });

  it("finds the run that a person means", async () => {
    const store = await storeWith("order-8f3k2q", "order-9aaaaa", "pay-1bbbbb", "pay");
    expect(store.resolve("pay")).toBe("pay");
    expect(store.resolve("order-8")).toBe("order-8f3k2q");
    expect(store.resolve("1bb")).toBe("pay-1bbbbb");
    expect(store.resolve("latest")).toBe("pay");
    expect(() => store.resolve("order")).toThrow(/stands for 2 runs/);
    expect(() => store.resolve("ordr-8f3k2q")).toThrow(
      expect.objectContaining({ code: "not_found", suggestions: ["order-8f3k2q"] }) as Error,
    );
    expect(() => store.resolve("")).toThrow(expect.objectContaining({ code: "not_found" }) as Error);
  });
});

describe("the place of the store", () => {
  it("is the nearest one upward, not above the repository and never in the home folder", () => {
    const home = temporaryFolder();
    const project = path.join(home, "project");
    const deep = path.join(project, "src", "deep");
    mkdirSync(deep, { recursive: true });
    mkdirSync(path.join(home, ".workflows"));
    expect(findStore(deep, { home })).toEqual({ dir: path.join(deep, ".workflows"), exists: false });
    writeFileSync(path.join(project, "package.json"), "{}");
    expect(findStore(deep, { home })).toEqual({ dir: path.join(project, ".workflows"), exists: false });
    mkdirSync(path.join(project, ".workflows"));
    expect(findStore(deep, { home })).toEqual({ dir: path.join(project, ".workflows"), exists: true });
    mkdirSync(path.join(project, "src", ".git"));
    expect(findStore(deep, { home })).toEqual({ dir: path.join(deep, ".workflows"), exists: false });
  });

  it("makes nothing by being read", async () => {
    const dir = path.join(temporaryFolder(), ".workflows");
    const store = await openStore({ dir });
    expect(store.ids()).toEqual([]);
    expect(store.list()).toEqual([]);
    await expect(store.send("order-1", "m", 1)).rejects.toMatchObject({ code: "not_found" });
    expect(() => readdirSync(dir)).toThrow(/ENOENT/);
  });
});
