// A disk so slow that commits do not wait for its syncs in place: commits that come while a sync is in flight, syncs that
// fail, and the power that goes meanwhile. On the simulated machine of the torture suite.

import { describe, expect, it } from "vitest";
import { openStore, type RunDriver } from "../../src/fs-driver/index.ts";
import { type DiskState, emptyDisk } from "../torture/sim/disk-state.ts";
import { Machine, type MachineOptions } from "../torture/sim/machine.ts";
import { losePower } from "../torture/sim/power-loss.ts";
import { randomFrom } from "../torture/sim/random.ts";
import { SimProcess } from "../torture/sim/sim-disk.ts";
import { slowDisk } from "../torture/wrap-disk.ts";
import { completed, created, history } from "./support/events.ts";

const DIR = "/project/.workflows";
const now = (): number => 1;

interface Slow {
  readonly machine: Machine;
  readonly driver: RunDriver;
  /** Called when a sync is in flight; awaited before it is reported done. */
  onSync: () => Promise<void> | void;
}

/** A run with its first event, whose next commits are synced by the way. */
async function slowRun(options: Partial<MachineOptions> = {}): Promise<Slow> {
  const machine = new Machine({ state: emptyDisk(), now, ...options });
  const slow: { onSync: Slow["onSync"] } = { onSync: () => undefined };
  const disk = slowDisk(new SimProcess(machine), () => slow.onSync());
  const driver = await (await openStore({ dir: DIR, disk, watch: machine.watch, now })).open("r");
  await driver.commit([created()]);
  return Object.assign(slow, { machine, driver });
}

/** The last event's number after the power is back. @throws when the history is not a valid prefix */
async function lastAfter(state: DiskState): Promise<number> {
  const machine = new Machine({ state, now });
  const store = await openStore({ dir: DIR, disk: new SimProcess(machine), watch: machine.watch, now });
  const driver = await store.open("r");
  const events = [...(await driver.load())];
  await driver.close();
  expect(events).toEqual(history(events.length));
  return events.length;
}

function held(): { promise: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release: () => release() };
}

describe("a slow disk", () => {
  it("makes commits that come during a sync wait for the next one, together and in order", async () => {
    const slow = await slowRun();
    const { driver, machine } = slow;
    const done: number[] = [];
    const commit = async (seq: number): Promise<void> => {
      await driver.commit([completed(seq)]);
      done.push(seq);
    };
    const syncs = [held(), held()];
    const doneAtSync: number[][] = [];
    const later: Promise<void>[] = [];
    slow.onSync = () => {
      doneAtSync.push([...done]);
      if (doneAtSync.length === 1) {
        driver.append([completed(3)]);
        later.push(commit(4), commit(5));
      }
      return syncs[doneAtSync.length - 1]?.promise;
    };
    const first = commit(2);
    const before = machine.operations.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toEqual([]);
    syncs[0]?.release();
    await first;
    expect(done).toEqual([2]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toEqual([2]);
    syncs[1]?.release();
    await Promise.all(later);
    expect(done).toEqual([2, 4, 5]);
    expect(doneAtSync).toEqual([[], [2]]);
    expect(machine.operations.slice(before).filter(({ kind }) => kind === "sync")).toHaveLength(2);
    slow.onSync = () => undefined;
    await driver.close();
    expect(await lastAfter(machine.state)).toBe(5);
  });

  it("loses nothing acknowledged when the power goes while a sync is in flight", async () => {
    const slow = await slowRun();
    const { driver, machine } = slow;
    const moments: { state: DiskState; acknowledged: number }[] = [];
    let acknowledged = 1;
    let seq = 1;
    const note = (): void => void moments.push({ state: machine.state, acknowledged });
    slow.onSync = () => {
      note();
      driver.append([completed(++seq, "a".repeat(700))]);
      note();
    };
    for (let number = 0; number < 6; number++) {
      const mine = ++seq;
      await driver.commit([completed(mine)]);
      acknowledged = mine;
      note();
    }
    expect(moments.length).toBeGreaterThan(16);
    for (const [number, { state, acknowledged: least }] of moments.entries()) {
      for (let cut = 0; cut < 40; cut++) {
        const machineAfter = new Machine({ state: losePower(state, randomFrom(number, cut)), now });
        const store = await openStore({ dir: DIR, disk: new SimProcess(machineAfter), watch: machine.watch, now });
        const again = await store.open("r");
        const last = [...(await again.load())].at(-1)?.seq ?? 0;
        await again.close();
        expect(last, `moment ${number}, cut ${cut}`).toBeGreaterThanOrEqual(least);
      }
    }
    slow.onSync = () => undefined;
    await driver.close();
  });

  it("tells every commit that waits when a sync fails in flight, and leaves the file alone for good", async () => {
    let isFailing = false;
    const plan = {
      faultAt: (operations: readonly { kind: string }[]) =>
        isFailing && operations.at(-1)?.kind === "sync" ? ("EIO" as const) : undefined,
    };
    const slow = await slowRun({ plan });
    const { driver, machine } = slow;
    isFailing = true;
    const later: Promise<void>[] = [];
    let doneWhenFailing = 0;
    slow.onSync = () => {
      later.push(driver.commit([completed(3)]), driver.commit([completed(4)]));
      doneWhenFailing = machine.operations.length;
    };
    const first = driver.commit([completed(2)]);
    await expect(first).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    expect(later).toHaveLength(2);
    for (const commit of later) await expect(commit).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    isFailing = false;
    await expect(driver.commit([completed(5)])).rejects.toMatchObject({ code: "disk", reason: "EIO" });
    expect(() => driver.append([completed(6)])).toThrow(/the disk said no/);
    await driver.close();
    const after = machine.operations.slice(doneWhenFailing).filter(({ path }) => path.endsWith("history.cbor"));
    expect(after.map(({ kind }) => kind)).toEqual(["sync"]); // the one that failed
    for (let cut = 0; cut < 40; cut++) {
      const last = await lastAfter(losePower(machine.state, randomFrom(cut)));
      expect([1, 2]).toContain(last);
    }
  });

  it("closes only when the sync that is in flight is done, and what was committed is there", async () => {
    const slow = await slowRun();
    const { driver, machine } = slow;
    const sync = held();
    let closing: Promise<void> | undefined;
    let isClosed = false;
    slow.onSync = () => {
      closing ??= driver.close().then(() => void (isClosed = true));
      return sync.promise;
    };
    const commit = driver.commit([completed(2)]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isClosed).toBe(false);
    sync.release();
    await commit;
    await closing;
    expect(await lastAfter(losePower(machine.state, randomFrom(1)))).toBe(2);
  });
});
