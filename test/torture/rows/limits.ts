// R9 and R13: clocks that jump while a run sleeps, and sizes: a value of 100 MB, 100,000 events, 10,000 messages.

import { runWorkflow, type WorkflowContext } from "dotworkflows";
import { openStore, type Store } from "../../../src/fs-driver/index.ts";
import { ManualClock } from "../../../src/engine/testing/manual-clock.ts";
import { completed, created } from "../../fs-driver/support/events.ts";
import { STORE } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { emptyDisk } from "../sim/disk-state.ts";
import { Machine } from "../sim/machine.ts";
import { SimProcess } from "../sim/sim-disk.ts";

const HOUR = 3_600_000;
const NAP = 2 * HOUR;

function storeOn(machine: Machine, now: () => number): Promise<Store> {
  return openStore({ dir: STORE, disk: new SimProcess(machine), watch: machine.watch, now, compactFrom: 1e9 });
}

async function jump(to: (now: number) => number, mode: "live" | "yield"): Promise<string[]> {
  const clock = new ManualClock();
  const now = (): number => clock.now();
  const begun = now();
  const machine = new Machine({ state: emptyDisk(), now });
  let ended = 0;
  const napper = async (ctx: WorkflowContext): Promise<number> => {
    await ctx.sleep("nap", NAP);
    return ctx.step("after", () => ++ended);
  };
  const life = async (): Promise<string> => {
    const driver = await (await storeOn(machine, now)).open("r");
    const handle = runWorkflow("r", napper, undefined, driver, { mode, clock });
    if (mode === "live") {
      await clock.advance(HOUR);
      clock.set(to(clock.now()));
    }
    // A while with the wrong time; then somebody sets it right.
    await clock.advance(10 * 60_000);
    if (clock.now() < begun) clock.set(begun + NAP);
    const { state } = await clock.advanceUntil(handle.result);
    await driver.close();
    return state;
  };
  for (let lives = 0; lives < 6; lives++) {
    if ((await life()) === "completed") break;
    clock.set(lives === 0 ? to(clock.now() + HOUR) : Math.max(clock.now(), begun) + NAP);
  }
  const { events } = (await storeOn(machine, now)).read("r");
  const wrong: string[] = [];
  const ends = events.filter(({ type }) => type === "sleep.ended").length;
  if (ends !== 1 || ended !== 1) wrong.push(`the sleep ended ${ends} times, and the step after it ran ${ended} times`);
  if (events.some(({ at }, index) => at < (events[index - 1]?.at ?? 0))) wrong.push("times go back");
  return wrong;
}

async function jumps(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const moves: [string, (now: number) => number][] = [
    ["an hour back", (now) => now - HOUR],
    ["a day forward", (now) => now + 24 * HOUR],
    ["to 1970", () => 0],
    ["nowhere", (now) => now],
  ];
  for (const mode of ["live", "yield"] as const)
    for (const [name, move] of moves) await tally.check(`${mode}, ${name}`, () => jump(move, mode));
  return { figure: `${tally.cases} jumps of the clock in a sleep`, violations: tally.violations };
}

async function large(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const size = options.isFull ? 100 * 1024 * 1024 : 5 * 1024 * 1024;
  const events = options.isFull ? 100_000 : 5_000;
  const messages = options.isFull ? 10_000 : 500;
  const now = (): number => 1;
  const machine = (): Machine => new Machine({ state: emptyDisk(), now });
  await tally.check("a large value", async () => {
    const disk = machine();
    const driver = await (await storeOn(disk, now)).open("r");
    await driver.commit([created()]);
    await driver.commit([completed(2, "x".repeat(size))]);
    await driver.close();
    const [, event] = (await storeOn(disk, now)).read("r").events as { output?: string }[];
    return event?.output?.length === size ? [] : ["it does not come back"];
  });
  await tally.check("many events", async () => {
    const disk = machine();
    const driver = await (await storeOn(disk, now)).open("r");
    await driver.commit([created(), ...Array.from({ length: events }, (_, index) => completed(index + 2))]);
    await driver.close();
    const again = await (await storeOn(disk, now)).open("r");
    const { length } = [...(await again.load())];
    await again.close();
    return length === events + 1 ? [] : [`${length} events come back`];
  });
  await tally.check("many messages", async () => {
    const disk = machine();
    const store = await storeOn(disk, now);
    const driver = await store.open("r");
    await driver.commit([created()]);
    for (let number = 0; number < messages; number++) await store.send("r", "m", number);
    const got = (await driver.inbox.peek(["m"], messages + 1)).map(({ body }) => body);
    await driver.close();
    return got.length === messages && got.every((body, index) => body === index) ? [] : [`${got.length} are received`];
  });
  await tally.check("too large a value", async () => {
    const store = await storeOn(machine(), now);
    const driver = await store.open("r");
    await driver.commit([created()]);
    const part = "y".repeat(90 * 1024 * 1024);
    const answer = await store.send("r", "m", [part, part, part]).catch((error: unknown) => error);
    await driver.close();
    return (answer as { code?: unknown }).code === "value_not_storable" ? [] : ["270 MB are not refused"];
  });
  const figure = `${size / 1024 / 1024} MB in one value, ${count(events)} events, ${count(messages)} messages`;
  return { figure, violations: tally.violations };
}

export const clocks: Row = { id: "R9", title: "clocks that jump", run: jumps };
export const sizes: Row = { id: "R13", title: "large values, many events, many messages", run: large };
