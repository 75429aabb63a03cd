/** The rows of the commands that look after the store. */
import { type CommandRow, DURABILITY } from "./command-row.ts";

const DRY_RUN = ["--dry-run", "only says what it would do"] as const;

export const STORE_ROWS: readonly CommandRow[] = [
  {
    usage: "export <run>",
    summary: "write a run to one file, with its history, messages and responses",
    options: [
      ["--output <file>", "where to; the ending decides: .cbor, or .json for git (default: CBOR to standard output)"],
      ["--force", "writes over a file that is there"],
      [
        "--redact <location>",
        "takes the data out at a location and below (a name means all entries of it), or everywhere: all; names and ids stay; repeatable",
        "repeatable",
      ],
    ],
    examples: [
      ["wf export latest --output run.json", "one event a line"],
      ["wf export order-8f --redact charge --output order.cbor", "without what charge answered"],
    ],
    load: async () => (await import("./commands/export.ts")).exportRun,
  },
  {
    usage: "import <file>",
    summary: "take in a run that wf export wrote",
    options: [["--id <id>", "makes it a copy, with this id and idempotency keys of its own"], DURABILITY],
    examples: [
      ["wf import run.cbor", "the same run, with its id and its keys"],
      ["wf import run.json --id order-again", "a copy"],
    ],
    load: async () => (await import("./commands/import.ts")).importRun,
  },
  {
    usage: "prune",
    summary: "delete runs that are over",
    options: [
      ["--older-than <span>", "only those that ended so long ago: 90s, 30m, 2h, 7d"],
      ["--keep <count>", "the newest so many stay"],
      ["--status <state>", "only completed, failed or cancelled ones; repeatable", "repeatable"],
      [
        "--damaged",
        "also damaged runs, whose history cannot be read: finished or not, unless --status or --older-than is given",
      ],
      DRY_RUN,
      ["--yes", "asks nothing"],
    ],
    examples: [
      ["wf prune --dry-run", "lists what is over"],
      ["wf prune --older-than 7d --keep 20 --yes", "for a script"],
    ],
    load: async () => (await import("./commands/prune.ts")).prune,
  },
  {
    usage: "doctor [run]",
    summary: "check the environment, the store and each history",
    options: [
      ["--repair", "mends a corrupt history: copies it first, and says what is lost"],
      ["--dry-run", "with --repair: only says what it would do"],
    ],
    examples: [
      ["wf doctor", "all runs"],
      ["wf doctor order-8f --repair --dry-run", "what a repair would cost"],
    ],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
];
