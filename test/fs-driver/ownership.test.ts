// One owner per run, by the kernel's lock: real processes that hold, stop, and are killed.

import { existsSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/fs-driver/index.ts";
import { startChild } from "./support/child.ts";
import { completed, created, history } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

describe("ownership", () => {
  it("is refused to a second driver of the same process, and free again after close", async () => {
    const store = await openStore({ dir: temporaryFolder() });
    const driver = await store.open("order-1");
    await expect(store.open("order-1")).rejects.toMatchObject({ code: "owned" });
    await driver.commit([created()]);
    await expect(store.open("order-1")).rejects.toMatchObject({
      code: "owned",
      owner: { pid: process.pid },
      message: 'run "order-1" is owned by this process, which opened it before',
      hint: "close that driver first",
    });
    expect(store.summary("order-1").isOwned).toBe(true);
    await driver.close();
    expect(store.summary("order-1").isOwned).toBe(false);
    await (await store.open("order-1")).close();
  });

  it("is refused while another process lives, even stopped, and says which; and is free when it is killed", async () => {
    const dir = temporaryFolder();
    const child = startChild("hold", dir, "order-1");
    expect(await child.line()).toBe("held");
    child.process.kill("SIGSTOP");
    const store = await openStore({ dir });
    await expect(store.open("order-1")).rejects.toMatchObject({
      code: "owned",
      owner: { pid: child.process.pid, host: hostname() },
      message: expect.stringContaining(`is owned by another process (pid ${child.process.pid}`) as string,
    });
    expect(store.read("order-1")).toMatchObject({ owner: { pid: child.process.pid }, events: [created()] });
    await store.send("order-1", "a", 1);
    child.process.kill("SIGKILL");
    await child.ended;
    const driver = await store.open("order-1");
    expect(await driver.inbox.peek(undefined, 1)).toMatchObject([{ body: 1 }]);
    expect(store.read("order-1").owner).toMatchObject({ pid: process.pid });
    await driver.close();
    expect(store.read("order-1").owner).toBeUndefined();
  });

  it("has exactly one winner when several processes begin the same run at once", { timeout: 60_000 }, async () => {
    const dir = temporaryFolder();
    const children = Array.from({ length: 5 }, () => startChild("hold", dir, "order-1"));
    const said = await Promise.all(children.map((child) => child.line()));
    expect(said.filter((line) => line === "held")).toHaveLength(1);
    expect(said.filter((line) => line === "owned")).toHaveLength(4);
    const store = await openStore({ dir });
    expect(store.read("order-1").events).toEqual([created()]);
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "order-1"]);
  });

  it("survives kill -9 in the middle of commits: all that was acknowledged is there", { timeout: 60_000 }, async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    for (let round = 0; round < 4; round++) {
      const child = startChild("commitForEver", dir, "order-1");
      let acknowledged = 0;
      for (let lines = 0; lines < 20 + round * 7; lines++) acknowledged = Number(await child.line());
      expect(store.read("order-1").tail.state).not.toBe("corrupt");
      child.process.kill("SIGKILL");
      await child.ended;
      const { events, tail } = store.read("order-1");
      expect(tail.state).not.toBe("corrupt");
      expect(events.length).toBeGreaterThanOrEqual(acknowledged);
      const expected = events.map(({ seq }) => (seq === 1 ? created() : completed(seq)));
      expect(events.map(({ seq }) => seq)).toEqual(expected.map(({ seq }) => seq));
    }
  });

  it("takes over what a crash left of a run that never became visible, and clears away old ones", async () => {
    const dir = temporaryFolder();
    const store = await openStore({ dir });
    mkdirSync(path.join(dir, ".new-order-1"));
    mkdirSync(path.join(dir, ".new-old"));
    utimesSync(path.join(dir, ".new-old"), 1, 1);
    const driver = await store.open("order-1");
    expect(existsSync(path.join(dir, ".new-old"))).toBe(false);
    await driver.commit(history(2));
    await driver.close();
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "order-1"]);
    expect(store.read("order-1").events).toEqual(history(2));
  });
});
