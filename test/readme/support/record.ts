// PAGES=record: instead of failing, writes into the page what the commands print now. Look at the diff before you commit.

import { readFileSync, writeFileSync } from "node:fs";
import { blocksOf, type Block } from "./markdown.ts";
import type { Screen } from "./screen.ts";

export const isRecording = process.env["PAGES"] === "record";

/** What the screen shows once it has been still for a while. */
export async function stillText(screen: Screen): Promise<string> {
  let before = "";
  for (;;) {
    const text = screen.text();
    if (screen.isOver || (text !== "" && ignoringNumbers(text) === ignoringNumbers(before))) return text;
    before = text;
    await new Promise((resolve) => {
      setTimeout(resolve, 1_500);
    });
  }
}

/** Replaces the text of the page's block that has this place among its blocks. */
export function writeBlock(page: string, index: number, text: string): void {
  const markdown = readFileSync(page, "utf8");
  const block: Block | undefined = blocksOf(markdown)[index];
  if (block === undefined) throw new Error(`${page} has no block ${index}`);
  const lines = markdown.split("\n");
  lines.splice(block.line, block.text.split("\n").length, ...text.split("\n").map((line) => line.trimEnd()));
  writeFileSync(page, lines.join("\n"));
}

function ignoringNumbers(text: string): string {
  return text.replace(/\d+/g, "0");
}
