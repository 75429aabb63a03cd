// R8 with real processes: several of them begin the same run at once; one owner is stopped with SIGSTOP.

import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { inFolder, projectRoot, type Running, start } from "./processes.ts";

/** Opens the run, begins it if it is new, says so, and holds it until its standard input ends. */
const holder = (index: string): string => `
import { openStore } from ${JSON.stringify(index)};
const [, , dir, run] = process.argv;
try {
  const store = await openStore({ dir });
  const driver = await store.open(run);
  if ([...(await driver.load())].length === 0) {
    await driver.commit([{ seq: 1, at: 1, type: "run.created", workflow: "w", input: process.pid, format: 1, seed: "00" }]);
  }
  console.log("held");
  setInterval(() => undefined, 1000);
} catch (error) {
  console.log(error.code ?? String(error));
}
`;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const rounds = options.isFull ? 100 : 3;
  for (let round = 0; round < rounds && !tally.isEnough; round++)
    await tally.check(`round-${round}`, () => oneRound(round % 10 === 9 ? 8 : 2, round % 2 === 1));
  return { figure: `${rounds} rounds of 2 or 8 processes, every other owner stopped`, violations: tally.violations };
}

async function oneRound(amount: number, isStopped: boolean): Promise<string[]> {
  const index = `file://${path.join(projectRoot(), "dist/fs-driver/index.js")}`;
  return inFolder({ "holder.mjs": holder(index) }, async (folder) => {
    const dir = path.join(folder, ".workflows");
    const hold = (): Running => start(process.execPath, ["holder.mjs", dir, "r"], folder);
    const all = Array.from({ length: amount }, hold);
    try {
      const said = await Promise.all(all.map(firstLine));
      const owner = all[said.indexOf("held")];
      const held = said.filter((line) => line === "held").length;
      if (held !== 1 || said.some((line) => line !== "held" && line !== "owned"))
        return [`they said ${said.join(", ")}`];
      if (isStopped) {
        owner?.child.kill("SIGSTOP");
        const late = hold();
        const word = await firstLine(late);
        late.child.kill("SIGKILL");
        if (word !== "owned") return [`beside a stopped owner another process said ${word}`];
      }
      const { events, tail } = (await openStore({ dir })).read("r");
      return events.length === 1 && tail.state === "clean"
        ? []
        : [`the history has ${events.length} events and is ${tail.state}`];
    } finally {
      for (const { child, ended } of all) {
        child.kill("SIGKILL");
        await ended;
      }
    }
  });
}

function firstLine({ child, ended }: Running): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.once("data", (text: string) => resolve(text.trim()));
    void ended.then(({ stderr }) => resolve(stderr));
  });
}

export const owners: Row = { id: "R8", title: "one owner among real processes", run };
