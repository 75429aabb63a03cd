// One life of the tortured run on a simulated machine: a process that opens the run and stays with it, and a sender in
// a process of its own. And the oracle: what must be true whatever happened before.

import { isDeepStrictEqual } from "node:util";
import { runWorkflow } from "dotworkflows";
import { ManualClock } from "../../src/engine/testing/manual-clock.ts";
import { type Disk, foldRunEvents, openStore, type RunDriver, type Store } from "../../src/fs-driver/index.ts";
import { diskErrorCode } from "../../src/fs-driver/disk.ts";
import { runFolder, runPaths } from "../../src/fs-driver/layout.ts";
import { Sender } from "../../src/fs-driver/sending.ts";
import type { EngineDriver } from "../../src/engine/driver.ts";
import { liveEvents } from "../../src/engine/history/live.ts";
import { contentsOf, type DiskState } from "./sim/disk-state.ts";
import { Machine, type MachineOptions } from "./sim/machine.ts";
import { SimProcess } from "./sim/sim-disk.ts";
import { MAIL, type Mail, scenario } from "./scenario.ts";
import type { World } from "./world.ts";
import { bind } from "./wrap-disk.ts";

export const STORE = "/project/.workflows";
export const RUN = "torture";
const START = Date.UTC(2026, 0, 1);
/** Longer than this, in real time, is a hang, ms. */
const HANG = 4_000;
/** So small that the loop's history is rewritten. */
const COMPACT = 2_500;

/** A bug on purpose: between the driver and its disk, or between the engine and its driver. */
export interface Bug {
  readonly disk?: (disk: Disk, now: () => number) => Disk;
  readonly driver?: (driver: RunDriver) => EngineDriver;
}

export interface LifeOptions extends Pick<MachineOptions, "isRecording" | "plan" | "skipsSync" | "withSites"> {
  readonly bug?: Bug;
  /** Another process sends a message just when the new run has become visible, before its maker does anything else. */
  readonly isVisited?: boolean;
  /** When the life begins, ms after the first one's beginning. */
  readonly later?: number;
}

export interface Life {
  readonly machine: Machine;
  readonly clock: ManualClock;
  readonly output?: unknown;
  readonly error?: unknown;
}

/** Opens the run, or begins it, and stays with it until it is over or something goes wrong. */
export async function live(state: DiskState, world: World, options: LifeOptions = {}): Promise<Life> {
  const { bug = {}, later = 0, isVisited = false, ...rest } = options;
  const clock = new ManualClock(START + later);
  const now = (): number => clock.now();
  const machine = new Machine({ state, now, ...rest });
  const owner = new SimProcess(machine);
  world.operations = () => machine.operations.length;
  world.isDead = () => owner.isDead;
  const openAs = (process: SimProcess, disk: Disk = bug.disk?.(process, now) ?? process): Promise<Store> =>
    openStore({
      dir: STORE,
      disk,
      watch: machine.watch,
      compactFrom: COMPACT,
      now,
      onWarning: (text) => setAside(world, text),
    });
  let driver: RunDriver | undefined;
  let isOver = false;
  try {
    const disk = bug.disk?.(owner, now) ?? owner;
    const visited = isVisited ? preempted(disk, () => sendAtOnce(machine, world, now)) : disk;
    driver = await (await openAs(owner, visited)).open(RUN);
    const sender = sendMail(await openAs(new SimProcess(machine)), world, () => isOver || owner.isDead);
    compactNowAndThen(driver, world);
    const mode = { mode: "live", clock } as const;
    const handle = runWorkflow(RUN, scenario(world), { start: 12 }, bug.driver?.(driver) ?? driver, mode);
    const { output } = await untilOver(clock, [handle.result, failureOf(sender)], owner);
    isOver = true;
    await sender;
    await driver.close();
    return { machine, clock, output };
  } catch (error) {
    isOver = true;
    await driver?.close().catch(() => undefined);
    return { machine, clock, error };
  } finally {
    owner.die();
  }
}

/** A disk on which another process gets its turn just when the run has become visible. */
function preempted(disk: Disk, visit: () => void): Disk {
  const rename: Disk["rename"] = (from, to) => {
    disk.rename(from, to);
    if (to === `${STORE}/${RUN}`) visit();
  };
  return { ...bind(disk), rename };
}

/** Sends the first message, and is told so at once. Where the disk refuses, it is sent later. */
function sendAtOnce(machine: Machine, world: World, now: () => number): void {
  const [mail] = MAIL;
  const key = mailKey(mail, 0);
  if (world.knows(key)) return;
  const disk = new SimProcess(machine);
  const paths = runPaths(runFolder(STORE, RUN));
  try {
    const { id } = new Sender({ disk, fold: foldRunEvents, now }).send(paths, RUN, mail, {});
    world.sent(id, key);
  } catch (error) {
    if (diskErrorCode((error as Error).cause ?? error) === undefined) throw error;
  }
}

