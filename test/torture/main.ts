// Rows of the torture suite, one after the other: what `npm run torture` (scripts/torture.mjs) runs, several at once. With
// row ids only those; `--short` for a sample, `--seed N` and `--case NAME` to repeat a violation, `--plant BUG` to see
// what a row says of a planted bug. Prints the table as it comes; the exit code is 1 after any violation.

import { parseArgs } from "node:util";
import { repeatLine, type Row } from "./row.ts";
import { bugNamed } from "./rows/planted.ts";
import { ROWS } from "./table.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean" },
    seed: { type: "string" },
    case: { type: "string" },
    plant: { type: "string" },
  },
});
const plant = flags.plant;
const options = {
  isFull: flags.short !== true,
  seed: Number(flags.seed ?? Date.now() % 1_000_000),
  ...(flags.case !== undefined && { only: flags.case }),
  ...(plant !== undefined && { plant, bug: bugNamed(plant) }),
};

async function show(row: Row): Promise<number> {
  const begun = performance.now();
  const result = await row.run(options).catch((error: unknown) => ({
    figure: "did not come to its end",
    violations: [{ case: "", what: error instanceof Error ? (error.stack ?? error.message) : String(error) }],
    skipped: [],
  }));
  const { figure, violations, skipped = [] } = result;
  const took = `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  console.log(`${row.id.padEnd(4)} ${row.title}`);
  console.log(`     ${figure} · ${violations.length} violations · seed ${options.seed} · ${took}`);
  for (const reason of skipped) console.log(`     skipped: ${reason}`);
  for (const violation of violations) {
    console.log(`     ✗ ${violation.what}`);
    console.log(`       ${repeatLine(row, violation, options)}`);
  }
  return violations.length;
}

process.exitCode = 0;
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.id)) continue;
  if ((await show(row)) > 0) process.exitCode = 1;
}
// A driver that was lost on purpose may have left a timer behind.
setTimeout(() => process.exit(), 100);
