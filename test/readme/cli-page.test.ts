// docs/cli.md lists what the program has: each command and flag, in its own words. PAGES=record writes the list.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { type CommandRow, type Flag, GLOBAL_FLAGS } from "../../src/cli/command-row.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { isRecording } from "./support/record.ts";
import { root } from "./support/stages.ts";

const page = path.join(root, "docs/cli.md");
/** What comes before the first command is written by hand. */
const FIRST = "## All commands";

it("docs/cli.md has every command and flag, and no other", () => {
  const text = readFileSync(page, "utf8");
  const [byHand = ""] = text.split(`${FIRST}\n`);
  const whole = `${byHand.trimEnd()}\n\n${listOf(COMMANDS)}`;
  if (isRecording) writeFileSync(page, whole);
  else expect(text).toBe(whole);
});

it("docs/cli.md speaks of no flag that there is not", () => {
  const [byHand = ""] = readFileSync(page, "utf8").split(FIRST);
  const flags = COMMANDS.flatMap(({ options }) => options).concat(GLOBAL_FLAGS);
  const there = flags.flatMap(([spelt]) => spelt.match(/--[\w-]+/g) ?? []).concat("--help");
  for (const [flag] of byHand.matchAll(/--[a-z][\w-]*/g)) expect(there).toContain(flag);
});

function listOf(rows: readonly CommandRow[]): string {
  const sections = rows.flatMap(({ usage, alias, summary, options, hasNoDocument }) => {
    const also = alias === undefined ? "" : ` (also \`wf ${alias}\`)`;
    const lacks = hasNoDocument === true ? " It takes no `--json`." : "";
    return [`### \`wf ${usage}\`${also}`, "", `${capital(summary)}.${lacks}`, "", ...tableOf(options)];
  });
  return `${[FIRST, "", "Each of them takes:", "", ...tableOf(GLOBAL_FLAGS), ...sections].join("\n").trimEnd()}\n`;
}

function tableOf(flags: readonly Flag[]): string[] {
  const shown = flags.filter(([, , manner]) => manner !== "hidden");
  if (shown.length === 0) return [];
  const rows = shown.map(
    ([spelt, does]) => `| \`${spelt}\` | ${does.replaceAll("|", "\\|").replaceAll("<", "&lt;")} |`,
  );
  return ["| | |", "|---|---|", ...rows, ""];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
