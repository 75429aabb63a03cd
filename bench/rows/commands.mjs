// P7 and P9: whole processes, short ones and the readers over large stores.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runWorkflow } from "dotworkflows";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, pointsText } from "../support/measure.mjs";
import { bin, commandTimes, processTime } from "../support/processes.mjs";
import { recordQuickly } from "../support/subjects.mjs";

/** P7: the cost of a command over the cost of Node. */
export async function p7() {
  const { node, help, run } = await inFolder((folder) => commandTimes(folder, 25));
  const reference = `node -e 0: ${node.toFixed(0)} ms`;
  return [
    {
      id: "P7",
      work: "wf --help",
      value: `node + ${help.toFixed(0)} ms`,
      reference,
      goal: "≤ node + 40 ms",
      met: help <= 40,
      figures: { node, help },
    },
    {
      id: "P7",
      work: "wf run of a one-step .ts",
      value: `node + ${run.toFixed(0)} ms`,
      reference,
      goal: "≤ node + 120 ms",
      met: run <= 120,
      figures: { node, run },
    },
  ];
}

/** P9: the readers, whole processes. */
export async function p9() {
  return inFolder(async (folder) => [
    await listTimes(folder),
    await readerTimes(folder, "inspect", [], 1_000),
    await readerTimes(folder, "replay-diff", ["--module", "long.ts"], 1_500),
  ]);
}

/**
 * `wf list` over many small runs. They are written without syncs: what is measured is the reading.
 * @param {string} folder
 */
async function listTimes(folder) {
  const cwd = path.join(folder, "many");
  mkdirSync(cwd);
  const store = await openStore({ dir: path.join(cwd, ".workflows"), durability: "os" });
  for (let index = 0; index < 10_000; index++) {
    const run = `run-${String(index).padStart(5, "0")}`;
    const driver = await store.open(run);
    await runWorkflow(run, (ctx) => ctx.step("one", () => 1), undefined, driver, { mode: "live" }).result;
    await driver.close();
  }
  const times = [];
  for (let round = 0; round < 5; round++) times.push(processTime([bin, "list", "--json"], { cwd }));
  const ms = median(times);
  return {
    id: "P9",
    work: "wf list over 10,000 runs",
    value: `${ms.toFixed(0)} ms`,
    reference: "whole process; the runs were written with durability os",
    goal: "≤ 0.6 s",
    met: ms <= 600,
    figures: { ms },
  };
}

/**
 * A command that reads one long run, and how its time grows. A process' start is no part of the growth.
 * @param {string} folder
 * @param {string} command
 * @param {string[]} options
 * @param {number} goal milliseconds for 100,000 entries
 */
async function readerTimes(folder, command, options, goal) {
  /** @type {[number, number][]} */
  const points = [];
  for (const steps of [1, 1_000, 10_000, 100_000]) {
    const cwd = path.join(folder, `${command}-${steps}`);
    mkdirSync(cwd);
    writeFileSync(path.join(cwd, "package.json"), '{ "type": "module" }');
    writeFileSync(
      path.join(cwd, "long.ts"),
      'import type { WorkflowContext } from "dotworkflows";\n' +
        "export default async (ctx: WorkflowContext) => {\n" +
        `  for (let i = 0; i < ${steps}; i++) await ctx.step(\`s\${i}\`, async () => i);\n` +
        "  await ctx.queue.next('go');\n};\n",
    );
    await recordQuickly(cwd, "long", async (ctx) => {
      for (let index = 0; index < steps; index++) await ctx.step(`s${index}`, async () => index);
      await ctx.queue.next("go");
    });
    const times = [];
    for (let round = 0; round < 5; round++) times.push(processTime([bin, command, "long", ...options], { cwd }));
    points.push([steps, median(times)]);
  }
  const [[, base] = [0, 0], ...rest] = points;
  const growth = exponent(rest, base);
  const ms = rest.at(-1)?.[1] ?? Number.NaN;
  return {
    id: "P9",
    work: `wf ${command} of a run of 100,000 entries`,
    value: `${ms.toFixed(0)} ms, exponent ${growth.toFixed(2)}`,
    reference: pointsText(rest, base),
    goal: `≤ ${goal / 1000} s, exponent ≤ 1.05`,
    met: ms <= goal && growth <= 1.05,
    figures: { ms, exponent: growth, points: rest, base },
  };
}
