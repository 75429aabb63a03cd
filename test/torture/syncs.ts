// Which syncs are needed: each place that syncs is silenced in turn, and power cuts must then do harm. A sync that can be
// left out is either a waste of time or a gap in the oracle.

import { judge, live, type Life } from "./life.ts";
import type { RowOptions } from "./row.ts";
import { type DiskState, emptyDisk } from "./sim/disk-state.ts";
import type { Operation } from "./sim/machine.ts";
import { losePower } from "./sim/power-loss.ts";
import { type Random, randomFrom } from "./sim/random.ts";
import { World } from "./world.ts";

const AN_HOUR = 3_600_000;
/** So many power cuts are tried before a sync counts as idle. */
const TRIES = 5_000;
/** Power cuts in one life. */
const CUTS = 25;
/** Moments of the first life after which a second one shows its syncs. */
const SECOND_LIVES = 40;

/** Where a sync is, in words: what it is about, and the functions that ask for it. */
function siteOf({ kind, path, site = "" }: Operation): string {
  const what = path
    .replace("/project/.workflows", "store")
    .replace("/.new-torture", "/new run")
    .replace("/torture", "/run")
    .replace(/\.[\w-]+\.tmp$/, "*.tmp");
  const isNamed =
    /^(recover|putMessage|putResponse|quarantine|prepareStore|makeFolders|putInPlace|replace|writeChecked|placeFor|NewHome|Sender|JournalFile.sync)/;
  const who = site.split(" < ").find((name) => isNamed.test(name));
  // Which of the two it is depends on how quick the disk was.
  return `${kind} ${what}${who === undefined ? "" : ` in ${who.replace("syncLater", "sync")}`}`;
}

/** For every place that syncs, or only this one: whether leaving it out is found out. */
export async function syncsThatAreNeeded(
  options: RowOptions,
  only?: string,
): Promise<{ needed: number; idle: string[] }> {
  const found = await allSites();
  const wanted = only ?? (options.isFull ? undefined : "syncFolder store in NewHome.publish");
  const chosen = [...found].filter((site) => wanted === undefined || site === wanted);
  if (chosen.length === 0) return { needed: 0, idle: ["was not found where it should be"] };
  const idle: string[] = [];
  for (const site of chosen) {
    if (!(await isNeeded(site, options.seed))) idle.push(site);
    if (process.env["WF_TORTURE_VERBOSE"] === "1")
      console.log(`     ${idle.includes(site) ? "idle" : "needed"}: ${site}`);
  }
  return { needed: chosen.length - idle.length, idle };
}

async function allSites(): Promise<Set<string>> {
  const world = new World();
  const first = await live(emptyDisk(), world, { isRecording: true, withSites: true });
  const found = new Set<string>();
  const note = ({ machine }: Life): void => {
    for (const operation of machine.operations) if (operation.kind.startsWith("sync")) found.add(siteOf(operation));
  };
  note(first);
  for (let number = 0; number < SECOND_LIVES; number++) {
    const { state, at } = momentOf(first, number / SECOND_LIVES, number);
    note(await live(state, world.at(at), { later: AN_HOUR, withSites: true }));
  }
  return found;
}

/** The disk at a moment of a life: between two operations, or in the middle of a write. */
function momentOf({ machine }: Life, part: number, number: number): { state: DiskState; at: number } {
  const at = Math.floor(part * machine.snapshots.length);
  const between = { state: machine.snapshots[at] ?? emptyDisk(), at };
  return number % 2 === 0 ? between : (machine.torn[Math.floor(part * machine.torn.length)] ?? between);
}

/** The moment before a sync of names, of each place in turn: a process that dies there leaves them to the next one. */
function beforeSync({ machine }: Life, turn: number): { state: DiskState; at: number } {
  const moments = new Map<string, number>();
  for (const [at, operation] of machine.operations.entries())
    if (operation.kind === "syncFolder") moments.set(siteOf(operation), at);
  const at = [...moments.values()][turn % moments.size] ?? 0;
  return { state: machine.snapshots[at] ?? emptyDisk(), at };
}

/** When the first of two lives ends. */
function endOfFirstLife(first: Life, number: number, random: Random): { state: DiskState; at: number } {
  if (number % 4 === 3) return beforeSync(first, number >> 2);
  if (number % 8 === 5) return beforeCommit(first, random);
  return momentOf(first, random.below(1000) / 1000, 1);
}

/** The moment between the write of a record and its sync, of any commit: the next process reads what is not durable. */
function beforeCommit({ machine }: Life, random: Random): { state: DiskState; at: number } {
  const isSync = ({ kind, path }: Operation): boolean => kind === "sync" && path.endsWith("history.cbor");
  const at = random.pick(machine.operations.flatMap((operation, index) => (isSync(operation) ? [index] : [])));
  return { state: machine.snapshots[at] ?? emptyDisk(), at };
}

async function isNeeded(site: string, seed: number): Promise<boolean> {
  const silenced = {
    isRecording: true,
    withSites: true,
    skipsSync: (operation: Operation) => siteOf(operation) === site,
  };
  const lives = [];
  for (const isVisited of [false, true]) {
    const world = new World();
    lives.push({ world, first: await live(emptyDisk(), world, { ...silenced, isVisited }) });
  }
  // What recovery syncs is needed when a second process goes on from a record that is not durable.
  const isOfRecovery = site.endsWith("in recover");
  for (let turn = 0; turn * CUTS < TRIES; turn++) {
    const number = isOfRecovery && turn % 2 === 0 ? turn * 4 + 5 : turn;
    const random = randomFrom(seed, turn, 77);
    const chosen = lives[number % 4 === 2 ? 1 : 0];
    if (chosen === undefined) break;
    const { world, first } = chosen;
    let life = first;
    let known = world;
    if (number % 2 === 1) {
      const { state, at } = endOfFirstLife(first, number, random);
      known = world.at(at);
      life = await live(state, known, { ...silenced, later: AN_HOUR });
    }
    const { snapshots } = life.machine;
    // Of a second life it is the beginning that counts: what it takes for granted.
    const recovery = number % 8 === 5 ? 12 : number % 4 === 1 ? 40 : Infinity;
    for (let cut = 0; cut < CUTS; cut++) {
      const at = random.below(Math.min(recovery, snapshots.length));
      const state = snapshots[at];
      if (state === undefined) continue;
      const wrong = await judge(losePower(state, random), known.at(at), first.output, { later: 2 * AN_HOUR });
      if (wrong.length > 0) return true;
    }
  }
  return false;
}
