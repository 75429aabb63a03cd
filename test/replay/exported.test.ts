// `replayHistory` takes what `wf export` writes, in both formats, with values that JSON alone cannot hold.

import { describe, expect, it } from "vitest";
import { runWorkflow, type WorkflowContext } from "dotworkflows";
import {
  InMemoryDriver,
  ManualClock,
  type RecordedHistory,
  describeDifferences,
  replayHistory,
} from "dotworkflows/testing";
import { writeRunFile } from "../../src/cli/run-file.ts";

const flow =
  (name: string) =>
  async (ctx: WorkflowContext): Promise<void> => {
    const due = await ctx.step(name, () => ({ at: new Date(5), sum: 12n, none: undefined }));
    if (!(due.at instanceof Date) || due.sum !== 12n) throw new Error("the values came back as others");
    await ctx.queue.next("end");
  };

async function exported(format: "cbor" | "json"): Promise<Uint8Array> {
  const driver = new InMemoryDriver();
  const clock = new ManualClock();
  await clock.advanceUntil(runWorkflow("run-1", flow("quote"), undefined, driver, { clock }).result);
  return writeRunFile({ run: "run-1", events: driver.events, messages: [], responses: [] }, format);
}

const text = async (): Promise<string> => new TextDecoder().decode(await exported("json"));

describe("replayHistory", () => {
  const forms: [string, () => Promise<RecordedHistory>][] = [
    ["the bytes of a CBOR file", () => exported("cbor")],
    ["the bytes of a JSON file", () => exported("json")],
    ["the text of a JSON file", text],
    ["a parsed JSON file", async () => JSON.parse(await text()) as { events: unknown[] }],
  ];
  it.each(forms)("takes %s", async (_, history) => {
    expect((await replayHistory(flow("quote"), await history())).differences).toEqual([]);
    const { compatible, differences } = await replayHistory(flow("offer"), await history());
    expect([compatible, differences.map(({ verdict }) => verdict)]).toEqual([false, ["renamed?"]]);
  });

  it("has its differences said in the words of wf replay-diff, and nothing where there is none", async () => {
    expect(describeDifferences(await replayHistory(flow("quote"), await text()))).toBe("");
    const said = describeDifferences(await replayHistory(flow("offer"), await text()));
    expect(said).toMatch(/^~ ✗ quote → offer {2}step +renamed\? +test\/replay\/exported\.test\.ts:\d+:\d+\n/);
    expect(said).toContain('keep the recorded name:  "quote"');
    expect(said).toContain('await ctx.removed("quote", "step");');
    expect(said).not.toMatch(/ $/m);
    expect(said).not.toContain("\u001B");
  });

  const broken: [string, () => Promise<RecordedHistory>, string][] = [
    ["a CBOR file that is cut short", async () => (await exported("cbor")).slice(0, -9), "the file is cut short"],
    ["a JSON file that is cut short", async () => (await text()).slice(0, -9), "JSON"],
    ["JSON of something else", () => Promise.resolve("{}"), "its schema is not wf.export/1"],
    ["an object of something else", () => Promise.resolve({ events: [] }), "its schema is not wf.export/1"],
  ];
  it.each(broken)("refuses %s", async (_, history, reason) => {
    const refusal = replayHistory(flow("quote"), await history());
    await expect(refusal).rejects.toThrow(TypeError);
    await expect(refusal).rejects.toThrow(reason);
    await expect(refusal).rejects.toThrow("the history cannot be read");
  });
});
