// Everything CI asks for, the quick things first; stops at the first failure. One line per step; the output of a step is
// shown when it fails, that of the tests always: their closing line ends the check.

import { spawnSync } from "node:child_process";

const steps = ["build", "format:check", "lint", "types", "unused", "package:check", "coverage", "test"];

for (const step of steps) {
  const startedAt = performance.now();
  const stdio = step === "test" ? "inherit" : "pipe";
  if (stdio === "inherit") console.log(`… ${step}`);
  const { status, output } = spawnSync("npm", ["run", "--silent", step], {
    stdio: ["ignore", stdio, stdio],
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    if (stdio === "pipe") console.log(output.join("").trim());
    console.log(`✗ ${step}: npm run ${step}`);
    process.exit(1);
  }
  if (stdio === "pipe") console.log(`✓ ${step} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
