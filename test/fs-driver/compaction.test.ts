// Compaction and summaries: what stays, how large it gets, and that readers never notice more than they should.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { decodeSequence } from "cbor2";
import { Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "../../src/engine/history/events.ts";
import { openStore } from "../../src/fs-driver/index.ts";
import { completed, created, ended, history } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

/** The beginning, and the last ten events. */
const live = (events: readonly HistoryEvent[]): HistoryEvent[] => [
  ...events.slice(0, 1),
  ...events.slice(1).slice(-10),
];

describe("compaction", () => {
  it("keeps the file small however long the run goes on, and keeps what is alive", async () => {
    const store = await openStore({ dir: temporaryFolder(), durability: "os", compactFrom: 20_000 });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    let largest = 0;
    for (let seq = 2; seq <= 3000; seq++) {
      driver.append([completed(seq)]);
      if (seq % 20 === 0) await driver.compact(live);
      largest = Math.max(largest, statSync(path.join(store.dir, "order-1", "history.cbor")).size);
    }
    await driver.commit([completed(3001)]);
    expect(largest).toBeLessThan(40_000);
    const events = [...(await driver.load())];
    expect(events[0]).toEqual(created());
    expect(events.at(-1)).toEqual(completed(3001));
    await driver.close();
    const { events: read, tail, header } = store.read("order-1");
    expect(read).toEqual(events);
    expect(tail.state).toBe("clean");
    expect(header).toMatchObject({ run: "order-1", workflow: "order" });
    expect(readdirSync(path.join(store.dir, "order-1")).sort()).toEqual([
      "history.cbor",
      "inbox",
      "owner.cbor",
      "summary.cbor",
    ]);
  });

  it("stays owned through a compaction, and leaves alone what is not worth it", async () => {
    const store = await openStore({ dir: temporaryFolder(), compactFrom: 100 });
    const driver = await store.open("order-1");
    await driver.commit(history(30));
    const before = readFileSync(store.read("order-1").file);
    await driver.compact((events) => [...events]);
    expect(readFileSync(store.read("order-1").file)).toEqual(before);
    await driver.commit(Array.from({ length: 70 }, (_, index) => completed(index + 31)));
    await driver.compact(live);
    expect(store.read("order-1").events).toHaveLength(11);
    await expect(store.open("order-1")).rejects.toMatchObject({ code: "owned" });
    await driver.commit([completed(101)]);
    await driver.close();
    expect(store.read("order-1").events.map(({ seq }) => seq)).toEqual([
      1, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101,
    ]);
  });

  it("that fails is said, and not tried again before the file is twice as long", async () => {
    const warnings: string[] = [];
    const options = {
      durability: "os",
      compactFrom: 20_000,
      onWarning: (text: string) => warnings.push(text),
    } as const;
    const store = await openStore({ dir: temporaryFolder(), ...options });
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const fails = (): never => {
      throw new Error("no room");
    };
    for (let seq = 2; seq <= 2000; seq++) {
      driver.append([completed(seq)]);
      if (seq % 20 === 0) expect(await driver.compact(fails)).toBe(false);
    }
    await driver.close();
    expect(warnings[0]).toMatch(/the history of run "order-1" could not be made smaller: Error: no room/);
    expect(warnings.length).toBeLessThan(6);
    expect(store.read("order-1").events).toHaveLength(2000);
  });
});

describe("a loop", () => {
  it("with a large state keeps the file near the size of what is alive", async () => {
    const store = await openStore({ dir: temporaryFolder(), durability: "os" });
    const driver = await store.open("order-1");
    const text = "x".repeat(50_000);
    let largest = 0;
    const code = (ctx: WorkflowContext): Promise<number> =>
      ctx.loop({
        name: "l",
        state: { n: 0, text },
        run: async (turn, { n }) => {
          await turn.step("look", () => {
            largest = Math.max(largest, statSync(path.join(store.dir, "order-1", "history.cbor")).size);
          });
          return n === 200 ? Loop.break(n) : Loop.continue({ n: n + 1, text });
        },
      });
    await expect(runWorkflow("order-1", code, {}, driver).result).resolves.toMatchObject({ output: 200 });
    await driver.close();
    expect(largest).toBeLessThan(70 * text.length);
    expect(store.read("order-1").events.length).toBeLessThan(250);
  });
});

describe("summaries", () => {
  it("say the state from the cache, from the tail beyond it, and from the whole history alike", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    const driver = await store.open("order-1");
    await driver.commit(history(3));
    await driver.commit([{ seq: 4, at: created().at + 4, type: "run.waiting", messages: ["approve"], until: 9 }]);
    const waiting = {
      state: "sleeping",
      workflow: "order",
      waitingFor: { messages: ["approve"], until: 9 },
      createdAt: created().at,
    };
    expect(store.list()).toMatchObject([{ run: "order-1", isOwned: true, summary: waiting }]);
    await driver.commit([completed(5)]);
    expect(store.summary("order-1").summary).toMatchObject({ state: "running", updatedAt: created().at + 5 });
    await driver.commit([ended(6)]);
    await driver.close();
    const over = { run: "order-1", isOwned: false, summary: { state: "completed", updatedAt: created().at + 6 } };
    expect(store.list()).toMatchObject([over]);
    const cache = path.join(dir, "order-1", "summary.cbor");
    writeFileSync(cache, "nonsense");
    expect(store.list()).toMatchObject([over]);
    rmSync(cache);
    expect(store.list()).toMatchObject([over]);
  });

  it("list a corrupt run with its problem, beside the others", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    for (const id of ["a", "b"]) {
      const driver = await store.open(id);
      await driver.commit(history(3));
      await driver.close();
    }
    const file = path.join(dir, "a", "history.cbor");
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    rmSync(path.join(dir, "a", "summary.cbor"));
    expect(store.list()).toMatchObject([
      { run: "a", summary: undefined, problem: { code: "corrupt" } },
      { run: "b", summary: { state: "running" } },
    ]);
    await expect(store.send("a", "m", 1)).rejects.toMatchObject({ code: "corrupt" });
  });
});

describe("every file of a store", () => {
  it("is read by a second CBOR library", async () => {
    const store = await openStore({ dir: temporaryFolder() });
    const driver = await store.open("order-1");
    await driver.commit([
      created(),
      completed(2, { when: new Date(0), zero: -0, set: new Set([1]), error: new Error("no") }),
    ]);
    await store.send("order-1", "approve", { by: "ann" }, { id: "m-1" });
    await driver.inbox.respond("m-0", { ok: true });
    await driver.close();
    const files = readdirSync(path.join(store.dir, "order-1"), { recursive: true, encoding: "utf8" });
    const found = files.filter((file) => file.endsWith(".cbor")).sort();
    expect(found).toEqual([
      "history.cbor",
      path.join("inbox", "m-1.cbor"),
      path.join("outbox", "m-0.cbor"),
      "owner.cbor",
      "summary.cbor",
    ]);
    for (const file of found) {
      const items = [...decodeSequence(readFileSync(path.join(store.dir, "order-1", file)))];
      expect(items.length, file).toBe(file === "history.cbor" ? 2 : 1);
    }
  });
});
