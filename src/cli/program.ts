/**
 * The table of commands, and the commander program that is made of it.
 *
 * Invariants:
 * 1. A command's file is loaded when the command runs, never for help or for an unknown flag.
 * 2. Nothing here prints or exits: what commander would print is returned or thrown.
 */
import { Command as Commander, CommanderError, Option } from "commander";
import { CliError } from "./cli-error.ts";
import type { CommandContext, CommandOptions, CommandResult, Verb } from "./command.ts";
import { type CommandRow, DURABILITY, ENV, FIELD, GLOBAL_FLAGS, MODULE, NO_KEYS, NO_WAIT } from "./command-row.ts";
import { CONTROL_ROWS } from "./control-rows.ts";
import { EXIT } from "./exit-codes.ts";
import { LISTED_STATES } from "./listed-states.ts";
import { nearest } from "./nearest.ts";
import { ownVersion } from "./own-version.ts";
import { PROJECT_ROWS } from "./project-rows.ts";
import { REPLAY_ROWS } from "./replay-rows.ts";
import { STORE_ROWS } from "./store-rows.ts";
import { GLUE, wrap } from "./views/wrap.ts";

/** All commands, in the order of `--help`. */
export const COMMANDS: readonly CommandRow[] = [
  {
    usage: "run <module>",
    summary: "start a run and stay with it: progress, waits, result",
    options: [
      ["-i, --input <json>", "the run's input: JSON, @file.json, or - for standard input"],
      FIELD,
      ["--id <id>", "the run's id; an existing run with the same input is returned to"],
      NO_WAIT,
      NO_KEYS,
      ["--watch", "on save: replays first, and goes on with the new code where it fits"],
      ["--crash-after <step>", "kills the process once the step is on record, to see durability with your own eyes"],
      ["--crash-before <step>", "kills the process when the step begins"],
      ["--check", "replays after every commit and compares; at the end names clock and chance outside of steps"],
      DURABILITY,
      ...ENV,
    ],
    examples: [
      ["wf run order.ts --input '{\"id\":1}'", "the workflow that order.ts exports"],
      ["wf run flows.ts#order -f id=1 --id order-1", "one of several, with an id of your own"],
      ["wf run order.ts --crash-after quote", "then wf resume: quote does not run again"],
    ],
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    usage: "resume [run]",
    summary: "continue a run that was paused, interrupted, or waits (default: the latest unfinished)",
    options: [MODULE, NO_WAIT, NO_KEYS, DURABILITY, ...ENV],
    examples: [
      ["wf resume", "the latest unfinished run"],
      ["wf resume order-8f3k2q --module src/order.ts", "its module was moved"],
    ],
    load: async () => (await import("./commands/resume.ts")).resume,
  },
  {
    usage: "send <run> <message> [body]",
    summary: "put a message into a run's inbox; its body is JSON, @file.json, or - for standard input",
    options: [
      FIELD,
      ["--text <text>", "a string as the body"],
      ["--id <id>", "the message's id: the same id is sent once"],
      ["--wait", "waits for the response and prints it"],
      ["--resume", "also continues the run here, where nobody has it"],
      MODULE,
      ["--no-wait", "with --resume: goes as far as possible, and exits 3 when the run waits"],
      ["--force", "sends it although the workflow declares no such message"],
      DURABILITY,
      ...ENV,
    ],
    examples: [
      ['wf send latest approve \'{"by":"ann"}\'', "JSON as the body"],
      ["wf send order-8f approve -f by=ann --resume", "to a run that nobody has"],
    ],
    load: async () => (await import("./commands/send.ts")).send,
  },
  {
    usage: "inspect [run]",
    summary: "show a run: what happened, what it waits for, what to type next (default: the latest)",
    options: [
      ["--step <location>", "everything about one entry: name, name#n, orders[12]/charge, or a JSON array"],
      ["--output <file>", "writes what --step shows to a file, as JSON"],
      ["--follow", "keeps up with the run until it is over, or nobody has it"],
      ["--at <seq>", "the run as it was after this event: its number, as --events shows it"],
      ["--events", "the recorded events, one JSON object a line"],
      ["--head <count>", "with --events: only the first"],
      ["--tail <count>", "with --events: only the last"],
      ["--from <seq>", "with --events: from this one"],
      ["--to <seq>", "with --events: up to this one"],
    ],
    examples: [
      ["wf inspect", "the latest run"],
      ["wf inspect order-8f --step charge", "everything about one step"],
      ["wf inspect order-8f --events --tail 20", "the last 20 events"],
      ["wf inspect order-8f --json", "one JSON document with all entries"],
    ],
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  {
    usage: "list",
    alias: "ls",
    summary: "show the runs, the newest first",
    options: [
      [
        "--status <state>",
        `only runs in this state; repeatable: ${LISTED_STATES.join(", ")}, or waiting, which means sleeping`,
        "repeatable",
      ],
      ["--workflow <name>", "only runs of this workflow"],
      ["--since <span>", "only what moved since: 90s, 30m, 2h, 7d, or a date"],
      ["--sort <by>", "started (default), updated, state, workflow or id"],
      ["--limit <count>", "at most so many"],
    ],
    examples: [
      ["wf list", "all runs"],
      ["wf ls --status waiting --since 2h", "what waits, and has moved in the last two hours"],
    ],
    load: async () => (await import("./commands/list.ts")).list,
  },
  ...REPLAY_ROWS,
  ...CONTROL_ROWS,
  ...PROJECT_ROWS,
  ...STORE_ROWS,
];

const EXIT_CODES =
  "Exit codes: 0 done · 1 failed · 2 bad usage or input · 3 paused or waiting · 4 not found · 5 diverged · " +
  "6 another process has the run · 7 corrupt · 8 the disk said no · 130 interrupted";

const NAMING = "A run is named by its id, the beginning of it, or latest. wf <command> --help says more.";

/** A command in the list of all: its options are in its own help. */
function termOf(command: Commander): string {
  const also = command.alias();
  const name = also === "" || also === undefined ? command.name() : `${command.name()}|${also}`;
  return `${name} ${command.usage().replace("[options]", "").trim()}`.trimEnd();
}

/** The codes in lines that fit, no code torn from its meaning. */
function exitCodesIn(width: number): string {
  const whole = EXIT_CODES.replaceAll(" ", GLUE).replaceAll(`·${GLUE}`, "· ");
  return wrap(whole, width - 2)
    .join("\n  ")
    .replaceAll(GLUE, " ");
}

/** What came of the arguments: a command's result, or a text that was asked for (`--help`, `--version`). */
export type ProgramEnd =
  | { readonly kind: "result"; readonly result: CommandResult }
  | { readonly kind: "text"; readonly text: string; readonly exitCode: number };

/** Runs what the arguments say. @throws CliError for what is unknown, and whatever a command throws */
export async function runProgram(argv: readonly string[], context: Omit<CommandContext, "verbs">): Promise<ProgramEnd> {
  let text = "";
  let result: CommandResult | undefined;
  const collect = (part: string): void => {
    text += part;
  };
  const helpWidth = Math.min(100, context.terminal.outWidth());
  const program = new Commander("wf");
  program
    .description("Durable workflows in plain TypeScript, kept in a .workflows folder beside your code.")
    .version(ownVersion(), "-V, --version", "print the version")
    .helpCommand("help [command]", "show what a command does")
    .configureOutput({ writeOut: collect, writeErr: collect })
    .configureHelp({ showGlobalOptions: true, helpWidth, minWidthToWrap: 12, subcommandTerm: termOf })
    .exitOverride()
    .addHelpText(
      "after",
      `\nExamples:\n  wf run order.ts --input '{"id":1}'\n  wf inspect\n  wf send latest approve\n\n${wrap(NAMING, helpWidth).join("\n")}\n\n${exitCodesIn(helpWidth)}`,
    );
  for (const [flags, description] of GLOBAL_FLAGS) program.addOption(new Option(flags, description));
  for (const row of COMMANDS) {
    addCommand(program, row, helpWidth, async (args, options) => {
      const command = await row.load();
      result = await command({ ...context, verbs: () => COMMANDS.map(verbOf) }, args, options);
    });
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text, exitCode: EXIT.done };
    if (error.code !== "commander.help") throw usageError(error, argv);
    refuseHelp(argv);
    return { kind: "text", text, exitCode: EXIT.usage };
  }
  if (result === undefined) return { kind: "text", text, exitCode: EXIT.usage };
  return { kind: "result", result };
}

