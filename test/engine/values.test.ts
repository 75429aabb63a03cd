import { ValueNotStorableError } from "dotworkflows";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Bench, modes } from "./support/harness.ts";

const storable: Record<string, unknown> = {
  undefined: undefined,
  "minus zero and NaN": [-0, Number.NaN, Infinity],
  "a bigint": 12345678901234567890n,
  "a Date": new Date(7),
  "an invalid Date": new Date(Number.NaN),
  "a Map of Maps": new Map<unknown, unknown>([[{ key: 1 }, new Map([["a", new Set([1, "2"])]])]]),
  bytes: new Uint8Array([1, 2, 3]),
  "a typed array": new Float64Array([0.5, -0]),
  "a RegExp": /a+/gi,
  "a URL": new URL("https://example.com/a?b=1"),
  "an error": Object.assign(new TypeError("t", { cause: new Error("c") }), { extra: [1] }),
  "a key __proto__": JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as unknown,
  "the same object twice": ((shared: object) => [shared, shared])({ n: 1 }),
};

class Point {
  x = 1;
}

class Stack extends Array<number> {}

const refused: [string, () => unknown, string][] = [
  ["a function", () => ({ a: [() => 1] }), "output.a[0] is a function"],
  ["a symbol", () => Symbol("s"), "output is a symbol"],
  ["a class instance", () => ({ p: new Point() }), "output.p is an instance of Point"],
  ["a promise in an object", () => ({ p: Promise.resolve(1) }), "output.p is a promise (did you forget to await it?)"],
  ["a cycle", () => ((a: { b?: unknown }) => ((a.b = { a }), a))({}), "output.b.a is a cycle"],
  ["a value in a Map", () => new Map([["k", { f: () => 1 }]]), 'output.get("k").f is a function'],
  ["an instance of a class on top of arrays", () => ({ s: Stack.of(1) }), "output.s is an instance of Stack"],
  ["a Date with a property", () => Object.assign(new Date(7), { zone: "UTC" }), "output.zone is a property of a Date"],
  ["a Map with a property", () => [Object.assign(new Map(), { size2: 1 })], "output[0].size2 is a property of a Map"],
  ["a named property of an array", () => /(?<a>b)/.exec("b"), "output.groups is a named property of an array"],
  ["a WeakMap", () => new WeakMap(), "output is an instance of WeakMap"],
  [
    "something behind an error with a hidden function",
    () => ({ error: Object.assign(new Error("e"), { deep: { f: () => 1 } }), g: () => 1 }),
    "output.g is a function",
  ],
];

describe.each(modes)("what crosses the record, in %s mode", (mode) => {
  it.each(Object.keys(storable))(
    "comes back equal and independent, on the first run as on a replay: %s",
    async (name) => {
      const value = storable[name];
      const bench = new Bench({ mode });
      const seen: unknown[] = [];
      const output = await bench.output(async (ctx, input: unknown) => {
        const stepped = await ctx.step("s", () => value);
        const { j } = await ctx.join("join", { j: { run: () => Promise.resolve(stepped) } });
        seen.push(input, stepped, j);
        await ctx.sleep("z", 60_000);
        return stepped;
      }, value);
      for (const each of [...seen, output]) {
        expect(each).toStrictEqual(value);
        if (typeof value === "object") expect(each).not.toBe(value);
      }
      expect(new Set(seen.filter((each) => typeof each === "object")).size).toBe(
        seen.filter((each) => typeof each === "object").length,
      );
    },
  );

  it.each(refused)("is refused with its path: %s", async (_, make, message) => {
    const error = await new Bench({ mode }).failure((ctx) => ctx.step("s", make));
    expect(error).toBeInstanceOf(ValueNotStorableError);
    expect(error.message).toContain(message);
    const input = await new Bench({ mode }).failure(async () => 1, make());
    expect(input.message).toContain(message.replace("output", "input"));
    const output = await new Bench({ mode }).failure(async () => make());
    expect(output).toBeInstanceOf(ValueNotStorableError);
  });

  it("takes an array of another realm for what it is", async () => {
    const output = await new Bench({ mode }).output((ctx) =>
      ctx.step("s", () => runInNewContext("[1, [2]]") as unknown),
    );
    expect(output).toStrictEqual([1, [2]]);
  });
});
