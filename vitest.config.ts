import path from "node:path";
import { defineConfig } from "vitest/config";

const source = (file: string): string => path.join(import.meta.dirname, "src", file);

export default defineConfig({
  resolve: {
    // A test and the module under test must share one copy of the engine: the sources.
    alias: [
      { find: /^dotworkflows$/, replacement: source("engine/index.ts") },
      { find: /^dotworkflows\/testing$/, replacement: source("cli/testing.ts") },
      { find: /^dotworkflows\/fs$/, replacement: source("fs-driver/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", "**/node_modules/**"],
    globalSetup: ["test/support/build-when-stale.ts"],
    reporters: ["default", "./test/support/closing-line.ts"],
    silent: "passed-only",
    // Most of a test is waiting for a child process: by default one core of two would idle.
    maxWorkers: 2,
    // No test changes what another one reads: a worker loads the sources once, not once for each file.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
