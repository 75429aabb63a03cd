// The whole torture suite, row by row: `npm run torture`. With row ids only those; `--short` for a sample, `--seed N`
// and `--case NAME` to repeat a violation. Prints the table as it comes; the exit code is 1 after any violation.

import { parseArgs } from "node:util";
import { ROWS } from "./table.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean" }, seed: { type: "string" }, case: { type: "string" } },
});
const seed = Number(flags.seed ?? Date.now() % 1_000_000);
let violations = 0;
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.id)) continue;
  const begun = performance.now();
  const options = { isFull: flags.short !== true, seed, ...(flags.case !== undefined && { only: flags.case }) };
  const result = await row.run(options).catch((error: unknown) => ({
    figure: "did not come to its end",
    violations: [{ case: "", what: error instanceof Error ? (error.stack ?? error.message) : String(error) }],
    skipped: [],
  }));
  violations += result.violations.length;
  const took = `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  console.log(
    `${row.id.padEnd(4)} ${row.title}\n     ${result.figure} · ${result.violations.length} violations · seed ${seed} · ${took}`,
  );
  for (const reason of result.skipped ?? []) console.log(`     skipped: ${reason}`);
  for (const violation of result.violations) {
    console.log(`     ✗ ${violation.what}`);
    const only = violation.case === "" ? "" : ` --case '${violation.case}'`;
    console.log(`       npm run torture -- ${row.id} --seed ${seed}${only}${flags.short === true ? " --short" : ""}`);
  }
}
console.log(violations === 0 ? "0 violations" : `${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;
// A driver that was lost on purpose may have left a timer behind.
setTimeout(() => process.exit(), 100);
