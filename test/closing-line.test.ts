import { describe, expect, it } from "vitest";
import { closingLine, countTests, type CountedModule } from "./support/closing-line.ts";

const module = (states: readonly string[], fileErrors = 0, suiteErrors = 0): CountedModule =>
  ({
    errors: () => Array.from({ length: fileErrors }, () => ({ message: "file" })),
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [{ errors: () => Array.from({ length: suiteErrors }, () => ({ message: "hook" })) }],
    },
  }) as unknown as CountedModule;

describe("the closing line", () => {
  it("counts passed, failed and skipped tests over all files", () => {
    const counts = countTests([module(["passed", "failed"]), module(["passed", "skipped"])], 0);
    expect(closingLine(counts)).toBe("2 passed, 1 failed, 1 skipped");
  });

  it("counts a file that did not load, a failed hook and an unhandled error as failures", () => {
    expect(countTests([module(["passed"], 1, 1)], 1)).toEqual({ passed: 1, failed: 3, skipped: 0 });
  });

  it("counts a test that never finished as failed", () => {
    expect(closingLine(countTests([module(["pending"])], 0))).toBe("0 passed, 1 failed");
  });
});
