// What a comparison costs: one look at the code where the first shows all, and time that grows with the history alone.

import { describe, expect, it } from "vitest";
import type { HistoryEvent, WorkflowContext } from "dotworkflows";
import { replayHistory } from "dotworkflows/testing";

/** A run of so many steps, `s0` and on, which stands behind the last. */
function stepsOf(count: number): HistoryEvent[] {
  const created = { type: "run.created", seq: 1, at: 1, format: 1, workflow: "long", seed: "x", input: undefined };
  const steps = Array.from({ length: count }, (_, index) => {
    const common = { at: 2 + index, loc: [`s${index}`], attempt: 1 };
    return [
      { type: "step.started", seq: 2 + 2 * index, ...common },
      { type: "step.completed", seq: 3 + 2 * index, ...common, output: index },
    ];
  });
  return [created, ...steps.flat()] as HistoryEvent[];
}

/** A workflow of so many steps. Counts how often it was entered. */
function flowOf(count: number, nameOf: (index: number) => string) {
  const seen = { looks: 0 };
  const flow = async (ctx: WorkflowContext): Promise<void> => {
    seen.looks++;
    for (let index = 0; index < count; index++) {
      const name = nameOf(index);
      if (name !== "") await ctx.step(name, () => 0);
    }
    await ctx.queue.next("end");
  };
  return { seen, flow };
}

describe("a comparison", () => {
  it.each([
    ["nothing was edited", (index: number) => `s${index}`, 0],
    ["a step was renamed", (index: number) => (index === 3 ? "other" : `s${index}`), 1],
    ["two steps were swapped", (index: number) => ["s1", "s0"][index] ?? `s${index}`, 1],
    ["a step was taken out", (index: number) => (index === 3 ? "" : `s${index}`), 1],
  ])("looks at the code once when %s, and knows the place", async (_, nameOf, differences) => {
    const { seen, flow } = flowOf(9, nameOf);
    const report = await replayHistory(flow, stepsOf(9));
    expect(report.differences.map(({ site }) => site?.file)).toEqual(
      Array.from({ length: differences }, () => import.meta.filename),
    );
    expect(seen.looks).toBe(1);
  });

  it("looks a second time for a place that only the end shows to be needed", async () => {
    let looks = 0;
    const flow = async (ctx: WorkflowContext): Promise<void> => {
      looks++;
      for (let index = 0; index < 8; index++) await ctx.step(`s${index}`, () => 0);
    };
    const { differences } = await replayHistory(flow, stepsOf(9));
    expect(differences.map(({ verdict, site }) => [verdict, site?.file])).toEqual([["missing", import.meta.filename]]);
    expect(looks).toBe(2);
  });

  it("makes text of one frame for each place, which whoever maps stacks has mapped, or of all where nobody does", async () => {
    const before: unknown = Reflect.get(Error, "prepareStackTrace");
    const frames: number[] = [];
    const counting = (error: Error, sites: NodeJS.CallSite[]): string => {
      frames.push(sites.length);
      return [
        String(error),
        ...sites.map((site) => `    at ${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`),
      ].join("\n");
    };
    const { flow } = flowOf(9, (index) => `renamed ${index}`);
    try {
      for (const prepare of [counting, undefined]) {
        Reflect.set(Error, "prepareStackTrace", prepare);
        const { differences } = await replayHistory(flow, stepsOf(9));
        expect(Reflect.get(Error, "prepareStackTrace")).toBe(prepare);
        expect(differences.map(({ site }) => site?.file)).toEqual(differences.map(() => import.meta.filename));
      }
    } finally {
      Reflect.set(Error, "prepareStackTrace", before);
    }
    expect(frames).toEqual(Array.from({ length: 9 }, () => 1));
  });

  it("takes time that grows with the history, not with its square, though every step is renamed", async () => {
    const { flow } = flowOf(20_000, (index) => `renamed ${index}`);
    const { differences } = await replayHistory(flow, stepsOf(20_000));
    expect(differences).toHaveLength(20_000);
    expect(differences[19_999]).toMatchObject({
      recorded: { location: ["s19999"] },
      site: { file: import.meta.filename },
    });
  }, 12_000);
});
