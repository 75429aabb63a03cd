// The fenced blocks of a Markdown page, in order.

/** A fenced block. */
export interface Block {
  /** The first word after the fence: `sh`, `text`, `ts`. */
  readonly language: string;
  /** The other words after it: `runnable`, a file's name. Readers do not see them. */
  readonly marks: readonly string[];
  readonly text: string;
  /** The line of the fence, from 1. */
  readonly line: number;
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const info = /^```(\S.*)$/.exec(lines[at] ?? "")?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf("```", at);
    if (end < 0) throw new Error(`line ${at + 1}: the block does not end`);
    const [language = "", ...marks] = info.trim().split(/\s+/);
    blocks.push({ language, marks, text: lines.slice(at + 1, end).join("\n"), line: at + 1 });
    at = end;
  }
  return blocks;
}

/** Addresses of the links and pictures of a page that lead to files beside it. */
export function localLinks(markdown: string): string[] {
  const outside = /^(https?:|mailto:|#)/;
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = ""]) => address)
    .filter((address) => !outside.test(address))
    .map((address) => address.replace(/#.*$/, ""));
}
