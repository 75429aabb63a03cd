// R5: the power goes at any operation. Unsynced writes are lost, kept in part or mixed by sectors, unsynced names lost
// or kept; also while a killed run recovers, and on a disk so slow that syncs overlap. And the proof that every sync is
// needed: with any one of them left out, some power cut does harm.

import { type Bug, judge, live, type Life, type LifeOptions } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { type DiskState, emptyDisk } from "../sim/disk-state.ts";
import { losePower } from "../sim/power-loss.ts";
import { randomFrom } from "../sim/random.ts";
import { syncsThatAreNeeded } from "../syncs.ts";
import { World } from "../world.ts";
import { slowDisk } from "../wrap-disk.ts";

const AN_HOUR = 3_600_000;
const FULL = 20_000;
const SHORT = 150;
/** What the case of a sync that was left out is called, before the place of the sync. */
const SYNC = "sync: ";

async function run(options: RowOptions): Promise<RowResult> {
  const { isFull, bug } = options;
  const tally = new Tally(options);
  if (options.only?.startsWith(SYNC) === true) return syncs(options, tally);
  const given = bug === undefined ? {} : { bug };
  const world = new World();
  const first = await live(emptyDisk(), world, { isRecording: true, ...given });
  const wanted = isFull ? FULL : SHORT;
  const expected = first.output;
  const part = (of: number): Campaign => ({ wanted: Math.ceil(wanted * of), options, tally, expected });
  await cutPower("power", first.machine.snapshots, world, part(0.75));
  await whileBeginning(part(0.05));
  await whileSyncing(part(0.1));
  await whileRecovering(first, world, { wanted: Math.ceil(wanted * 0.1), options, tally });
  const states = tally.cases;
  if (bug !== undefined || options.only !== undefined)
    return { figure: `${count(states)} states`, violations: tally.violations };
  const proof = await syncs(options, tally);
  return { ...proof, figure: `${count(states)} states; ${proof.figure}` };
}

async function syncs(options: RowOptions, tally: Tally): Promise<RowResult> {
  const only = options.only?.slice(SYNC.length);
  const { needed, idle } = await syncsThatAreNeeded(options, only);
  for (const site of idle) tally.note(SYNC + site, [`nothing is ever lost without it`]);
  const figure = `${needed} of ${needed + idle.length} syncs shown to be needed`;
  return { figure, violations: tally.violations };
}

interface Campaign {
  readonly wanted: number;
  readonly options: RowOptions;
  readonly tally: Tally;
  readonly expected: unknown;
}

/** Power cuts spread over all moments of a life. */
async function cutPower(
  name: string,
  snapshots: readonly DiskState[],
  world: World,
  campaign: Campaign,
): Promise<void> {
  const { wanted, options, tally, expected } = campaign;
  const given: LifeOptions = { later: 2 * AN_HOUR, ...(options.bug && { bug: options.bug }) };
  for (let number = 0; number < wanted && !tally.isEnough; number++) {
    const at =
      wanted >= snapshots.length ? number % snapshots.length : Math.floor((number * snapshots.length) / wanted);
    const state = snapshots[at];
    if (state === undefined) return;
    await tally.check(`${name}-${number}`, () =>
      judge(losePower(state, randomFrom(options.seed, number)), world.at(at), expected, given),
    );
  }
}

/** A run so new that its maker has not yet made its name durable, and that has a message already. */
async function whileBeginning(campaign: Campaign): Promise<void> {
  const world = new World();
  const { bug } = campaign.options;
  const { machine } = await live(emptyDisk(), world, { isRecording: true, isVisited: true, ...(bug && { bug }) });
  await cutPower("visited", machine.snapshots.slice(0, 40), world, campaign);
}

/** On a disk so slow that appends and messages come while a sync is in flight. */
async function whileSyncing(campaign: Campaign): Promise<void> {
  const world = new World();
  const { bug } = campaign.options;
  const disk: Bug["disk"] = (inner, now) => slowDisk(bug?.disk?.(inner, now) ?? inner);
  const { machine } = await live(emptyDisk(), world, { isRecording: true, bug: { ...bug, disk } });
  await cutPower("slow", machine.snapshots, world, campaign);
}

/** Killed, taken up again by a second process, and then the power goes. */
async function whileRecovering(first: Life, world: World, campaign: Omit<Campaign, "expected">): Promise<void> {
  const each = 20;
  const lives = Math.max(2, Math.floor(campaign.wanted / each));
  const { snapshots } = first.machine;
  for (let number = 0; number < lives && !campaign.tally.isEnough; number++) {
    const at = Math.floor((number * snapshots.length) / lives);
    const state = snapshots[at];
    if (state === undefined) return;
    const between = world.at(at);
    const given = campaign.options.bug === undefined ? {} : { bug: campaign.options.bug };
    const second = await live(state, between, { later: AN_HOUR, isRecording: true, ...given });
    const recovery = second.machine.snapshots.slice(0, 30);
    await cutPower(`recovery-${at}`, recovery, between, { ...campaign, wanted: each, expected: first.output });
  }
}

export const power: Row = { id: "R5", title: "power loss, by sector and by name", run };
