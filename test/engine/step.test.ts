import { type StepArgument, ValueNotStorableError } from "dotworkflows";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

describe.each(modes)("a step, in %s mode", (mode) => {
  it("runs its body once, and answers from the record when the run is taken up again", async () => {
    const bench = new Bench({ mode });
    const bodies: string[] = [];
    const output = await bench.output(async (ctx) => {
      const a = await ctx.step("a", () => bodies.push("a"));
      await ctx.sleep("wait", 60_000);
      const b = await ctx.step({ name: "b", run: () => Promise.resolve(bodies.push("b")) });
      return [a, b];
    });
    expect(output).toEqual([1, 2]);
    expect(bodies).toEqual(["a", "b"]);
    expect(bench.passes).toBe(mode === "yield" ? 2 : 1);
  });

  it("is tried again after min(max, base · 2ⁿ) ms, without jitter, and takes what succeeds", async () => {
    const bench = new Bench({ mode });
    const times: number[] = [];
    const attempts: number[] = [];
    const output = await bench.output((ctx) =>
      ctx.step({
        name: "flaky",
        maxRetries: 4,
        retryBackoffBase: 1_000,
        retryBackoffMax: 5_000,
        run: ({ attempt }) => {
          attempts.push(attempt);
          times.push(bench.clock.now());
          if (attempt < 5) throw new Error(`no ${attempt}`);
          return attempt;
        },
      }),
    );
    expect(output).toBe(5);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([2_000, 4_000, 5_000, 5_000]);
  });

  it("fails with StepExhaustedError after maxRetries retries, 3 unless said otherwise", async () => {
    const bench = new Bench({ mode });
    let tries = 0;
    const error = await bench.failure((ctx) =>
      ctx.step("hopeless", () => {
        tries++;
        throw new RangeError("no luck");
      }),
    );
    expect(tries).toBe(4);
    expect(error).toMatchObject({ name: "StepExhaustedError", code: "step_exhausted", attempts: 4 });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: "no luck" });
  });

  it("is given the same idempotency key on every attempt, and no other step has it", async () => {
    const bench = new Bench({ mode });
    const keys: Record<string, string[]> = {};
    const note = (where: string, step: StepArgument): void => {
      (keys[where] ??= []).push(step.idempotencyKey);
      if (step.attempt < 3) throw new Error("again");
    };
    const other = new Bench({ mode });
    for (const run of [bench, other]) {
      await run.output(async (ctx) => {
        await ctx.step("a", (step) => note(`${run === bench} a`, step));
        await ctx.loop("l", async (turn) => {
          await turn.step("a", (step) => note(`${run === bench} l a`, step));
          return { break: true as const, value: 1 };
        });
        await ctx.join("j", { a: { run: (branch) => branch.step("a", (step) => note(`${run === bench} j a`, step)) } });
      });
    }
    const all = Object.values(keys);
    expect(all).toHaveLength(6);
    for (const ofStep of all) expect(new Set(ofStep).size).toBe(1);
    expect(all.map((ofStep) => ofStep.length)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(new Set(all.flat()).size).toBe(6);
  });

  it("gives the workflow a copy: what is changed later changes nothing recorded", async () => {
    const bench = new Bench({ mode });
    const output = await bench.output(async (ctx) => {
      const source = { list: [1], date: new Date(5), map: new Map([["k", { n: 1 }]]) };
      const answer = await ctx.step("load", () => source);
      source.list.push(2);
      expect(answer.list).toEqual([1]);
      answer.list.push(3);
      await ctx.sleep("wait", 60_000);
      return { ...answer, kept: [answer.date instanceof Date, answer.map instanceof Map, answer.map.get("k")?.n] };
    });
    expect(output.kept).toEqual([true, true, 1]);
    const step = bench.events.find((event) => event.type === "step.completed");
    expect(step?.output).toEqual({ list: [1], date: new Date(5), map: new Map([["k", { n: 1 }]]) });
  });

  it("fails at once, without a retry, when its output cannot be stored, and names step and path", async () => {
    const bench = new Bench({ mode });
    let tries = 0;
    const error = await bench.failure((ctx) =>
      ctx.step("load", () => {
        tries++;
        return { rows: [1, 2, 3, { cb: () => undefined }] };
      }),
    );
    expect(tries).toBe(1);
    expect(error).toBeInstanceOf(ValueNotStorableError);
    expect(error.message).toBe('step "load": output.rows[3].cb is a function');
  });

  it("fires its signal on a timeout, which is critical unless retryOnTimeout", async () => {
    const bench = new Bench({ mode });
    const signals: boolean[] = [];
    const slow = ({ signal }: StepArgument): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          signals.push(true);
          reject(new Error("stopped"));
        });
      });
    const error = await bench.failure((ctx) => ctx.step({ name: "slow", timeout: 1_000, run: slow }));
    expect(error).toMatchObject({ name: "StepTimeoutError", stepName: "slow", timeout: 1_000 });
    expect(signals).toEqual([true]);

    const patient = new Bench({ mode });
    const exhausted = await patient.failure((ctx) =>
      ctx.step({ name: "slow", timeout: 1_000, retryOnTimeout: true, maxRetries: 2, run: slow }),
    );
    expect(exhausted).toMatchObject({ name: "StepExhaustedError", attempts: 3 });
    expect(exhausted.cause).toMatchObject({ name: "StepTimeoutError" });
    expect(signals).toHaveLength(4);
  });

  it("with timeout 0 takes as long as it takes, and otherwise 30 s", async () => {
    const bench = new Bench({ mode });
    const after = (ms: number) => (): Promise<string> =>
      new Promise((resolve) => {
        bench.clock.after(ms, () => resolve("done"));
      });
    expect(await bench.output((ctx) => ctx.step({ name: "long", timeout: 0, run: after(3_600_000) }))).toBe("done");
    const limited = new Bench({ mode });
    const error = await limited.failure((ctx) => ctx.step("endless", () => new Promise<never>(() => undefined)));
    expect(error).toMatchObject({ name: "StepTimeoutError", timeout: 30_000 });
  });

  it("may have a timeout of more than 2³¹ ms", async () => {
    const bench = new Bench({ mode });
    const day = 86_400_000;
    const run = (): Promise<string> =>
      new Promise((resolve) => {
        bench.clock.after(30 * day, () => resolve("done"));
      });
    expect(await bench.output((ctx) => ctx.step({ name: "long", timeout: 40 * day, run }))).toBe("done");
    const late = await new Bench({ mode }).failure((ctx) =>
      ctx.step({ name: "late", timeout: 40 * day, run: () => new Promise(() => undefined) }),
    );
    expect(late).toMatchObject({ name: "StepTimeoutError", timeout: 40 * day });
  });

  it("with ephemeral is recorded before everything that comes later", async () => {
    const bench = new Bench({ mode });
    await bench.output(async (ctx) => {
      await ctx.step({ name: "cheap", ephemeral: true, run: () => 1 });
      await ctx.step("dear", () => 2);
    });
    const completed = bench.events.filter((event) => event.type === "step.completed").map((event) => event.loc[0]);
    expect(completed).toEqual(["cheap", "dear"]);
  });

  it("refuses options that make no sense", async () => {
    const error = await new Bench({ mode }).failure((ctx) => ctx.step({ name: "a", maxRetries: -1, run: () => 1 }));
    expect(error.message).toContain("maxRetries");
    const nameless = await new Bench({ mode }).failure((ctx) => ctx.step("", () => 1));
    expect(nameless).toBeInstanceOf(TypeError);
  });
});

describe("an attempt that ended with its process", () => {
  it("counts in `attempt`, and uses up no retry", async () => {
    const bench = new Bench();
    const attempts: number[] = [];
    for (let n = 0; n < 3; n++) {
      const handle = bench.start((ctx) =>
        ctx.step({ name: "a", maxRetries: 1, timeout: 0, run: ({ attempt }) => hang(attempts, attempt) }),
      );
      await bench.clock.advance(0);
      handle.evict({ grace: 0 });
      await bench.clock.advance(1);
      await handle.result;
    }
    const error = await bench.failure((ctx) =>
      ctx.step({
        name: "a",
        maxRetries: 1,
        run: ({ attempt }) => {
          attempts.push(attempt);
          throw new Error("no");
        },
      }),
    );
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(error).toMatchObject({ name: "StepExhaustedError" });
  });
});

function hang(attempts: number[], attempt: number): Promise<never> {
  attempts.push(attempt);
  return new Promise(() => undefined);
}
