import { CriticalError, EngineError, RollbackError, StepExhaustedError, type WorkflowContext } from "dotworkflows";
import { describe, expect, it, vi } from "vitest";
import { Bench, modes } from "./support/harness.ts";

class HttpError extends Error {
  override name = "HttpError";
  readonly status = 502;
  readonly when = new Date(3);
  readonly config = { headers: { authorization: "secret" } };
  readonly request = {};
  readonly response = { data: () => undefined };
  readonly retry = (): void => undefined;
}

function describeAll(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    cause: describeAll(cause),
    fields: Object.fromEntries(Object.entries(error)),
    type: error.constructor.name,
  };
}

/** Errors of which a part cannot be read. */
const odd: Record<string, () => unknown> = {
  "a message without a text": () => Object.assign(new Error("x"), { message: Object.create(null) as unknown }),
  "a name without a text": () => Object.assign(new Error("x"), { name: Object.create(null) as unknown }),
  ...Object.fromEntries(
    ["message", "stack", "cause", "errors", "field"].map((key) => [`a ${key} that throws`, () => withGetter(key)]),
  ),
  "a proxy that is revoked": () => {
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    return proxy;
  },
};

function withGetter(key: string): Error {
  return Object.defineProperty(new Error("x"), key, {
    enumerable: true,
    get: () => {
      throw new Error("not to be read");
    },
  });
}

const thrown: Record<string, () => unknown> = {
  ...odd,
  "an error with cause and fields": () =>
    Object.assign(new TypeError("outer", { cause: new RangeError("inner", { cause: { deep: 1 } }) }), { code: "E_X" }),
  "an error of an HTTP client": () => new HttpError("bad gateway"),
  "a CriticalError": () => new CriticalError("stop"),
  "a RollbackError": () => new RollbackError("undo"),
  "an AggregateError": () => new AggregateError([new Error("a"), new TypeError("b")], "both"),
  "an error that contains itself": () => {
    const error: Error & { self?: unknown } = new Error("me");
    error.self = error;
    error.cause = error;
    return error;
  },
  "something that is no error": () => ({ reason: "because" }),
  "a string": () => "just text",
};

describe.each(modes)("a terminal failure, in %s mode", (mode) => {
  it.each(Object.keys(thrown))("replays as itself: %s", async (name) => {
    const bench = new Bench({ mode });
    const seen: unknown[] = [];
    await bench.output(async (ctx) => {
      try {
        await ctx.step({
          name: "s",
          maxRetries: 0,
          run: () => {
            throw thrown[name]?.();
          },
        });
      } catch (error) {
        seen.push(describeAll(error));
      }
      await ctx.sleep("one", 60_000);
      await ctx.sleep("two", 60_000);
    });
    expect(seen).toHaveLength(mode === "yield" ? 3 : 1);
    for (const error of seen) expect(error).toEqual(seen[0]);
  });

  it.each(Object.keys(odd))("of a branch is one, whatever was thrown: %s", async (name) => {
    const run = async (): Promise<never> => {
      throw odd[name]?.();
    };
    const bench = new Bench({ mode });
    const join = await bench.failure((ctx) => ctx.join("j", { a: { run } }));
    expect([join.name, bench.types.at(-1)]).toEqual(["JoinError", "run.failed"]);
    const racing = new Bench({ mode });
    const race = await racing.failure((ctx) => ctx.race("r", [{ name: "a", run }]));
    expect([race.name, racing.types.at(-1)]).toEqual(["RaceError", "run.failed"]);
  });

  it("keeps class, message, stack, cause and own fields, and drops HTTP internals with a mark", async () => {
    const bench = new Bench({ mode });
    let original: Error | undefined;
    const error = await bench.failure((ctx) =>
      ctx.step({
        name: "s",
        maxRetries: 0,
        run: () => {
          original = new HttpError("bad gateway", { cause: new RangeError("why") });
          throw original;
        },
      }),
    );
    expect(error).toBeInstanceOf(StepExhaustedError);
    const last = error.cause as HttpError;
    expect(last).toMatchObject({ name: "HttpError", message: "bad gateway", status: 502, when: new Date(3) });
    expect(last.stack).toBe(original?.stack);
    expect(last.cause).toBeInstanceOf(RangeError);
    expect(last).not.toHaveProperty("config");
    expect(JSON.stringify(bench.events)).not.toContain("secret");
  });

  it("of a critical step names what was dropped in the history", async () => {
    const bench = new Bench({ mode });
    await bench.failure((ctx) =>
      ctx.step("s", () => {
        throw Object.assign(new CriticalError("no"), { config: {}, response: {}, cb: () => 1, ok: 1 });
      }),
    );
    const failed = bench.events.find((event) => event.type === "step.failed");
    expect(failed?.error).toMatchObject({
      class: "CriticalError",
      fields: { ok: 1 },
      dropped: ["config", "response", "cb"],
    });
  });
});

describe("the engine's errors", () => {
  it("are EngineErrors, each with a code", () => {
    for (const error of [new CriticalError("a"), new RollbackError("b"), new StepExhaustedError("s", 1, "c")]) {
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toBeInstanceOf(Error);
      expect(error.code).toMatch(/^[a-z_]+$/);
    }
    expect(new CriticalError("a")).not.toBeInstanceOf(RollbackError);
    expect(new Error("a")).not.toBeInstanceOf(EngineError);
    class Mine extends CriticalError {}
    expect(new Mine("a")).toBeInstanceOf(CriticalError);
    expect(new CriticalError("a")).not.toBeInstanceOf(Mine);
  });

  it("are understood across two copies of the package", async () => {
    vi.resetModules();
    const other = await import("dotworkflows");
    expect(other.CriticalError).not.toBe(CriticalError);
    expect(new other.CriticalError("x")).toBeInstanceOf(CriticalError);
    expect(new other.RollbackError("x")).not.toBeInstanceOf(CriticalError);
    let tries = 0;
    const bench = new Bench();
    const error = await bench.failure((ctx: WorkflowContext) =>
      ctx.step("s", () => {
        tries++;
        throw new other.CriticalError("of the other copy");
      }),
    );
    expect(tries).toBe(1);
    expect(error).toBeInstanceOf(CriticalError);
    expect(error).toBeInstanceOf(other.CriticalError);
    const defined = other.defineWorkflow({ run: async (_ctx, input: number) => input + 1 });
    expect(await new Bench().output(defined, 1)).toBe(2);
  });
});
