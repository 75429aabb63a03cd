// Plays a page: types its commands into real terminals, in order, and compares what they print.
//
//   ```sh                     typed, and waited for
//   ```sh, # terminal 1       typed into a terminal that stays open; the page goes on in another one
//   ```sh until-ctrl-c        the same, with a command that ends by Ctrl-C
//   ```text                   what the commands above print (for an open terminal: what it shows once it waits)
//   ```text terminal-1        what the open terminal shows in the end
//   ```ts NAME.ts             a file that the reader saves under that name (```js NAME.mjs, too)
//
// `kill -9 N` kills the process whose number the open terminal shows: `process N`.
// A command whose comment ends in `exits N` exits with N, every other one with 0.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { difference } from "./likeness.ts";
import type { Block } from "./markdown.ts";
import { isRecording, stillText, writeBlock } from "./record.ts";
import { personsEnvironment, Screen } from "./screen.ts";

const PATIENCE = 20_000;
/** Done once, before any page is played: by `npm ci` in a clone, by `npm install` in a project. */
const SETTING_UP = /^(git clone|cd |npm (ci|install|pack|run|test))/;

/** Where a page is played. */
export interface Stage {
  /** The page itself: written to when recording. */
  readonly page: string;
  readonly folder: string;
  readonly env?: Record<string, string>;
}

export async function checkStory(blocks: readonly Block[], stage: Stage): Promise<void> {
  const env = personsEnvironment(stage.env);
  let open: Screen | undefined;
  let last: Screen | undefined;
  const screens: Screen[] = [];
  try {
    for (const [index, block] of blocks.entries()) {
      if (block.language === "ts" || block.language === "js") saveFile(block, stage.folder);
      if (block.language === "sh") {
        const script = withShownProcess(scriptOf(block), open);
        if (script === "") continue;
        last = new Screen(script, stage.folder, env);
        screens.push(last);
        if (isFirstTerminal(block)) {
          if (open !== undefined) await within(open.ended, "the first terminal's command", open);
          open = last;
          if (blocks[index + 1]?.language !== "text") throw new Error(`line ${block.line}: what does it show?`);
        } else {
          const exitCode = await within(last.ended, `line ${block.line}`, last);
          expect(exitCode, `line ${block.line}: ${block.text}\n${last.text()}`).toBe(exitCodeOf(block));
        }
      }
      if (block.language === "text") {
        const screen = block.marks.includes("terminal-1") ? open : last;
        if (screen === undefined) throw new Error(`line ${block.line}: no command comes before this text`);
        await checkShown(screen, block, (text) => {
          writeBlock(stage.page, index, text);
        });
      }
    }
    if (blocks.some((block) => block.marks.includes("until-ctrl-c"))) open?.type("\u0003");
    else if (open !== undefined) expect(await within(open.ended, "the first terminal's command", open)).toBe(0);
  } finally {
    for (const screen of screens) await screen.close();
  }
}

/** Saves a block that has a file's name. */
export function saveFile(block: Block, folder: string): void {
  const name = block.marks.find((mark) => /^[\w.-]+\.m?[jt]s$/.test(mark));
  if (name !== undefined) writeFileSync(path.join(folder, name), `${block.text}\n`);
}

function isFirstTerminal(block: Block): boolean {
  return block.text.startsWith("# terminal 1");
}

function scriptOf(block: Block): string {
  return block.text
    .split("\n")
    .map((line) => line.replace(/^npm ci && /, ""))
    .filter((line) => !SETTING_UP.test(line))
    .filter((line) => line.trim() !== "" && !/^# terminal \d/.test(line))
    .join("\n");
}

/** The page has the number of somebody else's process. */
function withShownProcess(script: string, open: Screen | undefined): string {
  return script.replace(/\bkill -9 \d+/g, () => {
    const shown = /\bprocess (\d+)/.exec(open?.text() ?? "")?.[1];
    if (shown === undefined) throw new Error("no process to kill is shown");
    return `kill -9 ${shown}`;
  });
}

function exitCodeOf(block: Block): number {
  return Number(/# .*exits (\d+)$/.exec(block.text)?.[1] ?? 0);
}

/** An open terminal comes to show it; one whose command has ended shows it already. */
async function checkShown(screen: Screen, block: Block, write: (text: string) => void): Promise<void> {
  if (isRecording) {
    const text = await stillText(screen);
    if (difference(text, block.text) !== undefined) write(text);
    return;
  }
  const until = Date.now() + PATIENCE;
  for (;;) {
    const isOver = screen.isOver;
    const found = difference(screen.text(), block.text);
    if (found === undefined) return;
    if (isOver || Date.now() > until) return expect(found.shown, `line ${block.line}`).toBe(found.written);
    await pause();
  }
}

async function within<T>(promise: Promise<T>, what: string, screen: Screen): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} does not end; its terminal shows:\n${screen.text()}`));
    }, PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}
