// R3 and R4: the history of the tortured run, cut at every byte, and with every bit flipped, one at a time.

import { isDeepStrictEqual } from "node:util";
import { scanHistory } from "../../../src/fs-driver/scan.ts";
import { live, RUN, STORE } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { contentsOf, emptyDisk, SECTOR } from "../sim/disk-state.ts";
import { World } from "../world.ts";

/** Histories of the tortured run: before its loop, before it is compacted, and at its end. */
async function histories(): Promise<Uint8Array[]> {
  const life = await live(emptyDisk(), new World(), { isRecording: true });
  const found = new Map<string, Uint8Array>();
  const { snapshots, state } = life.machine;
  for (const part of [0.35, 0.6]) {
    const snapshot = snapshots[Math.floor(part * snapshots.length)];
    const bytes = snapshot && contentsOf(snapshot).get(`${STORE}/${RUN}/history.cbor`);
    if (bytes !== undefined) found.set(`at ${part}`, bytes);
  }
  const last = contentsOf(state).get(`${STORE}/${RUN}/history.cbor`);
  if (last !== undefined) found.set("at the end", last);
  return [...found.values()];
}

async function cut(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  for (const [index, bytes] of (await histories()).entries()) {
    const whole = scanHistory(bytes).events;
    for (let length = 0; length < bytes.length; length += options.isFull ? 1 : 7) {
      await tally.check(`cut-${index}-${length}`, () => {
        const { events, end, tail } = scanHistory(bytes.subarray(0, length));
        const isRoom = bytes.subarray(end.offset, length).every((byte) => byte === 0);
        const state = isRoom ? "clean" : "torn";
        if (tail.state !== state) return [`cut at ${length} it is ${tail.state}, not ${state}`];
        return isDeepStrictEqual(events, whole.slice(0, events.length)) ? [] : [`cut at ${length}: no prefix`];
      });
    }
  }
  return { figure: `${count(tally.cases)} lengths`, violations: tally.violations };
}

async function flip(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  for (const [index, bytes] of (await histories()).slice(0, options.isFull ? 2 : 1).entries()) {
    const { events: whole, roomFrom } = scanHistory(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit += options.isFull && bit < roomFrom * 8 ? 1 : 29) {
      await tally.check(`flip-${index}-${bit}`, () => {
        const damaged = new Uint8Array(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { events, end, tail } = scanHistory(damaged);
        if (tail.state === "clean") return [`bit ${bit} is not found`];
        if (bit >= roomFrom * 8) return events.length === whole.length ? [] : [`bit ${bit}, in the room, loses events`];
        if (tail.state === "torn" && !holdsZeroBlock(damaged, end.offset))
          return [`bit ${bit} is taken for a torn tail`];
        return isDeepStrictEqual(events, whole.slice(0, events.length)) ? [] : [`bit ${bit}: no prefix`];
      });
    }
  }
  return { figure: `${count(tally.cases)} bits`, violations: tally.violations };
}

/** What a power cut leaves, too: no judgement can tell the two apart. */
function holdsZeroBlock(bytes: Uint8Array, from: number): boolean {
  for (let at = Math.floor(from / SECTOR) * SECTOR; at < bytes.length; at += SECTOR) {
    if (bytes.subarray(Math.max(at, from), at + SECTOR).every((byte) => byte === 0)) return true;
  }
  return false;
}

export const cuts: Row = { id: "R3", title: "the history cut at every byte", run: cut };
export const flips: Row = { id: "R4", title: "every bit of the history flipped", run: flip };
