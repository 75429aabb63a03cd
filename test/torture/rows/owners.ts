// R8, the part that needs no processes: an owner that stands still for an hour is still the owner, and one whose history
// was replaced or written to by another stops at once. The part with real processes is `real/owners.ts`.

import { openStore, type Store } from "../../../src/fs-driver/index.ts";
import { completed, created } from "../../fs-driver/support/events.ts";
import { STORE } from "../life.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { emptyDisk } from "../sim/disk-state.ts";
import { Machine } from "../sim/machine.ts";
import { SimProcess } from "../sim/sim-disk.ts";

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const rounds = options.isFull ? 100 : 10;
  for (let round = 0; round < rounds; round++) {
    await tally.check(`stopped-${round}`, () => stopped(options, round));
    await tally.check(`replaced-${round}`, () => replaced(options));
  }
  return { figure: `${rounds} rounds in memory`, violations: tally.violations };
}

/** Two processes of one machine, with a clock that is moved by hand. */
function machineOf({ bug }: RowOptions): { machine: Machine; open: () => Promise<Store>; wait: (ms: number) => void } {
  let now = 1_000_000;
  const machine = new Machine({ state: emptyDisk(), now: () => now });
  const open = (): Promise<Store> => {
    const process = new SimProcess(machine);
    const disk = bug?.disk?.(process, () => now) ?? process;
    return openStore({ dir: STORE, disk, watch: machine.watch, now: () => now });
  };
  return { machine, open, wait: (ms) => (now += ms) };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "nothing",
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

async function stopped(options: RowOptions, round: number): Promise<string[]> {
  const { open, wait } = machineOf(options);
  const owner = await (await open()).open("r");
  await owner.commit([created()]);
  wait(3_600_000 * (round % 3));
  const said = await codeOf((await open()).open("r"));
  await owner.commit([completed(2)]);
  await owner.close();
  return said === "owned" ? [] : [`the second process was told ${String(said)} while the first one owns the run`];
}

async function replaced(options: RowOptions): Promise<string[]> {
  const { machine, open } = machineOf(options);
  const owner = await (await open()).open("r");
  await owner.commit([created()]);
  const intruder = new SimProcess(machine);
  const history = `${STORE}/r/history.cbor`;
  intruder.rename(history, `${STORE}/r/elsewhere`);
  intruder.open(history, "new").close();
  const said = await codeOf(owner.commit([completed(2)]));
  const again = await codeOf(owner.commit([completed(3)]));
  await owner.close().catch(() => undefined);
  const { size } = intruder.facts(history) ?? { size: -1 };
  const wrong = size === 0 ? [] : ["the file that replaced the history was written to"];
  return said === "owned" && again === "owned" ? wrong : [`the owner was told ${String(said)}, then ${String(again)}`];
}

export const owners: Row = { id: "R8", title: "one owner: stopped, replaced", run };
