/** The row of `wf replay-diff`. */
import { type CommandRow, ENV } from "./command-row.ts";

export const REPLAY_ROWS: readonly CommandRow[] = [
  {
    usage: "replay-diff [run...]",
    summary:
      "compare recorded runs, or exported ones, with the code as it is now; nothing is run (default: the latest)",
    options: [
      ["--all", "every run; differences of finished ones are notes"],
      ["--status <state>", "with --all: only runs in this state; repeatable", "repeatable"],
      ["--workflow <name>", "with --all: only runs of this workflow"],
      ["--module <file>", "where the module is now: FILE[#export]"],
      ["--assume <location=json>", "the value to go on with past what is not recorded; repeatable", "repeatable"],
      ["--deep", "walks through finished loops and branches, too"],
      ["--strict", "notes and warnings count as differences"],
      ["--no-probe", "does not look for clock, chance and environment outside of steps"],
      ["--watch", "again on every save, until Ctrl-C (exit 130)"],
      ...ENV,
    ],
    examples: [
      ["wf replay-diff", "the latest run, before you resume it"],
      ["wf replay-diff --all --status sleeping", "everything that waits"],
      ["wf replay-diff fixtures/*.json --module order.ts", "exported histories, in CI: exit 5 fails the build"],
    ],
    load: async () => (await import("./commands/replay-diff.ts")).replayDiff,
  },
];
