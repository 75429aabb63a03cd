// The pure parts: values as JSON and back, what is escaped, how text is measured and formatted.

import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeJson, escapeLine, escapeLines, shellQuote } from "../../src/cli/escape.ts";
import { announceReading } from "../../src/cli/large-history.ts";
import { nearest } from "../../src/cli/nearest.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Store } from "../../src/fs-driver/index.ts";
import { fromJson, toJson } from "../../src/cli/values-json.ts";
import { formatAge, formatDuration, formatTimeLeft, goodBefore } from "../../src/cli/views/format.ts";
import { exoticValues } from "../fs-driver/support/values.ts";
import { wrap } from "../../src/cli/views/wrap.ts";
import { fit, pad, textWidth } from "../../src/cli/views/text-width.ts";

describe("values as JSON", () => {
  const through = (value: unknown): unknown => fromJson(JSON.parse(JSON.stringify(toJson(value))));

  it.each([
    [5n, { $bigint: "5" }],
    [new Date(0), { $date: "1970-01-01T00:00:00.000Z" }],
    [new Uint8Array([1, 2]), { $bytes: "AQI=" }],
    [Buffer.from([1, 2]), { $buffer: "AQI=" }],
    [new Uint8Array([1, 2]).buffer, { $arrayBuffer: "AQI=" }],
    [undefined, { $undefined: true }],
    [-0, { $number: "-0" }],
    [Number.NaN, { $number: "NaN" }],
    [new Map([["a", 1n]]), { $map: [["a", { $bigint: "1" }]] }],
    [{ $date: "mine" }, { $object: { $date: "mine" } }],
  ])("writes %s as a tagged object", (value, json) => {
    expect(toJson(value)).toEqual(json);
  });

  it.each([
    5n,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    undefined,
    null,
    new Date(12),
    new Date(Number.NaN),
    new Uint8Array([0, 255]),
    new Float64Array([1.5, -0]),
    new BigInt64Array([1n]),
    new Map<unknown, unknown>([[{ a: 1 }, new Set([undefined])]]),
    new URL("https://example.org/?a=1"),
    /a+/giu,
    { $bigint: "5" },
    { $object: { $object: 1 } },
    { $a: 1, b: 2 },
    JSON.parse('{"__proto__": {"a": 1}}') as unknown,
    [undefined, [[]], {}],
  ])("brings %s back exactly", (value) => {
    expect(through(value)).toStrictEqual(value);
    expect(Object.is(through(value), value) || typeof value === "object" || Number.isNaN(value)).toBe(true);
  });

  it("brings errors back with class, name, stack, cause and fields", () => {
    const error = Object.assign(new RangeError("out", { cause: new Error("inner") }), { code: "E", at: 1n });
    const back = through(error) as typeof error;
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ message: "out", name: "RangeError", stack: error.stack, code: "E", at: 1n });
    expect((back.cause as Error).message).toBe("inner");
    expect(Object.keys(back)).toEqual(["code", "at"]);
  });

  it("brings every value that encoders alter back exactly", () => {
    for (const [name, value] of exoticValues()) {
      const back = through(value);
      expect(isDeepStrictEqual(back, value), name).toBe(true);
      if (value instanceof Error) expect([name, (back as Error).constructor]).toEqual([name, value.constructor]);
    }
  });

  it("writes the class of an error where its name does not say it", () => {
    const { stack } = new Error("no");
    const error = (name: string): Error =>
      Object.defineProperties(new Error("no"), { name: { value: name }, stack: { value: stack } });
    expect(toJson(error("PaymentError"))).toEqual({ $error: { name: "PaymentError", message: "no", stack } });
    expect(toJson(error("TypeError"))).toEqual({ $error: { class: "Error", name: "TypeError", message: "no", stack } });
  });

  it("brings any plain value back", () => {
    const values = fc.object({
      values: [fc.string(), fc.double(), fc.bigInt(), fc.constant(undefined), fc.uint8Array(), fc.date()],
      key: fc.oneof(fc.string(), fc.constantFrom("$date", "$object", "$x", "__proto__")),
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(through(value)).toStrictEqual({ ...value });
      }),
    );
  });
});

