// P7 to P9: whole processes, the way from a sender to the workflow, and the readers over large stores.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "dotworkflows/fs";
import { exponent, inFolder, median, percentile, timeOf } from "../support/measure.mjs";
import { recordQuickly } from "./engine.mjs";

const bin = path.resolve(import.meta.dirname, "../../bin/wf.js");

/**
 * Milliseconds of a whole process; its output is thrown away.
 * @param {string[]} args
 * @param {string} [cwd]
 */
function processTime(args, cwd) {
  const start = performance.now();
  try {
    execFileSync(process.execPath, args, {
      cwd,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, NO_COLOR: "1" },
    });
  } catch (error) {
    if (/** @type {{ status?: number }} */ (error).status !== 5) throw error;
  }
  return performance.now() - start;
}

/** P7: the cost of a command over the cost of Node. */
export async function p7() {
  return inFolder(async (folder) => {
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(
      path.join(folder, "one.ts"),
      'import type { WorkflowContext } from "dotworkflows";\n' +
        "export default async (ctx: WorkflowContext): Promise<number> => ctx.step('one', async () => 1);\n",
    );
    /** @type {Record<"node" | "help" | "run", number[]>} */
    const times = { node: [], help: [], run: [] };
    for (let round = 0; round < 25; round++) {
      times.node.push(processTime(["-e", "0"], folder));
      times.help.push(processTime([bin, "--help"], folder));
      times.run.push(processTime([bin, "run", "one.ts"], folder));
    }
    const node = median(times.node);
    const help = median(times.help) - node;
    const run = median(times.run) - node;
    const reference = `node -e 0: ${node.toFixed(0)} ms`;
    return [
      {
        id: "P7",
        work: "wf --help",
        value: `node + ${help.toFixed(0)} ms`,
        reference,
        goal: "≤ node + 40 ms",
        met: help <= 40,
      },
      {
        id: "P7",
        work: "wf run of a one-step .ts",
        value: `node + ${run.toFixed(0)} ms`,
        reference,
        goal: "≤ node + 120 ms",
        met: run <= 120,
      },
    ];
  });
}

/** P8: from the sender's acknowledgement to the beginning of the step after the message. */
export async function p8() {
  return inFolder(async (folder) => {
    const messages = 200;
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(
      path.join(folder, "echo.ts"),
      'import { Loop, type WorkflowContext } from "dotworkflows";\n' +
        "export default (ctx: WorkflowContext) => ctx.loop({ name: 'l', state: 0, run: async (c, n: number) => {\n" +
        "  await c.queue.next('m', { names: ['go'] });\n" +
        "  await c.step('seen', () => { console.error(`seen ${n} ${Date.now() + performance.now() % 1}`); });\n" +
        `  return n + 1 < ${messages} ? Loop.continue(n + 1) : Loop.break(n);\n} });\n`,
    );
    const child = spawn(process.execPath, [bin, "run", "echo.ts", "--id", "echo"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    /** @type {Map<number, number>} */
    const seen = new Map();
    let text = "";
    child.stderr.on("data", (/** @type {Buffer} */ chunk) => {
      text += chunk.toString();
      for (const match of text.matchAll(/seen (\d+) ([\d.]+)/g)) seen.set(Number(match[1]), Number(match[2]));
    });
    const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(1_500);
    const store = await openStore({ dir: path.join(folder, ".workflows") });
    const delays = [];
    for (let index = 0; index < messages; index++) {
      await store.send("echo", "go", index);
      const acknowledged = Date.now();
      while (!seen.has(index)) await pause(1);
      delays.push(Math.max(0, (seen.get(index) ?? acknowledged) - acknowledged));
      await pause(5);
    }
    await new Promise((resolve) => child.on("close", resolve));
    const p50 = percentile(delays, 0.5);
    const p99 = percentile(delays, 0.99);
    return [
      {
        id: "P8",
        work: "wf send to a live run: acknowledgement to the next step",
        value: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
        reference: `${messages} messages, two processes`,
        goal: "p50 ≤ 20 ms, p99 ≤ 300 ms",
        met: p50 <= 20 && p99 <= 300,
      },
    ];
  });
}

/** P9: the readers, whole processes. */
export async function p9() {
  return inFolder(async (folder) => {
    const results = [await listTimes(folder)];
    for (const [command, goal] of /** @type {const} */ ([
      ["inspect", 1_000],
      ["replay-diff", 1_500],
    ])) {
      results.push(await readerTimes(folder, command, goal));
    }
    return results;
  });
}

/** @param {string} folder */
async function listTimes(folder) {
  const place = path.join(folder, "many");
  mkdirSync(place);
  const work = async (/** @type {import("dotworkflows").WorkflowContext} */ ctx) => ctx.step("one", () => 1);
  const { onFiles } = await import("../support/subjects.mjs");
  for (let index = 0; index < 10_000; index++) {
    process.env["WF_BENCH"] = "1";
    await onFiles(place, work, { run: `run-${String(index).padStart(5, "0")}` });
  }
  const times = [];
  for (let round = 0; round < 5; round++) times.push(processTime([bin, "list", "--json"], place));
  const ms = median(times);
  return {
    id: "P9",
    work: "wf list over 10,000 runs",
    value: `${ms.toFixed(0)} ms`,
    reference: "whole process",
    goal: "≤ 0.6 s",
    met: ms <= 600,
  };
}

/**
 * @param {string} folder
 * @param {string} command
 * @param {number} goal
 */
async function readerTimes(folder, command, goal) {
  /** @type {[number, number][]} */
  const points = [];
  for (const steps of [1_000, 10_000, 100_000]) {
    const place = path.join(folder, `${command}-${steps}`);
    mkdirSync(place);
    writeFileSync(path.join(place, "package.json"), '{ "type": "module" }');
    writeFileSync(
      path.join(place, "long.ts"),
      'import type { WorkflowContext } from "dotworkflows";\n' +
        "export default async (ctx: WorkflowContext) => {\n" +
        `  for (let i = 0; i < ${steps}; i++) await ctx.step(\`s\${i}\`, async () => i);\n` +
        "  await ctx.queue.next('go');\n};\n",
    );
    await recordQuickly(place, "long", async (ctx) => {
      for (let index = 0; index < steps; index++) await ctx.step(`s${index}`, async () => index);
      await ctx.queue.next("go");
    });
    const module = command === "replay-diff" ? ["--module", "long.ts"] : [];
    const times = [];
    for (let round = 0; round < 3; round++) times.push(processTime([bin, command, "long", ...module], place));
    points.push([steps, median(times)]);
  }
  const base = await timeOf(() => processTime(["-e", "0"]));
  const growth = exponent(points.map(([size, ms]) => [size, Math.max(1, ms - base)]));
  const ms = points.at(-1)?.[1] ?? Number.NaN;
  return {
    id: "P9",
    work: `wf ${command} of a run of 100,000 entries`,
    value: `${ms.toFixed(0)} ms, exponent ${growth.toFixed(2)}`,
    reference: points.map(([size, time]) => `${size}: ${time.toFixed(0)} ms`).join(" · "),
    goal: `≤ ${goal / 1000} s`,
    met: ms <= goal,
  };
}
