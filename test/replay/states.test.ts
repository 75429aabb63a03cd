// Runs in states of their own: rolling back, recovered, with declared schemas; and what no edit is needed for.

import { describe, expect, it } from "vitest";
import { CriticalError, defineWorkflow, Loop, runWorkflow, type Workflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver, ManualClock, replayHistory } from "dotworkflows/testing";

/** Takes a run up once; what it throws is on record. */
async function take(workflow: Workflow, driver: InMemoryDriver, input?: unknown): Promise<InMemoryDriver> {
  const clock = new ManualClock();
  await clock
    .advanceUntil(runWorkflow("run-1", workflow, input as never, driver, { clock }).result)
    .catch(() => undefined);
  return driver;
}

function booking(undo: (() => void) | undefined) {
  return async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("start");
    const rollback = undo === undefined ? {} : { rollback: undo };
    await ctx.step({ name: "book", run: () => 1, ...rollback });
    await ctx.step("pay", () => {
      throw new CriticalError("no money");
    });
  };
}

const stubborn = (): void => {
  throw new Error("the hotel does not answer");
};

describe("a comparison", () => {
  it("fits a run that is rolling back, and misses a handler that is gone", async () => {
    const { events } = await take(booking(stubborn), new InMemoryDriver());
    expect(events.at(-1)?.type).toBe("step.rollback_failed");
    expect((await replayHistory(booking(stubborn), events)).differences).toEqual([]);
    const { compatible, differences } = await replayHistory(booking(undefined), events);
    expect(compatible).toBe(false);
    expect(differences).toMatchObject([{ verdict: "missing", location: ["book"], recorded: { kind: "rollback" } }]);
  });

  it("fits a run that was recovered", async () => {
    const flow = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.join("both", {
        left: { run: (left) => left.step("look", () => 1) },
        right: {
          run: (right) =>
            right.step("fail", () => {
              throw new CriticalError("no");
            }),
        },
      });
    };
    const driver = await take(flow, new InMemoryDriver());
    const last = driver.events.at(-1);
    expect(last?.type).toBe("run.failed");
    const recovered = [
      ...driver.events,
      { type: "run.recovered", seq: (last?.seq ?? 0) + 1, at: last?.at ?? 0 } as const,
    ];
    const report = await replayHistory(flow, recovered);
    expect([report.compatible, report.differences]).toEqual([true, []]);
    expect(report.entries.map(({ location }) => location.join("/"))).toEqual(["both", "both/left", "both/right/fail"]);
  });

  it("notes recorded input and messages that no longer fit what is declared", async () => {
    const number = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
      },
    } as const;
    const run = async (ctx: WorkflowContext): Promise<unknown> => ctx.queue.next("which", { names: ["pick"] });
    const driver = new InMemoryDriver();
    await driver.inbox.add({ id: "m1", name: "pick", body: "a", sentAt: 0 });
    const { events } = await take(run, driver, "text");
    const workflow = defineWorkflow({ input: number, messages: { pick: number }, run });
    const { compatible, differences } = await replayHistory(workflow, events);
    expect(compatible).toBe(true);
    expect(differences.map(({ verdict, location }) => [verdict, location])).toEqual([
      ["input", []],
      ["message", ["which"]],
    ]);
  });

  it("finds, in unedited code, that a variable outside of a loop was written in it", async () => {
    const flow = async (ctx: WorkflowContext): Promise<number> => {
      let sum = 0;
      await ctx.loop({
        name: "add",
        state: 0,
        run: async (turn, n) => {
          sum += await turn.step("one", () => 1);
          return n < 2 ? Loop.continue(n + 1) : Loop.break(n);
        },
      });
      return sum;
    };
    const { events } = await take(flow, new InMemoryDriver());
    expect((await replayHistory(flow, events)).differences).toMatchObject([{ verdict: "result", location: [] }]);
  });

  it("goes on past an inserted step with an assumed value", async () => {
    const before = async (ctx: WorkflowContext): Promise<unknown> => ctx.sleep("rest", 1_000_000_000);
    const after = async (ctx: WorkflowContext): Promise<void> => {
      const risk = await ctx.step("risk", () => 1);
      if (risk === 9) await ctx.sleep("rest", 1_000_000_000);
    };
    const { events } = await take(before, new InMemoryDriver());
    const plain = await replayHistory(after, events);
    expect(plain.differences.map(({ verdict }) => verdict)).toEqual(["inserted", "unreached"]);
    const assumed = await replayHistory(after, events, { assume: new Map([["risk", { value: 9 }]]) });
    expect(assumed.differences.map(({ verdict }) => verdict)).toEqual(["inserted"]);
  });

  describe("behind an inserted step of an unfinished run", () => {
    const before = async (ctx: WorkflowContext): Promise<unknown> => {
      await ctx.rollbackCheckpoint("begin");
      await ctx.step({ name: "charge", run: () => 1, rollback: () => undefined });
      await ctx.sleep("cool", 0);
      return ctx.queue.next("approval", { names: ["approve"] });
    };
    const edited =
      (use: (score: number, ctx: WorkflowContext) => unknown, sleep = "cool") =>
      async (ctx: WorkflowContext): Promise<unknown> => {
        await ctx.rollbackCheckpoint("begin");
        await ctx.step({ name: "charge", run: () => 1, rollback: () => undefined });
        const score = await ctx.step("fraud check", () => 7);
        if ((await use(score, ctx)) === "stop") return score;
        await ctx.sleep(sleep, 0);
        return ctx.queue.next("approval", { names: ["approve"] });
      };
    const verdicts = async (after: (ctx: WorkflowContext) => Promise<unknown>): Promise<string[]> => {
      const { events } = await take(before, new InMemoryDriver());
      const { differences } = await replayHistory(after, events);
      return differences.map(({ verdict, location }) => `${verdict} ${String(location.at(-1))}`);
    };
    const UNREACHED = ["inserted fraud check", "unreached cool", "unreached approval"];

    it("compares the rest as if it were left out, which is what its fix does, and says so", async () => {
      const after = edited((score) => {
        if (score > 100) throw new CriticalError("fraud");
      });
      expect(await verdicts(after)).toEqual(["inserted fraud check"]);
      const { events } = await take(before, new InMemoryDriver());
      const { differences, entries } = await replayHistory(after, events);
      expect(differences[0]?.detail).toBe("what follows is compared as if it were left out");
      expect(entries.map(({ verdict }) => verdict)).toEqual(["same", "same", "inserted", "same", "same"]);
      expect(await verdicts(edited(() => 0, "cool off"))).toEqual(["inserted fraud check", "renamed? cool off"]);
    });

    it("says nothing of the rest where the code throws for want of its value, or returns early", async () => {
      expect(await verdicts(edited((score) => score.toFixed(2)))).toEqual(UNREACHED);
      expect(await verdicts(edited((score) => (score === 7 ? "go on" : "stop")))).toEqual(UNREACHED);
    });

    it("comes to an end where the code asks until a step answers", async () => {
      const poll = edited(async (_, ctx) => {
        for (let n = 0; ; n++) if ((await ctx.step(`poll-${n}`, () => 7)) === 7) return;
      });
      expect(await verdicts(poll)).toEqual(UNREACHED);
    });
  });

  it("offers to send anew what was sent with another body, as the last thing on record", async () => {
    const flow =
      (body: string, isAgain: boolean) =>
      async (ctx: WorkflowContext): Promise<unknown> => {
        const block = { name: "note-2", catch: [], run: (inner: WorkflowContext) => inner.queue.send("note", body) };
        await (isAgain ? ctx.try(block) : ctx.queue.send("note", body));
        return ctx.step("after", () => 1);
      };
    const driver = await take(flow("hello", false), new InMemoryDriver());
    const sent = driver.events.slice(0, driver.events.findIndex(({ type }) => type === "queue.sent") + 1);
    const { differences } = await replayHistory(flow("good day", false), sent);
    expect(differences).toMatchObject([{ verdict: "changed", level: "difference", location: ["note"] }]);
    const [words, line] = differences[0]?.fix ?? [];
    expect(words?.title).toContain("only its hash is on record");
    expect(words?.edits).toEqual([]);
    expect(line).toMatchObject({
      runsAgain: true,
      code: 'ctx.try({ name: "note-2", catch: [], run: (ctx) => … })',
      edits: [{ action: "wrap" }],
    });
    expect((await replayHistory(flow("good day", true), sent)).differences).toEqual([]);
    const again = new InMemoryDriver();
    again.append(structuredClone(sent));
    await take(flow("good day", true), again);
    expect(again.events.at(-1)?.type).toBe("run.completed");
    expect((await again.inbox.peek(["note"], 9)).map(({ body }) => body)).toContain("good day");
  });

  it("offers no run of what is over: a rename in a finished loop runs only where a run is not past it", async () => {
    const flow = (name: string) => async (ctx: WorkflowContext) => {
      await ctx.loop({
        name: "pick",
        state: 0,
        run: async (turn, n) => {
          await turn.step(name, () => n);
          return n < 1 ? Loop.continue(n + 1) : Loop.break(n);
        },
      });
      await ctx.queue.next("go", { names: ["go"] });
    };
    const { events } = await take(flow("reserve"), new InMemoryDriver());
    const { compatible, differences } = await replayHistory(flow("allocate"), events, { deep: true });
    expect(compatible).toBe(true);
    expect(differences.map(({ verdict, level }) => [verdict, level])).toEqual([
      ["renamed?", "note"],
      ["renamed?", "note"],
    ]);
    expect(differences[0]?.fix?.map(({ title }) => title)).toEqual([
      "keep the recorded name",
      'or run it anew: "allocate" then runs on recorded runs that are not past it yet',
    ]);
  });

  it("takes nothing in a new iteration for what an iteration before it did", async () => {
    const flow = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.try("all", async (inner) => {
        await inner.loop({
          name: "days",
          state: 0,
          run: async (day, n) => {
            await day.try("work", (shift) => shift.step("toil", () => n));
            return n < 2 ? Loop.continue(n + 1) : Loop.break(n);
          },
        });
      });
      await ctx.step("toil", () => 1);
    };
    const { events } = await take(flow, new InMemoryDriver());
    for (let length = 1; length <= events.length; length++) {
      const { differences } = await replayHistory(flow, events.slice(0, length));
      expect([length, differences]).toEqual([length, []]);
    }
  });

  it("leaves the history as it was given", async () => {
    const { events } = await take(booking(stubborn), new InMemoryDriver());
    const copy = structuredClone(events);
    await replayHistory(booking(undefined), events, { deep: true });
    expect(events).toEqual(copy);
  });

  it.each([
    ["at once", () => Promise.resolve()],
    ["later", () => new Promise((resolve) => setImmediate(resolve))],
  ])("comes to an end when a join that nobody awaits ends %s, recorded or not", async (_, run) => {
    const hurried = async (ctx: WorkflowContext): Promise<void> => {
      void ctx.join("both", { only: { run } });
      await ctx.try("next", async () => 1);
    };
    const beside = (ctx: WorkflowContext): Promise<unknown> =>
      ctx.join("all", {
        hurried: { run: hurried },
        other: { run: () => new Promise((resolve) => setImmediate(resolve)) },
      });
    for (const flow of [hurried, beside]) {
      const { events } = await take(flow, new InMemoryDriver());
      for (const recorded of [events, events.filter((event) => !("loc" in event) || event.loc.join() === "all")]) {
        const { differences } = await replayHistory(flow, recorded);
        expect(differences).toMatchObject([{ verdict: "not awaited" }]);
      }
    }
  });

  it("says where the code draws an id on an outer context, which a run refuses", async () => {
    const drawing = (on: "outer" | "inner") => (ctx: WorkflowContext) =>
      ctx.try("t", async (block) => {
        const id = (on === "outer" ? ctx : block).uuid();
        return block.step("send", () => id);
      });
    const { events } = await take(drawing("inner"), new InMemoryDriver());
    expect((await replayHistory(drawing("inner"), events)).differences).toEqual([]);
    const { compatible, differences } = await replayHistory(drawing("outer"), events);
    expect(compatible).toBe(false);
    expect(differences[0]).toMatchObject({ verdict: "threw", location: ["t"], site: { file: import.meta.filename } });
    expect(differences[0]?.detail).toMatch(/^EntryInProgressError: ctx\.uuid\(\) was called/);
  });
});
