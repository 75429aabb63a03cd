// Whole processes: the command line beside `node -e 0`.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { inTurns, median } from "./measure.mjs";

/** The command line under measurement. */
export const bin = path.resolve(import.meta.dirname, "../../bin/wf.js");

/**
 * Milliseconds of a whole process that succeeds; its output is thrown away.
 * @param {string[]} args
 * @param {{ cwd: string, node?: string }} options `node`: the binary, this one unless told
 */
export function processTime(args, { cwd, node = process.execPath }) {
  const start = performance.now();
  execFileSync(node, args, { cwd, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  return performance.now() - start;
}

/**
 * Medians of Node alone and of what two commands add to it, in milliseconds.
 * @param {string} folder
 * @param {number} rounds
 * @param {string} [node]
 */
export async function commandTimes(folder, rounds, node) {
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    path.join(folder, "one.ts"),
    'import type { WorkflowContext } from "dotworkflows";\n' +
      "export default async (ctx: WorkflowContext): Promise<number> => ctx.step('one', async () => 1);\n",
  );
  const options = { cwd: folder, ...(node !== undefined && { node }) };
  const times = await inTurns(rounds, {
    node: () => processTime(["-e", "0"], options),
    help: () => processTime([bin, "--help"], options),
    run: () => processTime([bin, "run", "one.ts"], options),
  });
  const base = median(times.node);
  return { node: base, help: median(times.help) - base, run: median(times.run) - base };
}
