// R8 with the installed command line: several processes run the same id at once; then the owner is stopped with SIGSTOP,
// or its history is replaced under it. There is one owner each time, and the run ends as if nothing had been.

import { copyFileSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { type Ended, inFolder, type Running, wf } from "./processes.ts";

const OWNED = 6;
/** Longer than this is a hang, ms. */
const HANG = 30_000;

const HOLDS = `
import { appendFileSync } from "node:fs";
export default async function holds(ctx) {
  await ctx.step("begin", () => appendFileSync("begun", process.pid + "\\n"));
  const { body } = await ctx.queue.next("go");
  await ctx.step("end", () => appendFileSync("ended", process.pid + "\\n"));
  return body;
}`;

const TURNS = ["left alone", "stopped", "replaced"] as const;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const rounds = options.isFull ? 100 : 3;
  for (let round = 0; round < rounds && !tally.isEnough; round++) {
    const amount = round % 10 === 1 ? 8 : 2;
    const turn = TURNS[round % TURNS.length] ?? "left alone";
    await tally.check(`round-${round}`, () => oneRound(amount, turn));
  }
  return {
    figure: `${tally.cases} rounds of 2 or 8 processes, the owner stopped or its history replaced`,
    violations: tally.violations,
  };
}

async function oneRound(amount: number, turn: (typeof TURNS)[number]): Promise<string[]> {
  return inFolder({ "holds.ts": HOLDS }, async (folder) => {
    const all = Array.from({ length: amount }, () => wf(["run", "holds.ts", "--id", "r"], folder));
    const hung = setTimeout(() => killAll(all), HANG);
    try {
      const owner = await lastOne(all);
      if (owner === undefined) return [`no process owns the run: ${await words(all)}`];
      const others = await Promise.all(all.filter((one) => one !== owner).map(({ ended }) => ended));
      const wrong = others.filter(({ exitCode }) => exitCode !== OWNED);
      if (wrong.length > 0) return [`besides the owner they end with ${wrong.map(said).join("; ")}`];
      const problems = await turns[turn](folder, owner);
      return problems.length > 0 ? problems : await judge(folder);
    } finally {
      clearTimeout(hung);
      killAll(all);
      await Promise.all(all.map(({ ended }) => ended));
    }
  });
}

function killAll(all: readonly Running[]): void {
  for (const { child } of all) child.kill("SIGKILL");
}

/** The process that goes on when all others have ended. */
async function lastOne(all: readonly Running[]): Promise<Running | undefined> {
  let left = all.length;
  await new Promise<void>((resolve) => {
    for (const { ended } of all) void ended.then(() => --left <= 1 && resolve());
  });
  return all.find(({ child }) => child.exitCode === null && child.signalCode === null);
}

async function words(all: readonly Running[]): Promise<string> {
  return (await Promise.all(all.map(({ ended }) => ended))).map(said).join("; ");
}

function said({ exitCode, signal, stderr }: Ended): string {
  return `${exitCode ?? signal} (${stderr.trim().split("\n").at(-1) ?? ""})`;
}

async function expectEnd(what: string, running: Running, exitCode: number): Promise<string[]> {
  const end = await running.ended;
  return end.exitCode === exitCode ? [] : [`${what} ends with ${said(end)}, not with ${exitCode}`];
}

const send = (folder: string): Running => wf(["send", "r", "go", "7"], folder);

const turns: Readonly<Record<(typeof TURNS)[number], (folder: string, owner: Running) => Promise<string[]>>> = {
  "left alone": async (folder, owner) => [
    ...(await expectEnd("send", send(folder), 0)),
    ...(await expectEnd("the owner", owner, 0)),
  ],

  async stopped(folder, owner) {
    owner.child.kill("SIGSTOP");
    const beside = await Promise.all([
      expectEnd("resume beside a stopped owner", wf(["resume", "r"], folder), OWNED),
      expectEnd("send beside a stopped owner", send(folder), 0),
    ]);
    owner.child.kill("SIGCONT");
    return [...beside.flat(), ...(await expectEnd("the owner", owner, 0))];
  },

  /** By a copy of itself: only the file is another one. Whoever takes that over is the owner from then on. */
  async replaced(folder, owner) {
    const history = path.join(folder, ".workflows", "r", "history.cbor");
    await untilBegun(folder);
    copyFileSync(history, `${history}.copy`);
    renameSync(`${history}.copy`, history);
    const before = readFileSync(history);
    const first = [
      ...(await expectEnd("send", send(folder), 0)),
      ...(await expectEnd("an owner whose history was replaced", owner, OWNED)),
    ];
    if (!readFileSync(history).equals(before)) first.push("the file that replaced the history was written to");
    return [...first, ...(await expectEnd("resume", wf(["resume", "r"], folder), 0))];
  },
};

/** The owner waits for its message: what it has written so far is all there. */
async function untilBegun(folder: string): Promise<void> {
  const store = await openStore({ dir: path.join(folder, ".workflows") });
  const hasBegun = (): boolean =>
    store.has("r") && store.read("r").events.some(({ type }) => type === "step.completed");
  while (!hasBegun()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function judge(folder: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of ["begun", "ended"]) {
    const pids = readFileSync(path.join(folder, name), "utf8").trim().split("\n");
    if (pids.length !== 1) wrong.push(`the step that writes ${name} ran ${pids.length} times`);
  }
  const { events, tail } = (await openStore({ dir: path.join(folder, ".workflows") })).read("r");
  const end = events.at(-1);
  if (end?.type !== "run.completed" || end.output !== 7) wrong.push("the run is not completed with what it was sent");
  if (tail.state !== "clean") wrong.push(`the history is ${tail.state}`);
  if (events.filter(({ type }) => type === "run.created").length !== 1) wrong.push("the run was created twice");
  return wrong;
}

export const owners: Row = { id: "R8", title: "one owner among real processes", run };
