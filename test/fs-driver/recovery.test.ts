// Opening what a crash, a cut or a flipped bit has left: an exact prefix, or a clear refusal.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { CorruptError, openStore, type Store } from "../../src/fs-driver/index.ts";
import { scanHistory } from "../../src/fs-driver/scan.ts";
import { completed, created, history } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary.ts";

let dir = "";
let store: Store;
let file = "";
let warnings: string[] = [];

beforeEach(async () => {
  dir = temporaryFolder();
  warnings = [];
  store = await openStore({ dir, onWarning: (text) => warnings.push(text) });
  file = path.join(dir, "order-1", "history.cbor");
});

/** A history of one commit per event, but that every third is an append; and the bytes of the file. */
async function write(last: number): Promise<Buffer> {
  const driver = await store.open("order-1");
  for (const event of history(last)) {
    if (event.seq % 3 === 2) driver.append([event]);
    else await driver.commit([event]);
  }
  await driver.close();
  return readFileSync(file);
}

describe("recovery", () => {
  it("refuses a run whose history is missing, and makes none in its place", async () => {
    await write(2);
    rmSync(file);
    await expect(store.open("order-1")).rejects.toMatchObject({ code: "corrupt", damage: { file, offset: 0 } });
    expect(existsSync(file)).toBe(false);
  });

  it("finds an exact prefix of the records at every length of the file", async () => {
    const bytes = await write(12);
    const whole = scanHistory(bytes).events;
    expect(whole).toEqual(history(12));
    for (let length = 0; length <= bytes.length; length++) {
      const scan = scanHistory(bytes.subarray(0, length));
      expect(scan.tail.state, `cut at ${length}`).toBe(scan.end.offset === length ? "clean" : "torn");
      expect(scan.events).toEqual(whole.slice(0, scan.events.length));
    }
  });

  it("opens a cut history, sets the torn tail aside, goes on, and changes nothing the second time", async () => {
    const bytes = await write(6);
    for (const length of [0, 10, bytes.length - 30, bytes.length - 1]) {
      writeFileSync(file, bytes.subarray(0, length));
      const driver = await store.open("order-1");
      const events = [...(await driver.load())];
      expect(events).toEqual(history(6).slice(0, events.length));
      await driver.close();
      const recovered = readFileSync(file);
      const quarantined = readdirSync(path.join(dir, "order-1")).includes("quarantine")
        ? readdirSync(path.join(dir, "order-1", "quarantine")).length
        : 0;
      await (await store.open("order-1")).close();
      expect(readFileSync(file)).toEqual(recovered);
      expect(warnings).toHaveLength(quarantined);
      const again = await store.open("order-1");
      await again.commit(events.length === 0 ? [created()] : [completed(events.length + 1)]);
      await again.close();
      expect(store.read("order-1").events).toEqual(history(events.length + 1));
    }
  });

  it("finds every flipped bit, and takes none for a torn tail", async () => {
    const bytes = await write(5);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = new Uint8Array(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const scan = scanHistory(damaged);
      expect(scan.tail.state, `bit ${bit}`).toBe("corrupt");
      expect(scan.events).toEqual(history(5).slice(0, scan.events.length));
    }
  });

  it("takes zeroed blocks that nobody called durable for a torn tail", async () => {
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    await driver.commit([completed(2, "x".repeat(700))]);
    const { roomFrom: before } = scanHistory(readFileSync(file));
    await driver.commit([completed(3, "y".repeat(3000))]);
    const withRoom = readFileSync(file);
    await driver.close();
    const trimmed = readFileSync(file);
    for (const bytes of [withRoom, trimmed]) {
      for (let block = Math.floor(before / 512); block * 512 < trimmed.length; block++) {
        const lost = Buffer.from(bytes);
        lost.fill(0, Math.max(block * 512, before), Math.min((block + 1) * 512, lost.length));
        expect(scanHistory(lost)).toMatchObject({ tail: { state: "torn", offset: before }, events: { length: 2 } });
      }
    }
  });

  it("keeps room behind the records while it is open, writes into what a killed owner left, and takes it off", async () => {
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const early = readFileSync(file);
    const { roomFrom, tail } = scanHistory(early);
    expect(tail).toEqual({ state: "clean" });
    expect(early.length % 4096).toBe(0);
    expect(early.subarray(roomFrom).every((byte) => byte === 0)).toBe(true);
    await driver.commit([completed(2)]);
    expect(readFileSync(file)).toHaveLength(early.length);
    expect(store.read("order-1")).toMatchObject({
      events: history(2),
      bytes: scanHistory(readFileSync(file)).roomFrom,
    });
    const killed = readFileSync(file);
    await driver.close();
    expect(readFileSync(file)).toEqual(killed.subarray(0, scanHistory(killed).roomFrom));

    writeFileSync(file, killed);
    const next = await store.open("order-1");
    expect([...(await next.load())]).toEqual(history(2));
    expect(readFileSync(file)).toEqual(killed);
    await next.commit([completed(3)]);
    expect(readFileSync(file)).toHaveLength(killed.length);
    await next.close();
    expect(store.read("order-1").events).toEqual(history(3));
    expect(warnings).toEqual([]);
  });

  it("takes a zeroed block that a later record calls durable for corruption", async () => {
    const driver = await store.open("order-1");
    await driver.commit([created()]);
    const { roomFrom: start } = scanHistory(readFileSync(file));
    await driver.commit([completed(2, "y".repeat(3000))]);
    await driver.commit([completed(3)]);
    await driver.close();
    const bytes = readFileSync(file);
    bytes.fill(0, Math.ceil(start / 512) * 512, Math.ceil(start / 512) * 512 + 512);
    expect(scanHistory(bytes).tail).toMatchObject({ state: "corrupt", record: 2, offset: start });
  });

  it("judges damage alike with room behind the records and without", async () => {
    const whole = await write(12);
    const withRoom = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(4096)]);
    const judged = (bytes: Buffer): unknown => {
      const { tail, events } = scanHistory(bytes);
      return { ...tail, reason: undefined, events: events.length };
    };
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      expect(judged(withRoom(flipped)), `byte ${at}`).toEqual(judged(flipped));
    }
    for (let block = 0; block + 512 < whole.length; block += 512) {
      const zeroed = Buffer.from(whole).fill(0, block, block + 512);
      expect(judged(zeroed), `block ${block}`).toMatchObject({ state: "corrupt" });
      expect(judged(withRoom(zeroed)), `block ${block}`).toEqual(judged(zeroed));
    }
  });

  it("refuses a corrupt history with file, offset, record and what is good, and changes no byte", async () => {
    const bytes = await write(5);
    bytes[bytes.length - 200] = (bytes[bytes.length - 200] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const refusal: unknown = await store.open("order-1").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CorruptError);
    expect(refusal).toMatchObject({ code: "corrupt", run: "order-1", damage: { file } });
    expect((refusal as CorruptError).hint).toContain("wf doctor order-1 --repair");
    expect(readFileSync(file)).toEqual(bytes);
    expect(store.read("order-1").tail.state).toBe("corrupt");
  });

  it("refuses records that are lost, doubled, swapped or foreign", async () => {
    const bytes = await write(6);
    const ends = recordEnds(bytes);
    const part = (index: number): Buffer => bytes.subarray(ends[index], ends[index + 1]);
    const all = ends.slice(0, -1).map((_, index) => part(index));
    const head = bytes.subarray(0, ends[0]);
    const other = await openStore({ dir: temporaryFolder() });
    const driver = await other.open("order-1");
    for (const event of history(6)) await driver.commit([event]);
    await driver.close();
    const foreign = readFileSync(other.read("order-1").file);
    const foreignEnds = recordEnds(foreign);
    const variants = [
      all.filter((_, index) => index !== 2),
      all.flatMap((record, index) => (index === 2 ? [record, record] : [record])),
      [all[0], all[2], all[1], ...all.slice(3)],
      [...all.slice(0, 3), foreign.subarray(foreignEnds[3], foreignEnds[4]), ...all.slice(4)],
    ];
    for (const records of variants) {
      const scan = scanHistory(Buffer.concat([head, ...records.flatMap((record) => record ?? [])]));
      expect(scan.tail.state).toBe("corrupt");
      expect(scan.events).toEqual(history(6).slice(0, scan.events.length));
    }
  });

  it("never throws, and allocates nothing by a length that it read", async () => {
    const bytes = await write(4);
    for (const at of [5, 20, 30, 60, bytes.length - 60]) {
      const bomb = Buffer.from(bytes);
      bomb.fill(0xff, at, at + 5);
      expect(["torn", "corrupt"]).toContain(scanHistory(bomb).tail.state);
    }
    expect(scanHistory(Buffer.alloc(5000)).tail.state).toBe("torn");
    expect(scanHistory(Buffer.from("not a history at all")).tail.state).toBe("corrupt");
  });
});

/** Offsets at which records begin, and the end. */
function recordEnds(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let length = 0; length <= bytes.length; length++) {
    const scan = scanHistory(bytes.subarray(0, length));
    if (scan.tail.state === "clean" && scan.end.offset === length && length > 0) offsets.push(length);
  }
  return offsets;
}
