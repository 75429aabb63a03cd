// The time in which no process had a run is no step's time: a waterfall cuts it out, marks it, and says why.

import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { History } from "../../src/engine/history/history.ts";
import type { HistoryEvent, NewEvent } from "../../src/engine/history/events.ts";
import { axisOf, bar } from "../../src/cli/views/bar.ts";
import { describeGaps } from "../../src/cli/views/gap-text.ts";
import { foldWithTimeline, type Gap, type GapReason, type Timeline } from "../../src/cli/views/timeline.ts";
import { slow } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

const CREATED = { type: "run.created", workflow: "w", input: 1, format: 1, seed: "0".repeat(32), at: 0 } as const;
const ERROR = { class: "Error", name: "Error", message: "no" };

/** Events with their times; each gets its `seq`. */
function timelineOf(...events: readonly (NewEvent & { at: number })[]): { timeline: Timeline; history: History } {
  const history = new History();
  const stamped = [CREATED, ...events].map((event, index): HistoryEvent => ({ ...event, seq: index + 1 }));
  return { timeline: foldWithTimeline(history, stamped), history };
}

const started = (at: number, pid: number): NewEvent & { at: number } => ({ type: "run.started", pid, host: "h", at });
const begins = (at: number, attempt: number): NewEvent & { at: number } => ({
  type: "step.started",
  loc: ["a"],
  attempt,
  at,
});

describe("the timeline of a run", () => {
  it("has a gap from the last event of a killed process to the next one that takes the run up", () => {
    const { timeline, history } = timelineOf(started(1, 7), begins(2, 1), started(500, 8), begins(501, 2));
    expect(timeline.gaps).toEqual([{ from: 2, to: 500, why: "interrupted" }]);
    expect(timeline.without(0, 250)).toBe(248);
    const place = history.find(["a"]);
    expect(place && timeline.countsOf(place)).toEqual({ cutOff: 1, beforeRetry: 0 });
  });

  it("finds the gap where compaction or a fork has dropped who had the run", () => {
    const { timeline } = timelineOf(begins(2, 1), begins(400, 2));
    expect(timeline.gaps).toEqual([{ from: 2, to: 400, why: "interrupted" }]);
  });

  it("has none where the same process passes over the run again", () => {
    expect(timelineOf(started(1, 7), begins(2, 1), started(500, 7)).timeline.gaps).toEqual([]);
  });

  it("has the time of a pause, and of a failure until its retry", () => {
    const { timeline, history } = timelineOf(
      started(1, 7),
      { type: "run.paused", by: "q", at: 10 },
      started(30, 8),
      begins(31, 1),
      { type: "step.failed", loc: ["a"], attempt: 1, error: ERROR, kind: "critical", at: 40 },
      { type: "run.failed", error: ERROR, causes: [["a"]], at: 41 },
      { type: "run.recovered", at: 90 },
      started(91, 9),
      begins(92, 2),
    );
    expect(timeline.gaps).toEqual([
      { from: 10, to: 30, why: "paused" },
      { from: 41, to: 91, why: "failed" },
    ]);
    const place = history.find(["a"]);
    expect(place && timeline.countsOf(place)).toEqual({ cutOff: 0, beforeRetry: 1 });
  });

  it("takes a wait without a process for a wait, and only the time in which a retry is due for a gap", () => {
    const waiting = { type: "run.waiting", messages: ["go"], at: 5 } as const;
    expect(timelineOf(started(1, 7), waiting, started(90_000, 8)).timeline.gaps).toEqual([]);
    const asleep = { type: "run.waiting", until: 10_000, at: 5 } as const;
    expect(timelineOf(started(1, 7), asleep, started(60_000, 8)).timeline.gaps).toEqual([]);
    const failed = {
      type: "step.failed",
      loc: ["a"],
      attempt: 1,
      error: ERROR,
      kind: "error",
      retryAt: 10_000,
    } as const;
    const backoff = [started(1, 7), begins(2, 1), { ...failed, at: 3 }, asleep];
    expect(timelineOf(...backoff, started(10_600, 8)).timeline.gaps).toEqual([]);
    expect(timelineOf(...backoff, started(60_000, 8)).timeline.gaps).toEqual([
      { from: 10_000, to: 60_000, why: "late" },
    ]);
  });

  it("has the gap in which a run is that nobody has", () => {
    const { timeline, history } = timelineOf(started(1, 7), begins(2, 1));
    expect(timeline.openGap(history, 100)).toEqual({ from: 2, to: 100, why: "interrupted" });
  });
});

