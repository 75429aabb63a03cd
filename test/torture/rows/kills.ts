// R1: the process is killed before and after every disk operation, and in the middle of every write; and again during
// the recovery.

import { judge, live } from "../life.ts";
import { count, type Row, type RowOptions, Tally } from "../row.ts";
import { emptyDisk } from "../sim/disk-state.ts";
import { World } from "../world.ts";

/** Operations of a second life that count as its recovery. */
const RECOVERY = 24;
const AN_HOUR = 3_600_000;

async function run(options: RowOptions): Promise<{ figure: string; violations: Tally["violations"] }> {
  const { bug, isFull } = options;
  const tally = new Tally(options);
  const world = new World();
  const first = await live(emptyDisk(), world, { isRecording: true, ...(bug && { bug }) });
  await tally.check("uncrashed", async () => {
    if (first.error !== undefined)
      return [`the uncrashed run ends with ${first.error instanceof Error ? first.error.message : "no error"}`];
    const compactions = first.machine.operations.filter(
      ({ kind, path }) => kind === "rename" && path.endsWith("/history.cbor"),
    );
    if (compactions.length === 0) return ["the history was never compacted: the scenario has lost a part of its point"];
    return judge(first.machine.state, world.at(Infinity), first.output, { later: AN_HOUR });
  });
  const life = { later: AN_HOUR, ...(bug && { bug }) };
  const { snapshots, torn } = first.machine;
  const stride = isFull ? 1 : 5;
  for (let at = 0; at < snapshots.length; at += stride) {
    const state = snapshots[at];
    if (state === undefined) break;
    await tally.check(`kill-${at}`, () => judge(state, world.at(at), first.output, life));
  }
  for (let index = 0; index < torn.length; index += stride * 2) {
    const cut = torn[index];
    if (cut === undefined) break;
    await tally.check(`torn-${index}`, () => judge(cut.state, world.at(cut.at), first.output, life));
  }
  let again = 0;
  for (let at = 0; at < snapshots.length; at += isFull ? 1 : 40) {
    const state = snapshots[at];
    if (state === undefined || tally.isEnough) break;
    const between = world.at(at);
    const second = await live(state, between, { ...life, isRecording: true });
    const next = { ...life, later: 2 * AN_HOUR };
    for (let then = 0; then < Math.min(RECOVERY, second.machine.snapshots.length); then += isFull ? 1 : 4) {
      const later = second.machine.snapshots[then];
      if (later === undefined) break;
      await tally.check(`kill-${at}-${then}`, () => judge(later, between.at(then), first.output, next));
      again++;
    }
  }
  return {
    figure: `${count(snapshots.length)} operations, ${count(tally.cases - again)} kills, ${count(again)} during recovery`,
    violations: tally.violations,
  };
}

export const kills: Row = { id: "R1", title: "killed at every disk operation, and again while recovering", run };
