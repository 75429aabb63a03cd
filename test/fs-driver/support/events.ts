// Small histories.

import type { HistoryEvent } from "../../../src/engine/history/events.ts";

const START = 1_700_000_000_000;

export const created = (seq = 1): HistoryEvent => ({
  seq,
  at: START,
  type: "run.created",
  workflow: "order",
  input: { id: "a-1" },
  format: 1,
  seed: "00112233445566778899aabbccddeeff",
});

export const completed = (seq: number, output: unknown = { ok: true, seq }): HistoryEvent => ({
  seq,
  at: START + seq,
  type: "step.completed",
  loc: ["orders", seq, "charge"],
  attempt: 1,
  output,
});

export const ended = (seq: number): HistoryEvent => ({ seq, at: START + seq, type: "run.completed", output: "done" });

/** `run.created` and steps up to `last`. */
export const history = (last: number): HistoryEvent[] => [
  created(),
  ...Array.from({ length: last - 1 }, (_, index) => completed(index + 2)),
];
