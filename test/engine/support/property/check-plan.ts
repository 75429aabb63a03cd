// The property: however a plan is run, it ends the same, with the same on record.
import assert from "node:assert/strict";
import { foldHistory } from "../../../../src/engine/history/history.ts";
import { type Ended, runPlan } from "./modes.ts";
import type { Plan } from "./plan.ts";
import { recordOf } from "./record.ts";
import type { Crash } from "./world.ts";

const HOW: readonly Crash["how"][] = ["killed", "power", "error", "refused"];

/** Runs the plan in every mode, and with a crash of every kind at every record. @returns how many runs that took */
export async function checkPlan(plan: Plan): Promise<number> {
  const live = await runPlan(plan, { mode: "live" });
  assertWhole(live);
  const compare = (what: string, ended: Ended): void => {
    assertWhole(ended);
    assert.deepEqual(ended.verdict, live.verdict, `${what}: another verdict`);
    assert.deepEqual(
      recordOf(ended.world.stored.events),
      recordOf(live.world.stored.events),
      `${what}: another record`,
    );
  };
  compare("with a resume at every wait", await runPlan(plan, { mode: "yield" }));
  compare("with check", await runPlan(plan, { mode: "live", check: true }));
  compare("with check in yield mode", await runPlan(plan, { mode: "yield", check: true }));
  const { records } = live.world;
  for (let at = 1; at <= records; at++) {
    for (const [index, how] of HOW.entries()) {
      if (index > 1 && (at + index) % 3 !== 0) continue;
      const mode = at % 2 === 0 ? "live" : "yield";
      const crashed = await runPlan(plan, { mode }, (life) => (life === 0 ? { at, how } : undefined));
      compare(`${how} at record ${at} in ${mode} mode`, crashed);
    }
  }
  const often = await runPlan(plan, { mode: "live" }, (life) => ({ at: 3 + life, how: "killed" }));
  compare("killed again and again", often);
  return records;
}

/** What must hold of every run that has ended, whatever its plan. */
function assertWhole({ world, verdict }: Ended): void {
  const { events } = world.stored;
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    assert(before === undefined || (event.seq > before.seq && event.at >= before.at), "seq or time goes back");
  }
  const { waits, run } = foldHistory(events);
  assert.equal(waits.size, 0, "an ended run waits for something");
  assert.equal(run.state, "failure" in verdict ? "failed" : "completed");
  if ("failure" in verdict) assert.deepEqual(world.undoable(), [], "some step was not rolled back");
}
