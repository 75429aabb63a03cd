// Inputs and bodies as they are typed: what is taken for a number, and that none is changed by being read.

import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { readGivenValue } from "../../src/cli/input.ts";
import { changedNumber } from "../../src/cli/json-numbers.ts";
import { Workspace } from "./support/wf.ts";

const field = async (text: string): Promise<unknown> => {
  const value = await readGivenValue({ fields: [`value=${text}`], name: "--input" });
  return (value as { value: unknown }).value;
};
const json = (text: string): Promise<unknown> => readGivenValue({ json: text, name: "body" });

describe("the value of a field", () => {
  it.each([
    ["3", 3],
    ["-0.5", -0.5],
    ["9007199254740991", 2 ** 53 - 1],
    ["1e-7", 1e-7],
    ["true", true],
    ["null", null],
    ['{"a":[1.10]}', { a: [1.1] }],
    ["[1,2]", [1, 2]],
    ['{"$bigint":"5"}', 5n],
    ['"1.5"', "1.5"],
  ])("%s is JSON", async (text, value) => {
    expect(await field(text)).toEqual(value);
  });

  it.each([
    ..."1.10 1.0 123e456 1e5 12345678901234567890 9007199254740992 1e+21 007 -0 +1 .5 0x10 Infinity NaN".split(" "),
    " 5",
    "5 ",
    "",
    "undefined",
    "v1.2",
    "{a: 1}",
    "[1",
  ])("%j is text as it stands", async (text) => {
    expect(await field(text)).toBe(text);
  });

  it("is printed again as it was typed, whatever number it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.double(), fc.integer(), fc.bigInt().map(String)), async (value) => {
        expect(String(await field(String(value)))).toBe(String(value));
      }),
    );
  });
});

describe("fields with dots", () => {
  const fields = (...given: string[]): Promise<unknown> => readGivenValue({ fields: given, name: "--input" });

  it("fill one object", async () => {
    expect(await fields("a.b=1", "a.c=2", "x=1")).toEqual({ a: { b: 1, c: 2 }, x: 1 });
  });

  it.each([
    ["x=1", "x=2"],
    ["a.b=1", "a.b=1"],
    ["a=2", "a.b.c=1"],
    ["a.b.c=1", "a=2"],
    ["a.b.c=1", "a.b=2"],
    ["a.b=1", 'a={"c":1}'],
  ])("drop nothing: %s beside %s is refused", async (...given) => {
    await expect(fields(...given)).rejects.toMatchObject({
      message: expect.stringContaining("already has a value") as string,
      facts: { exitCode: 2 },
    });
  });
});

describe("a number in JSON", () => {
  it.each([
    ..."0.1 1.10 1.0 1e3 1e5 1E+2 1.5e-3 -0 -0.0 0e999 5e-324 9007199254740992.0 100000000000000000000".split(" "),
    ..."9007199254740992 12345678901234567000 12345678901234567000.0 0.30000000000000004".split(" "),
  ])("%s is a number", async (text) => {
    expect(await json(`{"n":[${text}]}`)).toEqual({ n: [Number(text)] });
  });

  it("is one to as many digits as a program has printed it", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 100 }), (value, digits) => {
        const printed = [String(value), value.toPrecision(Math.max(17, digits)), value.toExponential(20)];
        expect(changedNumber(`[${printed.join(",")}]`)).toBeUndefined();
        const few = value.toPrecision(Math.min(15, digits));
        if (Math.abs(value) > 1e-300 && Math.abs(value) < 1e300) expect(changedNumber(few)).toBeUndefined();
      }),
    );
  });

  it.each([
    ["9007199254740993", "9007199254740992"],
    ["12345678901234567890", "12345678901234567000"],
    ["-12345678901234567890", "-12345678901234567000"],
    ["12345678901234567890.0", "12345678901234567000"],
    ["12345678901234567890e-2", "123456789012345680"],
    ["9007199254740993e0", "9007199254740992"],
    ["0.12345678901234567890", "0.12345678901234568"],
    ["1e400", "Infinity"],
    ["-1e999", "-Infinity"],
    ["1e-400", "0"],
  ])("%s is refused: it would become %s", async (text, other) => {
    await expect(json(`{"s":"1e999 \\" ${text}","n":[1,${text}]}`)).rejects.toMatchObject({
      message: `body: the number ${text} would become ${other}`,
      facts: { exitCode: 2, hint: expect.stringContaining(`write it as a string, "${text}"`) as string },
    });
    await expect(field(`[${text}]`)).rejects.toThrow(`-f value=[${text}]: the number ${text} would become ${other}`);
  });

  it("is not looked for inside of strings and names", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.maxSafeInteger())), (object) => {
        const text = JSON.stringify({ "1e999": '\\"1e999', ...object });
        expect(changedNumber(text)).toBeUndefined();
        expect(changedNumber(`[${text},1e999]`)).toBe("1e999");
      }),
    );
  });
});

