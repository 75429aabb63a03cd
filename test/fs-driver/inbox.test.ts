// Messages: sent without a lock, received in order, once; and what is none is set aside.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { hashValue } from "../../src/engine/value-hash.ts";
import type { HistoryEvent } from "../../src/engine/history/events.ts";
import { openStore, type RunDriver, type Store } from "../../src/fs-driver/index.ts";
import { startChild } from "./support/child.ts";
import { created, ended } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

let dir = "";
let store: Store;
let driver: RunDriver;
let inbox = "";
let warnings: string[] = [];
const never = new AbortController().signal;

beforeEach(async () => {
  dir = temporaryFolder();
  warnings = [];
  store = await openStore({ dir, onWarning: (text) => warnings.push(text) });
  driver = await store.open("order-1");
  await driver.commit([created()]);
  inbox = path.join(dir, "order-1", "inbox");
  onTestFinished(() => driver.close());
});

const received = (seq: number, id: string, body: unknown): HistoryEvent => ({
  seq,
  at: created().at + seq,
  type: "queue.received",
  loc: ["wait"],
  messages: [{ id, name: "approve", body, sentAt: 1, explicitId: true }],
});

describe("the inbox", () => {
  it("gives messages of the wanted names in the order in which they were sent, and keeps them until removed", async () => {
    for (const [name, body] of [
      ["a", 1],
      ["b", 2],
      ["a", 3],
      ["c", 4],
    ] as const)
      await store.send("order-1", name, body);
    await store.request("order-1", "wake");
    const bodies = async (names: string[] | undefined, count: number): Promise<unknown[]> =>
      (await driver.inbox.peek(names, count)).map((message) => message.body);
    expect(await bodies(["a"], 5)).toEqual([1, 3]);
    expect(await bodies(["a", "b"], 2)).toEqual([1, 2]);
    expect(await bodies(undefined, 9)).toEqual([1, 2, 3, 4]);
    const [first] = await driver.inbox.peek(["a"], 1);
    await driver.inbox.remove([first?.id ?? "", "unknown"]);
    expect(await bodies(undefined, 9)).toEqual([2, 3, 4]);
    expect(await driver.inbox.peek(["wf:wake"], 1)).toMatchObject([{ name: "wf:wake" }]);
    await driver.close();
    expect(readdirSync(inbox)).toHaveLength(4);
  });

  it("gives a message whose body is nested 500 deep, as deep as values may be", async () => {
    let body: unknown = new Map([[1, 2]]);
    for (let depth = 1; depth < 490; depth++) body = depth % 2 === 0 ? [body] : new Map([["in", body]]);
    await store.send("order-1", "deep", body);
    const [message] = await driver.inbox.peek(undefined, 1);
    expect(hashValue(message?.body)).toBe(hashValue(body));
    expect(warnings).toEqual([]);
  });

  it("takes the same id and message twice as one, and refuses another message with the id", async () => {
    expect(await store.send("order-1", "approve", { by: "ann" }, { id: "m-1" })).toEqual({ id: "m-1", isNew: true });
    expect(await store.send("order-1", "approve", { by: "ann" }, { id: "m-1" })).toEqual({ id: "m-1", isNew: false });
    await expect(store.send("order-1", "approve", { by: "bob" }, { id: "m-1" })).rejects.toMatchObject({
      code: "id_conflict",
    });
    await expect(store.send("order-1", "reject", { by: "ann" }, { id: "m-1" })).rejects.toMatchObject({
      code: "id_conflict",
    });
    expect(await driver.inbox.peek(undefined, 9)).toMatchObject([{ id: "m-1", explicitId: true }]);
  });

  it("knows an id also after its message was received", async () => {
    await store.send("order-1", "approve", { by: "ann" }, { id: "m-1" });
    await driver.commit([received(2, "m-1", { by: "ann" })]);
    await driver.inbox.remove(["m-1"]);
    expect(await store.send("order-1", "approve", { by: "ann" }, { id: "m-1" })).toEqual({ id: "m-1", isNew: false });
    await expect(store.send("order-1", "approve", { by: "bob" }, { id: "m-1" })).rejects.toMatchObject({
      code: "id_conflict",
    });
    await driver.close();
    expect(readdirSync(inbox)).toEqual([]);
  });

  it.each(["../../x", "a/b", "CON", "x".repeat(200), "ä ö", ".hidden", "--flag"])(
    "keeps message id %j inside the inbox",
    async (id) => {
      await store.send("order-1", "a", 1, { id });
      expect(readdirSync(inbox)).toHaveLength(1);
      expect(await driver.inbox.peek(undefined, 1)).toMatchObject([{ id }]);
      await driver.inbox.remove([id]);
      expect(await driver.inbox.peek(undefined, 1)).toEqual([]);
      await expect(store.send("order-1", "a", 1, { id: "" })).rejects.toMatchObject({ code: "bad_id" });
      await expect(store.send("order-1", "a", 1, { id: "a\0b" })).rejects.toMatchObject({ code: "bad_id" });
    },
  );

  it("writes nothing for a run that is over, and says so", async () => {
    await driver.commit([ended(2)]);
    await expect(store.send("order-1", "a", 1)).rejects.toMatchObject({ code: "finished", state: "completed" });
    await expect(store.request("order-1", "cancel")).rejects.toMatchObject({ code: "finished" });
    expect(readdirSync(inbox)).toEqual([]);
  });

  it("knows an id also when the run is over, whether its message was received or not", async () => {
    await store.send("order-1", "approve", 1, { id: "m-1" });
    await store.send("order-1", "approve", 2, { id: "m-2" });
    await driver.commit([received(2, "m-1", 1), ended(3)]);
    await driver.inbox.remove(["m-1"]);
    await driver.close();
    expect(await store.send("order-1", "approve", 1, { id: "m-1" })).toEqual({ id: "m-1", isNew: false });
    expect(await store.send("order-1", "approve", 2, { id: "m-2" })).toEqual({ id: "m-2", isNew: false });
    for (const id of ["m-1", "m-2"])
      await expect(store.send("order-1", "approve", 9, { id })).rejects.toMatchObject({ code: "id_conflict" });
    await expect(store.send("order-1", "approve", 3, { id: "m-3" })).rejects.toMatchObject({ code: "finished" });
    expect(readdirSync(inbox)).toEqual(["m-2.cbor"]);
  });

  it("sends no request under the name of a message: whoever may send must not be able to cancel", async () => {
    await expect(store.send("order-1", "wf:cancel", "bye")).rejects.toThrow(TypeError);
    expect(existsSync(inbox) ? readdirSync(inbox) : []).toEqual([]);
  });

  it("moves to quarantine what is no message, with a warning, and reads no link and no pipe", async () => {
    await store.send("order-1", "a", 1);
    writeFileSync(path.join(inbox, "bad.cbor"), "no message");
    symlinkSync("/etc/passwd", path.join(inbox, "link.cbor"));
    execFileSync("mkfifo", [path.join(inbox, "pipe.cbor")]);
    mkdirSync(path.join(inbox, "folder.cbor"));
    expect(await driver.inbox.peek(undefined, 9)).toHaveLength(1);
    expect(warnings).toHaveLength(4);
    expect(readdirSync(path.join(dir, "order-1", "quarantine"))).toHaveLength(4);
    expect(readdirSync(inbox)).toHaveLength(1);
  });

  it("gives large bodies whole", async () => {
    const body = "x".repeat(300_000);
    await store.send("order-1", "a", body);
    expect(await driver.inbox.peek(["a"], 1)).toMatchObject([{ body }]);
    expect(await driver.inbox.peek(["a"], 1)).toMatchObject([{ body }]);
  });

  it("does not keep others waiting for a large message whose file went bad or away: it says so, and gives those", async () => {
    const body = "x".repeat(300_000);
    for (const id of ["bad", "away", "large"]) await store.send("order-1", "a", body, { id });
    await store.send("order-1", "a", "small", { id: "small" });
    expect(await driver.inbox.peek(["a"], 1)).toMatchObject([{ id: "bad" }]);
    writeFileSync(path.join(inbox, "bad.cbor"), "garbage");
    rmSync(path.join(inbox, "away.cbor"));
    const ids = async (count: number): Promise<string[]> =>
      (await driver.inbox.peek(["a"], count)).map((message) => message.id);
    expect(await ids(1)).toEqual(["large"]);
    expect(await ids(9)).toEqual(["large", "small"]);
    expect(warnings).toEqual([
      expect.stringMatching(/^bad\.cbor in the inbox of the run is no message: moved to /),
      'away.cbor, a message "a", has gone from the inbox of the run, unreceived',
    ]);
    expect(readdirSync(path.join(dir, "order-1", "quarantine"))).toHaveLength(1);
    await store.send("order-1", "a", "again", { id: "away" });
    expect(await ids(9)).toEqual(["large", "small", "away"]);
  });

  it("knows a message again by its value, whatever the order of its keys, also when only a hash is left of it", async () => {
    await store.send("order-1", "approve", { a: 1, b: -0 }, { id: "m-1" });
    expect(await store.send("order-1", "approve", { b: -0, a: 1 }, { id: "m-1" })).toEqual({ id: "m-1", isNew: false });
    await expect(store.send("order-1", "approve", { b: 0, a: 1 }, { id: "m-1" })).rejects.toMatchObject({
      code: "id_conflict",
    });
    const seen = { id: "m-2", hash: hashValue({ a: 1, b: [2] }) };
    await driver.commit([{ seq: 2, at: created().at, type: "run.seen", messages: [seen] }]);
    expect(await store.send("order-1", "approve", { b: [2], a: 1 }, { id: "m-2" })).toEqual({
      id: "m-2",
      isNew: false,
    });
    await expect(store.send("order-1", "approve", "another", { id: "m-2" })).rejects.toMatchObject({
      code: "id_conflict",
    });
  });

  it("is cleared, when the run is opened, of what was received before a crash, and of old leftovers", async () => {
    const { id } = await store.send("order-1", "approve", 1);
    await store.send("order-1", "approve", 2);
    await driver.commit([received(2, id, 1)]);
    await driver.close();
    const leftovers = ["inbox/.old.tmp", "inbox/.new.tmp", "quarantine/.x.tmp"].map((name) =>
      path.join(dir, "order-1", name),
    );
    mkdirSync(path.join(dir, "order-1", "quarantine"));
    for (const leftover of leftovers) writeFileSync(leftover, "x");
    utimesSync(leftovers[0] ?? "", 1, 1);
    driver = await store.open("order-1");
    expect(leftovers.map((leftover) => existsSync(leftover))).toEqual([false, true, false]);
    expect((await driver.inbox.peek(undefined, 9)).map(({ body }) => body)).toEqual([2]);
    expect(existsSync(path.join(inbox, `${id}.cbor`))).toBe(false);
  });

  it("is left alone by a driver that is closed", async () => {
    const { id } = await store.send("order-1", "approve", 1);
    await driver.close();
    await driver.inbox.remove([id]);
    expect(existsSync(path.join(inbox, `${id}.cbor`))).toBe(true);
    const aborter = new AbortController();
    const waiting = driver.inbox.wait(aborter.signal);
    await store.send("order-1", "approve", 2);
    aborter.abort();
    await waiting;
  });

  it("refuses a body that cannot be stored, before anything is written", async () => {
    await expect(store.send("order-1", "a", { f: () => 1 })).rejects.toMatchObject({ code: "value_not_storable" });
    expect(readdirSync(inbox)).toEqual([]);
  });

  it("keeps every sender's order when several processes send at once", { timeout: 60_000 }, async () => {
    const senders = ["x", "y", "z"].map((sender) => startChild("send", dir, "order-1", sender, "60"));
    expect(await Promise.all(senders.map((sender) => sender.line()))).toEqual(["sent", "sent", "sent"]);
    const messages = await driver.inbox.peek(["count"], 1000);
    expect(messages).toHaveLength(180);
    for (const sender of ["x", "y", "z"]) {
      const numbers = messages.map((message) => message.body as { sender: string; number: number });
      const own = numbers.filter((body) => body.sender === sender).map((body) => body.number);
      expect(own).toEqual(Array.from({ length: 60 }, (_, number) => number));
    }
  });

  it("adds the run's own messages once, whoever else sends", async () => {
    const message = { id: "own:1", name: "a", body: 1, sentAt: 5 };
    await driver.inbox.add(message);
    await driver.inbox.add(message);
    expect(await driver.inbox.peek(["a"], 9)).toEqual([message]);
  });
});

describe("the outbox", () => {
  it("carries a response to who waits for it, and the first one stands", async () => {
    const waiting = store.response("order-1", "m-1", never);
    await driver.inbox.respond("m-1", { ok: -0 });
    await driver.inbox.respond("m-1", "another");
    expect(await waiting).toEqual({ id: "m-1", response: { ok: -0 } });
    expect(await store.response("order-1", "m-1", never)).toEqual({ id: "m-1", response: { ok: -0 } });
    expect(existsSync(path.join(dir, "order-1", "outbox", "m-1.cbor"))).toBe(true);
  });

  it("stops waiting when it is told to", async () => {
    expect(await store.response("order-1", "m-1", AbortSignal.abort())).toBeUndefined();
  });
});