describe("text from outside", () => {
  it("is harmless on a terminal, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeLine(text)).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
        expect(escapeLines(text)).not.toMatch(/[^\n\t\P{Cc}]/u);
      }),
    );
  });

  it("stays the same JSON when it is escaped as JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const json = JSON.stringify([value, text]);
        expect(escapeJson(json)).not.toMatch(/\p{Cc}/u);
        expect(JSON.parse(escapeJson(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  it("is quoted for a shell only where it must be", () => {
    expect(shellQuote("order-1")).toBe("order-1");
    expect(shellQuote("it's")).toBe(`'it'\\''s'`);
  });
});

describe("reading a large history", () => {
  it("is told of before it begins, in a line that goes away, and once in a log", () => {
    const dir = mkdtempSync(path.join(tmpdir(), "wf-large-"));
    for (const [run, size] of [
      ["small", 1000],
      ["large", 40 * 1024 * 1024],
    ] as const) {
      mkdirSync(path.join(dir, run));
      writeFileSync(path.join(dir, run, "history.cbor"), "");
      truncateSync(path.join(dir, run, "history.cbor"), size);
    }
    const said = (isLive: boolean, ...runs: string[]): string => {
      let text = "";
      const note = (more: string): void => {
        text += more;
      };
      const read = (run: string): void => note(`<${run}>`);
      const store = announceReading({ dir, read } as unknown as Store, { isLive, note } as unknown as Terminal);
      for (const run of runs) store.read(run);
      return text;
    };
    expect(said(false, "small", "large", "large")).toBe("<small>reading the history of large, 40 MB …\n<large><large>");
    expect(said(true, "large")).toBe("reading the history of large, 40 MB …<large>\r\u001B[K");
    rmSync(dir, { recursive: true });
  });
});

describe("text on a terminal", () => {
  it("is measured in cells", () => {
    expect(textWidth("日本")).toBe(4);
    expect(textWidth("│ ✓ “é” · 1–2 … → ⏸")).toBe(19);
    expect(textWidth("\u00AD\u200B\u{25FD}")).toBe(2);
    expect(textWidth("\u001B[31mred\u001B[39m")).toBe(3);
    expect(textWidth("👩‍👩‍👧")).toBe(2);
    expect(textWidth("e\u0301")).toBe(1);
  });

  it("is cut to the cells that there are", () => {
    expect(fit("abcdef", 4)).toBe("abc…");
    expect(fit("日本語", 5)).toBe("日本…");
    expect(textWidth(fit("\u001B[31mabcdef\u001B[39m", 3))).toBe(3);
    expect(pad("ab", 4)).toBe("ab  ");
  });

  it("is wrapped between words, and no command is broken", () => {
    expect(wrap("it fits", 7)).toEqual(["it fits"]);
    expect(wrap("one two three four", 9, "  ")).toEqual(["  one two", "  three", "  four"]);
    expect(wrap("wf resume order-8f3k2q  goes on with it", 20)).toEqual(["wf resume order-8f3k2q", "goes on with it"]);
    expect(wrap("did you mean order-8f3k2q?  (wf list shows all)", 40)).toEqual([
      "did you mean order-8f3k2q?",
      "(wf list shows all)",
    ]);
    expect(wrap("mend the code, then wf resume order-1; all else stays", 30)).toEqual([
      "mend the code, then",
      "wf resume order-1; all else",
      "stays",
    ]);
    expect(wrap("3  wf fork o --from a  with the history before it", 24, " ")).toEqual([
      " 3  wf fork o --from a",
      "    with the history",
      "    before it",
    ]);
    expect(wrap("first\nsecond line", 8)).toEqual(["first", "second", "line"]);
  });

  it("says durations, ages and times left as people do", () => {
    expect([0, 999, 3_240, 59_960, 125_000, 7_500_000, 190_000_000].map(formatDuration)).toEqual([
      "0 ms",
      "999 ms",
      "3.2 s",
      "1 min",
      "2 min 5 s",
      "2 h 5 min",
      "2 d 5 h",
    ]);
    expect([-5, 120, 7_100, 90_000].map(formatTimeLeft)).toEqual(["now", "0.2 s", "8 s", "1 min 30 s"]);
    expect([1, 30, 300, 7_200, 400_000].map((seconds) => formatAge(0, seconds * 1000))).toEqual([
      "just now",
      "30 s ago",
      "5 min ago",
      "2 h ago",
      "4 d ago",
    ]);
  });

  it("counts events as people do", () => {
    expect([0, 1, 1_200].map(goodBefore)).toEqual([
      "nothing before it",
      "1 event before it is good",
      "1,200 events before it are good",
    ]);
  });

  it("suggests the word that was probably meant", () => {
    expect(nearest("aprove", ["approve", "reject"])).toBe("approve");
    expect(nearest("rnu", ["run", "resume"])).toBe("run");
    expect(nearest("zzz", ["run", "resume"])).toBeUndefined();
  });
});
