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

/** A step that answers `output`: the events `seq` and `seq + 1`. */
export const stepEvents = (seq: number, output: unknown): HistoryEvent[] => {
  const common = { at: created().at + seq, loc: [`step ${seq}`], attempt: 1 };
  return [
    { ...common, seq, type: "step.started" },
    { ...common, seq: seq + 1, type: "step.completed", output },
  ];
};