/** A person was told where something went: there it must be. */
function setAside(world: World, text: string): void {
  const [, file] = /moved to (\S+)$/.exec(text) ?? [];
  if (file !== undefined) world.acknowledged(`aside ${file}`, true);
}

/** As the engine does it, but after fewer events: when most of the loop is dead weight, with rounds still to come. */
function compactNowAndThen(driver: RunDriver, world: World): void {
  world.onRound = (round) => {
    if (round === 6) void driver.compact(liveEvents).catch(() => undefined);
  };
}

function failureOf(sender: Promise<void>): Promise<never> {
  return new Promise((_resolve, reject) => {
    sender.catch(reject);
  });
}

/** A sender comes so many turns of the event loop after the owner: what that one does alone must hold, too. */
const SENDER_TICKS = 3;

/** Sends what is not yet acknowledged, once the run is there. */
async function sendMail(store: Store, world: World, isOver: () => boolean): Promise<void> {
  for (let turn = 0; turn < SENDER_TICKS; turn++) await tick();
  for (const [index, mail] of MAIL.entries()) {
    const { id, name, body } = mail;
    const key = mailKey(mail, index);
    while (!isOver() && !store.has(RUN)) await tick();
    if (isOver()) return;
    if (world.knows(key)) continue;
    const sent = await store.send(RUN, name, body, id === undefined ? {} : { id });
    world.sent(sent.id, key);
    await tick();
  }
}

function mailKey({ id, name }: Mail, index: number): string {
  return `${name} ${id ?? `#${index}`}`;
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function untilOver<T>(clock: ManualClock, promises: readonly Promise<T>[], owner: SimProcess): Promise<T> {
  const begun = performance.now();
  let isSettled = false;
  const hung = new Promise<never>((_resolve, reject) => {
    const look = (): void => {
      if (isSettled) return;
      if (owner.isDead) reject(new Error("the process is dead"));
      else if (performance.now() - begun > HANG) reject(new Error("the run hangs"));
      else setImmediate(look);
    };
    look();
  });
  try {
    return await clock.advanceUntil(Promise.race([...promises, hung]));
  } finally {
    isSettled = true;
  }
}

/** What is wrong with a life that nothing disturbed: it must complete, as an uncrashed run does. */
export async function judge(
  state: DiskState,
  world: World,
  expected: unknown,
  options: LifeOptions = {},
): Promise<string[]> {
  const life = await live(state, world, options);
  const wrong = [...world.violations];
  if (life.error !== undefined) wrong.push(`the run does not complete: ${textOf(life.error)}`);
  else if (!isDeepStrictEqual(life.output, expected)) wrong.push("the run completes with another result");
  if (wrong.length > 0) return wrong;
  return judgeDisk(life.machine.state, world, options.bug);
}

/** What is wrong with a disk on which the run is over. */
async function judgeDisk(state: DiskState, world: World, bug: Bug = {}): Promise<string[]> {
  const wrong: string[] = [];
  const later = START + 86_400_000;
  const machine = new Machine({ state, now: () => later });
  const process = new SimProcess(machine);
  const store = await openStore({
    dir: STORE,
    disk: bug.disk?.(process, () => later) ?? process,
    now: () => later,
    watch: machine.watch,
  });
  const { tail } = store.read(RUN);
  if (tail.state !== "clean") wrong.push(`the history of the finished run is ${tail.state}`);
  if (world.knows("answered ask/1") && (await store.response(RUN, "ask/1", AbortSignal.abort())) === undefined)
    wrong.push("the response is lost");
  // Whoever makes the next run clears away what crashes left in the store's own folder.
  await (await store.open("next")).close();
  await (await store.open(RUN)).close();
  const once = contentsOf(machine.state);
  await (await store.open(RUN)).close();
  const twice = contentsOf(machine.state);
  for (const path of new Set([...once.keys(), ...twice.keys()])) {
    if (!isInLayout(path)) wrong.push(`a file outside the layout: ${path}`);
    if (path.endsWith("/owner.cbor")) continue;
    if (!isDeepStrictEqual(once.get(path), twice.get(path))) wrong.push(`a second recovery changes ${path}`);
  }
  for (const file of world.setAside())
    if ((twice.get(`${STORE}/${RUN}/${file}`)?.length ?? 0) === 0) wrong.push(`what was set aside is lost: ${file}`);
  const ignore = once.get(`${STORE}/.gitignore`);
  if (ignore === undefined || !Buffer.from(ignore).toString().endsWith("\n*\n"))
    wrong.push(".gitignore does not keep the store out of git");
  const waiting = [...once.keys()].filter((path) => /\/inbox\/.+/.test(path));
  if (waiting.length > 0) wrong.push(`received messages are still there: ${waiting.join(", ")}`);
  return wrong;
}

/** What may be there when nothing is going on. */
const LAYOUT =
  /^\/project\/(\.workflows\/(\.gitignore|torture\/((history|owner|summary)\.cbor|(inbox|outbox|quarantine)\/([^./][^/]*)?)?)?)?$/;

function isInLayout(path: string): boolean {
  return LAYOUT.test(path);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name} ${error.message}` : String(error);
}