describe("a tagged value", () => {
  it.each([
    ['{"$date":"never"}', '"never" is no date'],
    ['{"$date":5}', "5 is no date"],
    ['{"$number":"x"}', '"x" is no number'],
    ['{"$bigint":"x"}', "Cannot convert x to a BigInt"],
    ['{"$set":{"a":1}}', '{"a":1} is no list'],
    ['{"$map":["a"]}', '"a" is no list'],
  ])("%s is refused, as a body and as a field", async (text, why) => {
    const message = (where: string): string => `${where} holds a tagged value that cannot be read: ${why}`;
    await expect(json(`[${text}]`)).rejects.toMatchObject({
      message: message("body"),
      facts: { exitCode: 2, hint: expect.stringContaining("such as") as string },
    });
    await expect(field(text)).rejects.toThrow(message(`-f value=${text}`));
  });

  it("is what it stands for, a date that is none too", async () => {
    const date = new Date("2026-01-31T09:30:00Z");
    expect(await json('[{"$date":"2026-01-31T09:30:00Z"},{"$number":"NaN"}]')).toEqual([date, Number.NaN]);
    expect(String(await json('{"$date":null}'))).toBe("Invalid Date");
  });
});

describe("what is typed at wf", () => {
  let workspace: Workspace;

  afterEach(() => {
    workspace.remove();
  });

  it("is refused where it is no UTF-8, or nested beyond what can be kept; a byte order mark is passed by", async () => {
    workspace = new Workspace({ "echo.ts": "export default async (ctx, input) => input;" });
    workspace.write("mark.json", '\uFEFF{"a":1}');
    expect(JSON.parse((await workspace.wf(["run", "echo.ts", "-i", "@mark.json"])).stdout)).toEqual({ a: 1 });
    workspace.write("deep.json", "[".repeat(20_000) + "]".repeat(20_000));
    const deep = await workspace.wf(["run", "echo.ts", "-i", "@deep.json"]);
    expect([deep.exitCode, deep.stderr]).toEqual([
      2,
      expect.stringMatching(/^error {2}deep.json is nested too deeply\n/),
    ]);
    writeFileSync(path.join(workspace.folder, "latin.json"), Buffer.from('{"a":"M\xFCller"}', "latin1"));
    const latin = await workspace.wf(["run", "echo.ts", "-i", "@latin.json"]);
    expect([latin.exitCode, latin.stderr]).toEqual([2, expect.stringMatching(/^error {2}latin.json is not UTF-8\n/)]);
  });

  it("reaches the run unchanged, with wf send, too; another text is another input", async () => {
    workspace = new Workspace({
      "ci.ts": `export default async (ctx, input) => {
  const { body } = await ctx.queue.next("go", { names: ["go"] });
  return { input, body };
};`,
    });
    const given = ["run", "ci.ts", "--id", "c1", "--no-wait", "-f", "order=12345678901234567890", "-f"];
    expect((await workspace.wf([...given, "tag=1.10"])).exitCode).toBe(3);
    expect((await workspace.wf([...given, "tag=1.1"])).stderr).toContain("there is a run c1 with another input");
    const refused = await workspace.wf(["send", "c1", "go", '{"id":12345678901234567890}']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      /^error {2}body: the number 12345678901234567890 would become 12345678901234567000\n/,
    );
    const { stdout } = await workspace.wf(["send", "c1", "go", "-f", "sha=123e456", "-f", "n=3", "--resume"]);
    expect(JSON.parse(stdout)).toEqual({
      input: { order: "12345678901234567890", tag: "1.10" },
      body: { sha: "123e456", n: 3 },
    });
  });
});
