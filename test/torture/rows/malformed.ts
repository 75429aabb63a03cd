// R10: histories, messages and imports that nobody wrote so: random bytes, mutations, structure-aware ones with the
// checksums mended, and bombs of a length. Each gives a clear answer, quickly and in little memory.

import { encodeValue } from "../../../src/fs-driver/codec.ts";
import { frameRecord, wrapItem } from "../../../src/fs-driver/frame.ts";
import { HISTORY_KIND, scanHistory } from "../../../src/fs-driver/scan.ts";
import { openStore } from "../../../src/fs-driver/index.ts";
import { readRunFile, writeRunFile } from "../../../src/cli/run-file.ts";
import { history } from "../../fs-driver/support/events.ts";
import { live, RUN, STORE } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { contentsOf, emptyDisk } from "../sim/disk-state.ts";
import { Machine } from "../sim/machine.ts";
import { type Random, randomFrom } from "../sim/random.ts";
import { SimProcess } from "../sim/sim-disk.ts";
import { World } from "../world.ts";

const FULL = 10_000;
const SHORT = 300;
/** Longer than this is a hang, ms. */
const HANG = 2_000;
const MEMORY = 300 * 1024 * 1024;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const life = await live(emptyDisk(), new World());
  const good = contentsOf(life.machine.state).get(`${STORE}/${RUN}/history.cbor`) ?? new Uint8Array();
  const events = scanHistory(good).events;
  const exports = [
    writeRunFile({ run: RUN, events, messages: [], responses: [] }, "cbor"),
    writeRunFile({ run: RUN, events, messages: [], responses: [] }, "json"),
  ] as const;
  let slowest = 0;
  let most = 0;
  const before = process.memoryUsage().rss;
  for (let number = 0; number < (options.isFull ? FULL : SHORT); number++) {
    const random = randomFrom(options.seed, number);
    const begun = performance.now();
    await tally.check(`malformed-${number}`, () => {
      switch (number % 4) {
        case 0:
          return badHistory(random.chance(0.2) ? mended(random) : mutated(good, random));
        case 1:
          return badMessage(random);
        default:
          return badImport(mutated(exports[number % 2] ?? good, random));
      }
    });
    slowest = Math.max(slowest, performance.now() - begun);
    if (number % 50 === 0) most = Math.max(most, process.memoryUsage().rss - before);
  }
  if (slowest > HANG) tally.note("slowest", [`one took ${Math.round(slowest)} ms`]);
  if (most > MEMORY) tally.note("memory", [`${Math.round(most / 1024 / 1024)} MB were used`]);
  return {
    figure: `${count(tally.cases)} inputs, slowest ${Math.round(slowest)} ms, at most ${Math.round(most / 1024 / 1024)} MB more`,
    violations: tally.violations,
  };
}

/** Bytes that were right, and are not any more. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(copy.length);
    switch (random.below(5)) {
      case 0:
        copy[at] = random.below(256);
        break;
      case 1:
        copy.fill(0, at, at + random.below(700));
        break;
      case 2:
        copy.copyWithin(at, random.below(copy.length), random.below(copy.length));
        break;
      case 3:
        // A length field of the largest kind.
        copy.set([0x9b, 0xff, 0xff, 0xff, 0xff, 0xff].slice(0, copy.length - at), at);
        break;
      default:
        return copy.subarray(0, at);
    }
  }
  return copy;
}

/** A history whose every checksum is right, but not what it says. */
function mended(random: Random): Uint8Array {
  const salt = random.below(2 ** 32);
  const header = wrapItem(HISTORY_KIND, salt, encodeValue({ run: RUN, workflow: "w", created: 1 }));
  const payload = oddItem(random);
  const record = frameRecord({ salt, previousCrc: header.crc, seq: 1, synced: 0 }, [payload]);
  return Buffer.concat([header.bytes, record.bytes]);
}

function oddItem(random: Random): Uint8Array {
  const bombs = [
    [0x9b, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff],
    [0xbb, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff],
    [0x5b, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff],
    [0x7b, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff],
    [0xd9, 0xb8, 0x0f, 0x82, 0x66, 0x62, 0x69, 0x67, 0x69, 0x6e, 0x74, 0x61, 0x7a],
    Array.from({ length: 5_000 }, () => 0x81),
    Array.from({ length: 5_000 }, () => 0xc1),
  ];
  if (random.chance(0.6)) return Uint8Array.from(random.pick(bombs));
  const [first, second] = history(2);
  return encodeValue(
    random.pick<unknown>([{ ...second, seq: -1 }, { ...first, seq: "1" }, [first], null, { type: 1 }]),
  );
}

function badHistory(bytes: Uint8Array): string[] {
  const { tail, events } = scanHistory(bytes);
  const isKnown = ["clean", "torn", "corrupt"].includes(tail.state) && Array.isArray(events);
  return isKnown ? [] : ["no verdict"];
}

/** A file in the inbox that no sender wrote: set aside, and the others are received. */
async function badMessage(random: Random): Promise<string[]> {
  const machine = new Machine({ state: emptyDisk(), now: () => 1 });
  const process = new SimProcess(machine);
  const store = await openStore({ dir: STORE, disk: process, watch: machine.watch, now: () => 1 });
  const driver = await store.open("r");
  await driver.commit(history(1));
  await store.send("r", "good", 1, { id: "good" });
  const whole = contentsOf(machine.state).get(`${STORE}/r/inbox/good.cbor`) ?? new Uint8Array();
  const bytes = random.chance(0.3) ? wrapItem("wf-message", 0, oddItem(random)).bytes : mutated(whole, random);
  const file = process.open(`${STORE}/r/inbox/bad.cbor`, "new");
  file.write(bytes, 0);
  file.close();
  const found = await driver.inbox.peek(["good"], 9);
  await driver.close();
  return found.some(({ id }) => id === "good") ? [] : ["the good message is not received beside a bad one"];
}

function badImport(bytes: Uint8Array): string[] {
  try {
    readRunFile(bytes, "file");
    return []; // Some mutations change a value only, which JSON has no checksum to tell.
  } catch (error) {
    const { name, message } = error as Error;
    const isClear = name === "CliError" || (error as { facts?: unknown }).facts !== undefined;
    if (!isClear) return [`no clear error: ${name} ${message}`];
    return message.includes("\n") ? ["an error of several lines"] : [];
  }
}

export const malformed: Row = { id: "R10", title: "malformed histories, messages and imports", run };
