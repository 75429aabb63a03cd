// Values as CBOR: every one comes back the same by Object.is, or is refused; and another library can read all of it.

import { execFileSync } from "node:child_process";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import { decode, decodeSequence } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CriticalError } from "../../src/engine/errors.ts";
import { copyValue } from "../../src/engine/values.ts";
import { decodeValue, encodeValue } from "../../src/fs-driver/codec.ts";
import { exoticValues } from "./support/values.ts";

const again = (value: unknown): unknown => decodeValue(encodeValue(value));

/** Whether it comes back the same by Object.is, all the way down. */
const comesBack = (value: unknown): boolean => isDeepStrictEqual(again(value), value);

describe("the codec", () => {
  it.each(exoticValues())("gives back %s exactly", (_name, value) => {
    expect(comesBack(value)).toBe(true);
    expect(comesBack({ inside: [value, { deeper: value }] })).toBe(true);
    expect(comesBack(new Map([[value, value]]))).toBe(true);
    expect(comesBack(new Set([value]))).toBe(true);
  });

  it("gives back 2,000 random values exactly", () => {
    const settings = {
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: false,
    };
    const anything = fc.anything({
      ...settings,
      key: fc.string({ unit: "binary" }),
    } as fc.ObjectConstraints);
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: "binary" }), fc.array(fc.uint16Array())), (value) => {
        const copy = copyValue(value);
        // Node 20's own deepStrictEqual finds that no invalid date equals another.
        expect(again(copy)).toStrictEqual(copy);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives back strings with lone surrogates and byte order marks", () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.constantFrom(0xfeff, 0x61, 0)));
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(comesBack({ [text]: [text] })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("gives back values nested 500 deep", () => {
    let value: unknown = -0;
    for (let depth = 0; depth < 500; depth++) value = depth % 2 === 0 ? [value] : { value };
    expect(comesBack(value)).toBe(true);
  });

  it("gives back an invalid date", () => {
    expect(again([new Date(Number.NaN)])).toStrictEqual([new Date(Number.NaN)]);
    expect(() => decode(encodeValue(new Date(Number.NaN)))).not.toThrow();
  });

  it("gives back errors with class, stack, cause and own fields", () => {
    const error = Object.assign(new RangeError("too \ud800 far", { cause: new Map([["why", -0]]) }), { count: 3n });
    const back = again(error) as RangeError & { count: bigint };
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ name: "RangeError", message: "too \ud800 far", count: 3n, stack: error.stack });
    expect(isDeepStrictEqual(back.cause, error.cause)).toBe(true);
    expect(again(new CriticalError("no"))).toBeInstanceOf(CriticalError);
  });

  it("gives bytes memory of their own", () => {
    const encoded = encodeValue([Buffer.from("abc"), new Float64Array([1, -0]), new Uint8Array([7, 8])]);
    const [buffer, floats, bytes] = decodeValue(encoded) as [Buffer, Float64Array, Uint8Array];
    expect([buffer.buffer.byteLength, floats.buffer.byteLength, bytes.buffer.byteLength]).toEqual([3, 16, 2]);
    encoded.fill(0);
    expect([buffer.toString(), ...bytes]).toEqual(["abc", 7, 8]);
  });

  it("gives another tool the bytes of a Buffer", () => {
    const outer = decode(encodeValue(Buffer.from("abc"))) as { contents: { contents: [string, Uint8Array] } };
    const [kind, bytes] = outer.contents.contents;
    expect([kind, ...bytes]).toEqual(["buffer", 97, 98, 99]);
  });

  it.each([
    ["a function", { a: () => 1 }],
    ["a symbol", [Symbol("s")]],
    ["a promise", { a: Promise.resolve() }],
    ["an instance of a class", new (class Point {})()],
    ["a weak map", new WeakMap()],
    ["a cycle", cycle()],
    ["an object of another realm, which copyValue makes one of this", runInNewContext("new Map()")],
  ])("refuses %s", (_name, value) => {
    expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: "value_not_storable" }) as Error);
  });

  it("says of a regular expression from a newer Node that another one wrote it", () => {
    const bytes = encodeValue(/abcd/);
    bytes.set(Buffer.from("(?Q:"), Buffer.from(bytes).indexOf("abcd"));
    expect(() => decodeValue(bytes)).toThrow(
      `/(?Q:/ is no regular expression for Node ${process.version}; use the one that wrote it`,
    );
  });

  it("is read by a second CBOR library, item by item", () => {
    for (const [, value] of exoticValues()) expect(() => decode(encodeValue(value))).not.toThrow();
    const ordinary = { text: "ä€😀", list: [1, -2, 1.5, null, true], map: { a: { b: "c" } }, big: 2n ** 70n };
    expect(decode(encodeValue(ordinary))).toEqual(ordinary);
    const two = Buffer.concat([encodeValue({ a: 1 }), encodeValue([2])]);
    expect([...decodeSequence(two)]).toEqual([{ a: 1 }, [2]]);
  });

  it("reads and writes the same without the native part of cbor-x", () => {
    const script = path.join(import.meta.dirname, "support", "values-main.ts");
    const run = (disabled: string): string =>
      execFileSync(process.execPath, ["--import", "jiti/register", script], {
        encoding: "utf8",
        env: { ...process.env, CBOR_NATIVE_ACCELERATION_DISABLED: disabled },
      });
    const [withNative, without] = [run("false"), run("true")];
    expect(withNative).toContain("all the same");
    expect(without.split("\n")[1]).toBe(withNative.split("\n")[1]);
  });
});

function cycle(): unknown {
  const list: unknown[] = [];
  list.push({ list });
  return list;
}
