// R6: the disk answers the n-th operation with an error, or takes only a part of a write; once, and for ever after.
// Then the disk is well again, or the power goes, and the run must go on as if nothing had been.

import { judge, live, type Life } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { emptyDisk } from "../sim/disk-state.ts";
import { DISK_FAULTS, planAt } from "../sim/faults.ts";
import { losePower } from "../sim/power-loss.ts";
import { randomFrom } from "../sim/random.ts";
import { World } from "../world.ts";

const AN_HOUR = 3_600_000;

async function run(options: RowOptions): Promise<RowResult> {
  const { isFull, seed, bug } = options;
  const given = bug === undefined ? {} : { bug };
  const tally = new Tally(options);
  const first = await live(emptyDisk(), new World(), given);
  const total = first.machine.operations.length;
  for (const fault of DISK_FAULTS) {
    for (const forEver of [false, true]) {
      for (let at = 1; at <= total; at += isFull ? 1 : 37) {
        const name = `${fault}-${forEver ? "ever" : "once"}-${at}`;
        if (!tally.wants(name) || tally.isEnough) continue;
        const world = new World();
        const life = await live(emptyDisk(), world, { plan: planAt(at, fault, forEver), ...given });
        await tally.check(name, () => [...judgeEnd(life), ...judgeSyncs(life)]);
        const { state } = life.machine;
        const then = { later: AN_HOUR, ...given };
        await tally.check(name, () => judge(state, world.at(Infinity), first.output, then));
        const lost = losePower(state, randomFrom(seed, at));
        await tally.check(name, () => judge(lost, world.at(Infinity), first.output, then));
      }
    }
  }
  return {
    figure: `${count(total)} operations × 5 errors × once, for ever: ${count(tally.cases)} checks`,
    violations: tally.violations,
  };
}

/** Either nobody needed what failed, or the error says that it was the disk (exit code 8). */
function judgeEnd({ error }: Life): string[] {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error === undefined || code === "disk"
    ? []
    : [`it ends with ${String(code)}: ${error instanceof Error ? error.message : "no error"}`];
}

/** After a sync of the history failed, its file is left alone. */
function judgeSyncs({ machine }: Life): string[] {
  const { operations, failures } = machine;
  const failed = failures.find((at) => operations[at]?.kind === "sync" && operations[at].path.endsWith("history.cbor"));
  if (failed === undefined) return [];
  const { path } = operations[failed] ?? { path: "" };
  // A new run that nobody was told of may be thrown away.
  const touched = operations
    .slice(failed + 1)
    .filter((operation) => operation.path === path && operation.kind !== "removeFile");
  return touched.map(({ kind }) => `${kind} of the history after its sync had failed`);
}

export const diskErrors: Row = { id: "R6", title: "a disk that fails, once and for ever", run };
