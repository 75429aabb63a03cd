import { ValueNotStorableError } from "dotworkflows";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { hashValue } from "../../src/engine/value-hash.ts";
import { Bench, modes } from "./support/harness.ts";

const storable: Record<string, unknown> = {
  undefined: undefined,
  "minus zero and NaN": [-0, Number.NaN, Infinity],
  "a bigint": 12345678901234567890n,
  "a Date": new Date(7),
  "an invalid Date": new Date(Number.NaN),
  "a Map of Maps": new Map<unknown, unknown>([[{ key: 1 }, new Map([["a", new Set([1, "2"])]])]]),
  bytes: new Uint8Array([1, 2, 3]),
  "a Buffer": Buffer.from("hello"),
  "an ArrayBuffer": new Uint8Array([1, 2, 3]).buffer,
  "a typed array": new Float64Array([0.5, -0]),
  "a RegExp": /a+/gi,
  "a URL": new URL("https://example.com/a?b=1"),
  "an error": Object.assign(new TypeError("t", { cause: new Error("c") }), { extra: [1] }),
  "an AggregateError": new AggregateError([new TypeError("one"), { two: -0 }], "all"),
  "a DOMException": new DOMException("too late", "AbortError"),
  "a key __proto__": JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as unknown,
  "the same object twice": ((shared: object) => [shared, shared])({ n: 1 }),
};

class Point {
  x = 1;
}

class Stack extends Array<number> {}

class Bytes extends Uint8Array {}

class PaymentError extends Error {
  override readonly name = "PaymentError";
  readonly charge = 7;
  retry(): boolean {
    return true;
  }
}

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
  ["an instance of a class on top of bytes", () => [new Bytes(2)], "output[0] is an instance of Bytes"],
  ["a DataView", () => new DataView(new ArrayBuffer(1)), "output is an instance of DataView"],
  [
    "an ArrayBuffer with a property",
    () => Object.assign(new ArrayBuffer(1), { type: "a" }),
    "output.type is a property of an ArrayBuffer",
  ],
  ["a symbol on a Map", () => Object.assign(new Map(), { [Symbol("s")]: 1 }), "output has a symbol for a key"],
  ["a symbol on an array", () => Object.assign([1], { [Symbol("s")]: 1 }), "output has a symbol for a key"],
  ["a symbol on bytes", () => Object.assign(Buffer.from("a"), { [Symbol("s")]: 1 }), "output has a symbol for a key"],
  [
    "a class instance of another realm",
    () => runInNewContext("new (class Far {})()") as unknown,
    "output is an instance of Far",
  ],
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

  it.each([
    ["[1, [2]]", [1, [2]]],
    ["({ a: { b: 1 } })", { a: { b: 1 } }],
    ["new Map([['a', new Set([{}])]])", new Map([["a", new Set([{}])]])],
    ["new Date(7)", new Date(7)],
    ["/a+/gi", /a+/gi],
    ["new Uint16Array([1, 2])", new Uint16Array([1, 2])],
    ["new Uint8Array([1, 2]).buffer", new Uint8Array([1, 2]).buffer],
  ])("takes a value of another realm for what it is: %s", async (code, value) => {
    const output = await new Bench({ mode }).output((ctx) => ctx.step("s", () => runInNewContext(code) as unknown));
    expect(output).toStrictEqual(value);
  });

  it("takes an error of another realm for what it is, returned and thrown", async () => {
    const far = (): unknown => runInNewContext("Object.assign(new RangeError('far'), { code: 'E' })");
    const output = await new Bench({ mode }).output((ctx) => ctx.step("s", far));
    expect(output).toBeInstanceOf(RangeError);
    expect(output).toMatchObject({ message: "far", code: "E" });
    const error = await new Bench({ mode }).failure((ctx) =>
      ctx.step({
        name: "s",
        maxRetries: 0,
        run: () => {
          throw far();
        },
      }),
    );
    expect(error.message).toBe('step "s" gave up after 1 failed attempt: far');
  });

  // Each of these is said in docs/durability.md.
  it("loses what structuredClone loses, too, the first time", async () => {
    const shared = { n: 1 };
    const returned = {
      two: [shared, shared],
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
      frozen: Object.freeze({ a: 1 }),
      hidden: Object.defineProperty({ a: 1 }, "b", { value: 2 }),
      bytes: Object.assign(new Uint8Array([1]), { note: "n" }),
      error: new PaymentError("declined"),
    };
    const output = await new Bench({ mode }).output((ctx) => ctx.step("s", () => returned));
    expect(output.two[0]).not.toBe(output.two[1]);
    expect(output.bare).toStrictEqual({ a: 1 });
    expect(Object.isFrozen(output.frozen)).toBe(false);
    expect(Object.getOwnPropertyNames(output.hidden)).toEqual(["a"]);
    expect(output.bytes).toStrictEqual(new Uint8Array([1]));
    expect(Object.getPrototypeOf(output.error)).toBe(Error.prototype);
    expect(output.error).toMatchObject({ name: "PaymentError", message: "declined", charge: 7 });
    expect(output.error.stack).toBe(returned.error.stack);
  });
});

describe("the hash of a value", () => {
  it("is another for every kind of bytes", () => {
    const bytes = new Uint8Array([1, 2]);
    const kinds = [bytes, Buffer.from(bytes), bytes.buffer, new Int8Array(bytes), new ArrayBuffer(2)];
    expect(new Set(kinds.map(hashValue)).size).toBe(kinds.length);
    expect(hashValue(Buffer.from("ab"))).toBe(hashValue(Buffer.from("xab").subarray(1)));
  });
});
