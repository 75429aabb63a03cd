// P8: the way from a sender to the workflow, over two processes.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "dotworkflows/fs";
import { inFolder, percentile, seeded } from "../support/measure.mjs";
import { bin } from "../support/processes.mjs";

const MESSAGES = 200;

/** P8: from the sender's acknowledgement to the beginning of the step after the message. */
export async function p8() {
  const delays = await inFolder(delaysOf);
  const acknowledged = delays.map(({ acknowledgement }) => acknowledgement);
  const p50 = percentile(acknowledged, 0.5);
  const p99 = percentile(acknowledged, 0.99);
  const called = percentile(
    delays.map(({ call }) => call),
    0.5,
  );
  return [
    {
      id: "P8",
      work: "wf send to a live run: acknowledgement to the next step",
      value: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      reference: `${MESSAGES} messages at random moments, two processes; from the call p50 ${called.toFixed(1)} ms (0: the step began before the acknowledgement)`,
      goal: "p50 ≤ 20 ms, p99 ≤ 300 ms",
      met: p50 <= 20 && p99 <= 300,
      figures: { p50, p99, p50FromCall: called },
    },
  ];
}

/**
 * Milliseconds from the acknowledgement and from the call to the step, for each message.
 * @param {string} folder
 */
async function delaysOf(folder) {
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    path.join(folder, "echo.ts"),
    'import { Loop, type WorkflowContext } from "dotworkflows";\n' +
      "export default (ctx: WorkflowContext) => ctx.loop({ name: 'l', state: 0, run: async (c, n: number) => {\n" +
      "  if (n === 0) console.error('ready');\n" +
      "  await c.queue.next('m', { names: ['go'] });\n" +
      "  await c.step('seen', () => { console.error(`seen ${n} ${performance.timeOrigin + performance.now()}`); });\n" +
      `  return n + 1 < ${MESSAGES} ? Loop.continue(n + 1) : Loop.break(n);\n} });\n`,
  );
  const child = spawn(process.execPath, [bin, "run", "echo.ts", "--id", "echo"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => (text += chunk));
  const said = async (/** @type {RegExp} */ pattern) => {
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (child.exitCode !== null) throw new Error(`the run ended: ${text}`);
      await pause(1);
    }
  };

  await said(/ready/);
  await pause(200);
  const random = seeded();
  const store = await openStore({ dir: path.join(folder, ".workflows") });
  const delays = [];
  for (let index = 0; index < MESSAGES; index++) {
    const called = now();
    await store.send("echo", "go", index);
    const acknowledged = now();
    const [, seen] = await said(new RegExp(`seen ${index} ([\\d.]+)\\n`));
    delays.push({ acknowledgement: Math.max(0, Number(seen) - acknowledged), call: Number(seen) - called });
    await pause(random() * 20);
  }
  await closed;
  return delays;
}

/** Milliseconds since 1970, finer than `Date.now()`; the workflow reads the same clock. */
function now() {
  return performance.timeOrigin + performance.now();
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