function addCommand(
  program: Commander,
  row: CommandRow,
  helpWidth: number,
  run: (args: readonly string[], options: CommandOptions) => Promise<void>,
): void {
  const command = program
    .command(row.usage)
    .summary(row.summary)
    .description(`${capital(row.summary)}.`);
  if (row.alias !== undefined) command.alias(row.alias);
  for (const [flags, description, manner] of row.options) {
    const option = new Option(flags, description).hideHelp(manner === "hidden");
    if (manner === "repeatable") option.argParser((value, before: string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  if (row.hasInnerArguments === true) command.allowExcessArguments();
  if (row.hasNoDocument === true)
    command.configureHelp({
      ...program.configureHelp(),
      visibleGlobalOptions: () => program.options.filter(({ long }) => long !== "--json"),
    });
  command.addHelpText("after", `\nExamples:\n${examplesOf(row, helpWidth).join("\n")}`);
  command.action(async () => {
    if (row.hasNoDocument === true && command.optsWithGlobals()["json"] === true) throw noDocument(nameOf(row));
    await run(command.args, command.optsWithGlobals());
  });
}

function noDocument(verb: string): CliError {
  return new CliError(`wf ${verb} prints no JSON document`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: "wf list --json  says how the runs are",
  });
}

/** Each example with what it does beside it, or below it where the terminal is narrow. */
function examplesOf({ examples }: CommandRow, helpWidth: number): string[] {
  const width = Math.max(...examples.map(([example]) => example.length));
  const beside = examples.map(([example, does]) => `  ${example.padEnd(width)}  # ${does}`);
  if (beside.every((line) => line.length <= helpWidth)) return beside;
  return examples.flatMap(([example, does]) => [`  ${example}`, ...wrap(does, helpWidth, "      # ")]);
}

/** Where commander shows its help: a word that is no command, or nothing where a document was asked for. @throws CliError */
function refuseHelp(argv: readonly string[]): void {
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  const names = COMMANDS.map(nameOf);
  if (first === "help" && second !== undefined) {
    const meant = nearest(second, names);
    const hint = meant === undefined ? "wf --help" : `did you mean ${meant}?  (wf --help)`;
    throw new CliError(`unknown command '${second}'`, { code: "usage", exitCode: EXIT.usage, hint });
  }
  if (argv.includes("--json"))
    throw new CliError("no command", { code: "usage", exitCode: EXIT.usage, hint: "wf --help" });
}

/** Commander's message, taken apart into what and what next. */
function usageError(error: CommanderError, argv: readonly string[]): CliError {
  const [first = "", suggestion = ""] = error.message.replace(/^error: /, "").split("\n");
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(suggestion)?.[1];
  const verb = verbIn(argv);
  const negative = /unknown option '(-\d[^']*)'/.exec(first)?.[1];
  const help = verb === undefined ? "wf --help" : `wf ${verb} --help`;
  const hint =
    negative === undefined
      ? meant === undefined
        ? help
        : `did you mean ${meant}?  (${help})`
      : `put -- before it: … -- ${negative}`;
  return new CliError(first, { code: "usage", exitCode: EXIT.usage, hint });
}

/** The command that the arguments name: the first word that is no flag, nor the value of one. */
function verbIn(argv: readonly string[]): string | undefined {
  const word = argv.find((each, index) => !each.startsWith("-") && argv[index - 1] !== "--dir");
  const row = COMMANDS.find((each) => nameOf(each) === word || (each.alias !== undefined && each.alias === word));
  return row === undefined ? undefined : nameOf(row);
}

function verbOf(row: CommandRow): Verb {
  const args = [...row.usage.matchAll(/[<[](\w+(?:\.{3})?)/g)].map(([, name = ""]) => name);
  const flags = row.options.map(([spelt, , manner]) => ({
    name: /--[\w-]+/.exec(spelt)?.[0] ?? spelt,
    short: /^-\w(?=,)/.exec(spelt)?.[0],
    takesValue: spelt.includes("<"),
    isHidden: manner === "hidden",
  }));
  return { name: nameOf(row), alias: row.alias, args, flags };
}

function nameOf(row: CommandRow): string {
  return row.usage.replace(/ .*$/, "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