describe("gaps in words", () => {
  const NOW = new Date(2026, 0, 2, 14, 0, 0).getTime();
  const ago = (why: GapReason, from: number, to: number): Gap => ({ why, from: NOW - from, to: NOW - to });

  it.each<[Gap[], string]>([
    [[ago("interrupted", 9_000, 0)], "nothing on record since 13:59:51"],
    [[ago("interrupted", 9_000, 1_000)], "interrupted: nothing on record for 8.0 s"],
    [
      [ago("interrupted", 9_000, 7_000), ago("interrupted", 1_000, 0)],
      "interrupted 2 times: nothing on record for 3.0 s in all",
    ],
    [[ago("paused", 9_000, 0)], "paused since 13:59:51"],
    [[ago("failed", 9_000, 4_000), ago("paused", 3_000, 2_000)], "paused for 1.0 s · failed, and retried after 5.0 s"],
    [[ago("forked", 9_000, 0)], "forked here, and not begun yet"],
    [[ago("late", 9_000, 0)], "due since 13:59:51, and not taken up"],
    [[ago("late", 9_000, 5_000), ago("late", 4_000, 3_000)], "taken up late 2 times, 5.0 s in all"],
  ])("are %j: %s", (gaps, words) => {
    expect(describeGaps(gaps, NOW)).toBe(words);
  });
});

describe("a bar on an axis with gaps", () => {
  const gap = { from: 10, to: 100_010, why: "interrupted" } as const;

  it("shows what was before and after a gap in cells of their own, however short", () => {
    const axis = axisOf({ from: 0, to: 101_010, width: 20, gaps: [gap] });
    expect(axis.length).toBe(1010);
    expect(bar([{ from: 5, to: 10, kind: "run" }], axis)).toBe(`▏┊${" ".repeat(18)}`);
    expect(bar([{ from: 100_010, to: 101_010, kind: "run" }], axis)).toBe(` ┊${"━".repeat(18)}`);
    expect(bar([{ from: 0, to: 101_010, kind: "wait" }], axis)).toBe(`─┊${"─".repeat(18)}`);
  });

  it("marks a gap that still lasts in the last cell", () => {
    const axis = axisOf({ from: 0, to: 100_010, width: 20, gaps: [gap] });
    expect(bar([{ from: 0, to: 100_010, kind: "run" }], axis)).toBe(`${"━".repeat(19)}┊`);
  });

  it("keeps its width with more gaps than cells, and still shows every span", () => {
    const gaps = Array.from(
      { length: 60 },
      (_, index) => ({ from: index * 10, to: index * 10 + 9, why: "paused" }) as const,
    );
    const axis = axisOf({ from: 0, to: 600, width: 20, gaps });
    expect(axis.length).toBe(60);
    for (let at = 0; at < 600; at += 7) expect(bar([{ from: at, to: at, kind: "run" }], axis)).toMatch(/^[ ┊▏]{20}$/);
    expect(bar([], axis).match(/┊/g)).toHaveLength(5);
  });
});

describe("a run that was killed, and resumed later", () => {
  let workspace: Workspace;

  afterEach(() => {
    workspace.remove();
  });

  /** Moves a run to a place where everything in it happened an hour earlier. */
  async function anHourAgo(run: string): Promise<void> {
    await workspace.wf(["export", run, "--output", "run.json"]);
    const text = readFileSync(path.join(workspace.folder, "run.json"), "utf8");
    const earlier = text.replaceAll(
      /("at": ?)(\d+)/g,
      (_, key: string, at: string) => `${key}${Number(at) - 3_600_000}`,
    );
    workspace.write("run.json", earlier);
    rmSync(path.join(workspace.folder, ".workflows", run), { recursive: true });
    await workspace.wf(["import", "run.json"]);
  }

  it("does not count the time in between: not in inspect, nor in --step, nor while it goes on", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    const first = workspace.start(["run", "slow.ts", "--id", "s"]);
    await first.says("long is under way");
    first.child.kill("SIGKILL");
    await first.ended;
    const left = (await workspace.wf(["inspect", "s"])).stdout;
    expect(left).toMatch(/○ long .*┊ {2}attempt 1 ended with its process\n {2}┊ nothing on record since /);
    await anHourAgo("s");
    workspace.write("go-on", "");
    const { stderr } = await workspace.wf(["resume", "s"]);
    expect(stderr).toMatch(/✓ long {2}\d+ ms, 2 attempts, 1 interrupted\n/);
    const { stdout } = await workspace.wf(["inspect", "s"]);
    expect(stdout).toMatch(/^ +0 *┊.* ms$/m);
    expect(stdout).toMatch(/✓ long .*┊.* {2}\d+ ms, 2 attempts, 1 interrupted\n/);
    expect(stdout).toMatch(/\n {2}┊ interrupted: nothing on record for 1 h\n/);
    const step = (await workspace.wf(["inspect", "s", "--step", "long"])).stdout;
    expect(step).toMatch(/✓ \d+ ms, 2 attempts, 1 interrupted · started/);
    expect(step).toMatch(/attempt 1\n {6}┊ {2}interrupted: nothing on record for 1 h\n.*attempt 2/);
  });

  it("is shown in a fork as another run's time", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    workspace.write("go-on", "");
    await workspace.wf(["run", "slow.ts", "--id", "s"]);
    await workspace.wf(["fork", "s", "--from", "long", "--id", "f"]);
    expect((await workspace.wf(["inspect", "f"])).stdout).toContain("┊ forked here, and not begun yet");
    await workspace.wf(["resume", "f"]);
    expect((await workspace.wf(["inspect", "f"])).stdout).toMatch(/✓ first .*┊.*\n.*✓ long .*┊.*\n {2}┊ forked here: /);
  });
});
