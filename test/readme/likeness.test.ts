// The comparison of screens with pages must be able to fail, or the pages prove nothing.

import { describe, expect, it } from "vitest";
import { difference } from "./support/likeness.ts";
import { blocksOf } from "./support/markdown.ts";

const written = `◆ trip-xkfd6q  trip.ts
│  ✓ hotel             1 ms
└  ✓ completed in 41.3 s`;

describe("a screen and a page", () => {
  it("are alike when only ids, times and durations differ", () => {
    const shown = "◆ trip-0a1b2c  trip.ts\n│  ✓ hotel        1.2 s\n└  ✓ completed in 1 min 3 s";
    expect(difference(shown, written)).toBeUndefined();
  });

  it("differ by a word, a line too many, and a line too few", () => {
    expect(difference(written.replace("hotel", "motel"), written)).toBeDefined();
    expect(difference(`${written}\n"result"`, written)).toBeDefined();
    expect(difference("at trip.ts:18:11", "at trip.ts:18:12")).toBeDefined();
    expect(difference(written.replace(/\n.*$/, ""), written)).toBeDefined();
  });

  it("are alike where the page leaves lines out", () => {
    expect(difference(`${written}\nand more\nand more`, `${written}\n…`)).toBeUndefined();
    expect(difference(written, "◆ trip-xkfd6q  trip.ts\n…\n└  ✓ completed in 41.3 s")).toBeUndefined();
    expect(difference(written, "◆ trip-xkfd6q  trip.ts\n…\n└  ✗ failed in 41.3 s")).toBeDefined();
  });
});

describe("the blocks of a page", () => {
  it("are found with their language, their marks and their line", () => {
    const page = "Save:\n\n```ts a.ts\nconst a = 1;\n```\n```sh\nwf list\n```\n";
    expect(blocksOf(page)).toEqual([
      { language: "ts", marks: ["a.ts"], text: "const a = 1;", line: 3 },
      { language: "sh", marks: [], text: "wf list", line: 6 },
    ]);
  });

  it("must end", () => {
    expect(() => blocksOf("```sh\nwf list\n")).toThrow("does not end");
  });
});
