// Ends the test output with one line that scripts can read: "12 passed, 0 failed, 1 skipped". Counts what vitest ran:
// a file that could not be loaded, a failed hook and an unhandled error are failures too.

import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Of a run, what is counted. Vitest's own `TestModule` fits. */
export type CountedModule = Pick<TestModule, "children" | "errors">;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countTests(modules: readonly CountedModule[], unhandledErrors: number): Counts {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // Pending here means that the run was cut short: the test did not pass.
      counts[state === "pending" ? "failed" : state] += 1;
    }
  }
  return counts;
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

// eslint-disable-next-line import/no-default-export -- vitest loads reporters by their default export
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    process.stdout.write(`\n${closingLine(countTests(modules, unhandledErrors.length))}\n`);
  }
}
