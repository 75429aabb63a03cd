// Events that nobody recorded so: the fold names the one that cannot be, and no error of its own insides comes out.
import { foldHistory, HistoryFormatError, type HistoryEvent, runWorkflow } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";
import { describe, expect, it } from "vitest";

const before = [
  { type: "run.created", seq: 1, at: 1, workflow: "w", input: {}, format: 1, seed: "0" },
  { type: "step.started", seq: 2, at: 1, loc: ["s"], attempt: 1 },
];

describe("an event that is malformed", () => {
  it.each([
    [{ type: "join.started", loc: ["j"] }, /^event 3 \("join.started"\) of this history is malformed: /],
    [{ type: "queue.received", loc: ["q"] }, /^event 3 \("queue.received"\)/],
    [{ type: "run.seen" }, /^event 3 \("run.seen"\)/],
    [{ type: "step.started", loc: "abc", attempt: 1 }, /^event 3 \("step.started"\).*: its location is no list$/],
    [{ type: "step.started", loc: undefined, attempt: 1 }, /^event 3 \("step.started"\).*: its location is no list$/],
    [{ type: "step.started" }, /^event "step.started" stands where it cannot be$/],
    [{ type: "sleep.ended", loc: ["s"], how: "woken" }, /^this history contradicts itself/],
  ])("%j is named", async (event, said) => {
    const driver = new InMemoryDriver();
    driver.events = [...before, { ...event, seq: 3, at: 1 }] as HistoryEvent[];
    expect(() => foldHistory(driver.events)).toThrow(HistoryFormatError);
    const { result } = runWorkflow("r", (ctx) => ctx.step("s", () => 1), {}, driver);
    await expect(result).rejects.toMatchObject({
      code: "history_format",
      message: expect.stringMatching(said) as string,
    });
  });
});
