// The deciders are pure: their branches are gone through one by one, and `npm run coverage` holds that none is missed.

import { describe, expect, it } from "vitest";
import type { StepEntry } from "../../src/engine/history/entries.ts";
import { decideFailure, decideStep, type RetryPolicy } from "../../src/engine/primitives/step-decision.ts";

const NOW = 10_000;

function entry(fields: Partial<StepEntry>): StepEntry {
  return {
    kind: "step",
    status: "running",
    attempts: 2,
    failures: 1,
    rollback: false,
    rolledBack: false,
    startedAt: 0,
    ...fields,
  };
}

describe("what a step does when it is asked for", () => {
  it.each([
    ["runs for the first time when nothing is recorded", undefined, { do: "run", attempt: 1 }],
    ["answers when it has completed", entry({ status: "completed", output: 7 }), { do: "answer" }],
    ["fails again when it has failed for good", entry({ status: "failed" }), { do: "fail" }],
    [
      "waits while its retry is not due",
      entry({ status: "backoff", retryAt: NOW + 1 }),
      { do: "wait", until: NOW + 1 },
    ],
    ["runs when its retry is due", entry({ status: "backoff", retryAt: NOW }), { do: "run", attempt: 3 }],
    ["runs when no time is recorded for its retry", entry({ status: "backoff" }), { do: "run", attempt: 3 }],
    ["runs again when its attempt was cut off", entry({ status: "running" }), { do: "run", attempt: 3 }],
    ["runs again when its attempt was interrupted", entry({ status: "interrupted" }), { do: "run", attempt: 3 }],
  ])("%s", (_title, recorded, decision) => {
    expect(decideStep(recorded, NOW)).toEqual(decision);
  });
});

describe("what a failed attempt means", () => {
  const policy: RetryPolicy = { maxRetries: 3, retryBackoffBase: 100, retryBackoffMax: 500, retryOnTimeout: false };
  const patient = { ...policy, retryOnTimeout: true };

  it.each([
    ["another attempt after base · 2ⁿ", "error", 0, policy, { kind: "error", retryAt: NOW + 200 }],
    ["never a longer wait than the longest", "error", 2, policy, { kind: "error", retryAt: NOW + 500 }],
    ["the end when the retries are used up", "error", 3, policy, { kind: "exhausted" }],
    ["the end at once for a critical error", "critical", 0, policy, { kind: "critical" }],
    ["the end at once for a rollback", "rollback", 0, policy, { kind: "rollback" }],
    ["the end at once for a timeout", "timeout", 0, policy, { kind: "timeout" }],
    ["another attempt for a timeout when asked for", "timeout", 0, patient, { kind: "timeout", retryAt: NOW + 200 }],
    ["the end for a timeout when the retries are used up", "timeout", 3, patient, { kind: "exhausted" }],
  ] as const)("%s", (_title, failure, failures, options, decision) => {
    expect(decideFailure(failure, failures, options, NOW)).toEqual(decision);
  });
});
