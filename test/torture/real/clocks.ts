// R9 with the installed command line: the clock of a real process is set while its run sleeps. The sleep ends once, when
// the clock says so; and no time in the history goes back.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { delay, inFolder, type Running, wf } from "./processes.ts";
import { compileClock, SetClock } from "./set-clock.ts";

const HOUR = 3600;
/** The wall clock is looked at again at least once a minute. */
const RECHECK_MS = 60_000;
const SLACK_MS = 15_000;

const NAPS = `
import { appendFileSync } from "node:fs";
export default async function naps(ctx, input) {
  await ctx.step("before", () => 1);
  await ctx.sleep("nap", input.ms);
  await ctx.step("after", () => appendFileSync("woken", "x"));
  return "rested";
}`;

interface Jump {
  readonly name: string;
  /** Seconds off the right time. */
  readonly shift: () => number;
}

const JUMPS: readonly Jump[] = [
  { name: "an hour back", shift: () => -HOUR },
  { name: "a day forward", shift: () => 24 * HOUR },
  { name: "to 1970", shift: () => -Math.floor(Date.now() / 1000) },
];

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const skipped: string[] = [];
  await inFolder({}, async (tools) => {
    const compiled = compileClock(tools);
    if ("reason" in compiled) {
      skipped.push(`the clock of real processes: ${compiled.reason}`);
      return;
    }
    const cases = JUMPS.flatMap((jump) => [
      { name: `killed, ${jump.name}`, judge: killed, jump },
      { name: `live, ${jump.name}`, judge: live, jump },
    ]);
    // A live run that is woken by the minute takes a minute.
    const chosen = options.isFull ? cases : cases.filter(({ judge }) => judge === killed).slice(1);
    await Promise.all(
      chosen.map(({ name, judge, jump }, index) =>
        tally.check(name, () =>
          inFolder({ "naps.ts": NAPS }, (folder) =>
            judge(folder, new SetClock(compiled.library, path.join(tools, `clock-${index}`)), jump),
          ),
        ),
      ),
    );
  });
  return { figure: `${tally.cases} times a real clock was set in a sleep`, violations: tally.violations, skipped };
}

/** The process stays, and finds the clock set. */
async function live(folder: string, clock: SetClock, { shift }: Jump): Promise<string[]> {
  const isForward = shift() > 0;
  const life = await asleep(folder, clock, isForward ? HOUR * 1000 : 2_000);
  clock.set(shift());
  if (!isForward) {
    await delay(4_000);
    if (life.child.exitCode !== null) return ["the sleep ended while the clock said that it was too early"];
    clock.set(0);
  }
  const hung = setTimeout(() => life.child.kill("SIGKILL"), RECHECK_MS + SLACK_MS);
  const { exitCode, stdout, stderr } = await life.ended;
  clearTimeout(hung);
  return [...judgeEnd(exitCode, stdout + stderr), ...(await judgeHistory(folder))];
}

/** The process dies, and another one goes on by the new time. */
async function killed(folder: string, clock: SetClock, { shift }: Jump): Promise<string[]> {
  const isForward = shift() > 0;
  const life = await asleep(folder, clock, isForward ? HOUR * 1000 : 1_500);
  clock.set(shift());
  life.child.kill("SIGKILL");
  await life.ended;
  if (!isForward) {
    await delay(2_000);
    const early = await wf(["resume", "n", "--no-wait"], folder, clock.env).ended;
    if (early.exitCode !== 3) return [`too early, resume ends with ${early.exitCode}: ${early.stderr}`];
    clock.set(0);
  }
  const { exitCode, stdout, stderr } = await wf(["resume", "n", "--no-wait"], folder, clock.env).ended;
  return [...judgeEnd(exitCode, stdout + stderr), ...(await judgeHistory(folder))];
}

async function asleep(folder: string, clock: SetClock, ms: number): Promise<Running> {
  const life = wf(["run", "naps.ts", "--id", "n", "-f", `ms=${ms}`], folder, clock.env);
  const store = await openStore({ dir: path.join(folder, ".workflows") });
  const deadline = performance.now() + SLACK_MS;
  while (!store.has("n") || !store.read("n").events.some(({ type }) => type === "sleep.started")) {
    if (life.child.exitCode !== null || performance.now() > deadline) throw new Error("it does not fall asleep");
    await delay(20);
  }
  return life;
}

function judgeEnd(exitCode: number | null, output: string): string[] {
  return exitCode === 0 && output.includes("rested") ? [] : [`it ends with ${exitCode}: ${output}`];
}

async function judgeHistory(folder: string): Promise<string[]> {
  const { events } = (await openStore({ dir: path.join(folder, ".workflows") })).read("n");
  const wrong: string[] = [];
  const ends = events.filter(({ type }) => type === "sleep.ended").length;
  const woken = path.join(folder, "woken");
  const times = existsSync(woken) ? readFileSync(woken, "utf8").length : 0;
  if (ends !== 1 || times !== 1) wrong.push(`the sleep ended ${ends} times, and the step after it ran ${times} times`);
  if (events.some(({ at }, index) => at < (events[index - 1]?.at ?? 0))) wrong.push("times go back");
  return wrong;
}

export const realClocks: Row = { id: "R9", title: "the real clock is set while a run sleeps", run };
