/** The rows of the commands that change the fate of a run. */
import { type CommandRow, DURABILITY, ENV, MODULE, NO_KEYS, NO_WAIT } from "./command-row.ts";

export const CONTROL_ROWS: readonly CommandRow[] = [
  {
    usage: "cancel <run>",
    summary: "stop a run for good; nothing is rolled back",
    options: [["--reason <text>", "is recorded with it"], DURABILITY],
    examples: [
      ["wf cancel order-8f3k2q", "also when another process has it: that one is asked to"],
      ['wf cancel latest --reason "ordered twice"', "with a reason"],
    ],
    load: async () => (await import("./commands/cancel.ts")).cancel,
  },
  {
    usage: "retry <run>",
    summary: "give the step that failed a run a fresh set of attempts, and go on",
    options: [MODULE, NO_WAIT, NO_KEYS, DURABILITY, ...ENV],
    examples: [["wf retry order-8f3k2q", "what had completed does not run again"]],
    load: async () => (await import("./commands/retry.ts")).retry,
  },
  {
    usage: "wake <run> [location]",
    summary: "end the current sleeps and backoffs of a run now",
    options: [DURABILITY],
    examples: [
      ["wf wake order-8f3k2q", "all that sleep, and all that wait for a retry"],
      ["wf wake latest cool-off", "only this one"],
    ],
    load: async () => (await import("./commands/wake.ts")).wake,
  },
  {
    usage: "fork <run>",
    summary: "make a new run with the history before a step, which then runs anew",
    options: [
      [
        "--from <location>",
        "needed: the step, by name (its last entry), name#n (the n-th), orders[12]/charge, or a JSON array",
      ],
      ["--set-output <json>", "records this as the step's result instead"],
      ["--id <id>", "the new run's id"],
      ["--resume", "also goes on with the new run here; without it, the new run is paused until wf resume"],
      MODULE,
      NO_WAIT,
      DURABILITY,
      ...ENV,
    ],
    examples: [
      ["wf fork order-8f3k2q --from charge", "charge, and all that came after it, runs anew"],
      ["wf fork latest --from charge --set-output '\"paid\"'", "as if charge had answered this"],
    ],
    load: async () => (await import("./commands/fork.ts")).fork,
  },
];
