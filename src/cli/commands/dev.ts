/** `wf dev`: supervises all runs of a project until it is told to stop. */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { findStore, type Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandOptions } from "../command.ts";
import { type Child, type ChildOptions, startChild } from "../dev/child.ts";
import { Comparisons } from "../dev/compare.ts";
import { Modules } from "../dev/modules.ts";
import { Supervisor } from "../dev/supervisor.ts";
import { envWish, readEnvFile } from "../env-file.ts";
import { escapeLine } from "../escape.ts";
import { EXIT, exitCodeOfSignal } from "../exit-codes.ts";
import { openCommandStore } from "../open-store.ts";
import { shownStateOf } from "../summary-fold.ts";
import { shortPath } from "../user-stack.ts";
import { count } from "../views/format.ts";
import { textWidth } from "../views/text-width.ts";
import { wrap } from "../views/wrap.ts";

/** How often new runs' modules are looked for, ms. */
const MODULES_EVERY = 1_000;
/** Most paused runs that are named. */
const MOST_PAUSED = 3;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is done with what a child says. */
type Heard = Pick<ChildOptions, "say" | "out">;

/** `wf dev [dir]` */
export const dev: Command = async (context, [folder], options) => {
  const jobs = jobsOf(options);
  const envArgs = envFlags(options);
  if (folder !== undefined) checkFolder(resolve(context.folder, folder), folder);
  const dir = folder === undefined ? options.dir : (options.dir ?? findStore(resolve(context.folder, folder)).dir);
  const store = await openCommandStore(context, dir === undefined ? options : { ...options, dir });
  const { terminal } = context;
  const prefix = (run: string): string => `${terminal.styles.dim(`${run} │`)} `;
  const say = (run: string, line: string): void => {
    const before = prefix(run);
    terminal.note(`${wrap(escapeLine(line), terminal.noteWidth(), before).join("\n")}\n`);
  };
  const start = (args: readonly string[], run: string, heard: Heard): Child =>
    startChild(run, [...args, "--dir", store.dir, "--no-color", ...envArgs], {
      folder: context.folder,
      env: context.env,
      width: terminal.noteWidth() - textWidth(prefix(run)),
      ...heard,
    });
  const tell = (line: string): void => terminal.tell(escapeLine(line));
  const supervisor = new Supervisor({
    store,
    jobs,
    say,
    tell,
    start: (run) => start(["resume", "--no-wait", run], run, { say: (line) => say(run, line) }),
  });
  const modules = new Modules({
    store,
    say,
    tell,
    comparisons: new Comparisons((args, heard) => start(["replay-diff", ...args], args.at(-1) ?? "", heard)),
    unfinished: () => supervisor.unfinished(),
    isLeftAlone: (listing) => supervisor.isLeftAlone(listing),
    hold: (runs) => supervisor.hold(runs),
    refuse: (run) => supervisor.refuse(run),
    renew: (run, isEdited) => supervisor.renew(run, isEdited),
  });
  const stopping = new AbortController();
  let signal: NodeJS.Signals | undefined;
  const onSignal = (received: NodeJS.Signals): void => {
    if (signal !== undefined) supervisor.kill();
    signal ??= received;
    const active = supervisor.active.length;
    if (active > 0 && !stopping.signal.aborted)
      terminal.tell(`stopping: ${count(active, "run")} may finish a step · Ctrl-C again stops at once`);
    stopping.abort();
  };
  for (const each of SIGNALS) process.on(each, onSignal);
  terminal.tell(`supervising ${shortPath(store.dir, context.folder)}, ${count(jobs, "run")} at once · Ctrl-C stops`);
  tellOfPaused(store, (line) => terminal.tell(line));
  modules.watch();
  const looking = setInterval(() => modules.watch(), MODULES_EVERY);
  try {
    await supervisor.run(stopping.signal);
  } finally {
    clearInterval(looking);
    for (const each of SIGNALS) process.off(each, onSignal);
    await modules.close();
  }
  terminal.note("stopped; wf dev takes up where it was\n");
  return { exitCode: exitCodeOfSignal(signal ?? "SIGINT"), isStreamed: true, document: () => ({}), text: () => "" };
};

/** Says once which runs wait for a person, and how these go on. */
function tellOfPaused(store: Store, tell: (line: string) => void): void {
  const paused = store
    .list()
    .filter(({ summary, isOwned }) => summary !== undefined && shownStateOf(summary, isOwned) === "paused");
  if (paused.length === 0) return;
  tell(`${count(paused.length, "run")} paused, which ${paused.length === 1 ? "is" : "are"} left alone until you type:`);
  for (const { run } of paused.slice(0, MOST_PAUSED)) tell(`  wf resume ${escapeLine(run)}`);
  if (paused.length > MOST_PAUSED) tell(`  … and ${paused.length - MOST_PAUSED} more  (wf list --status paused)`);
}

/** The flags for the children. @throws CliError for a file that cannot be read, once, before any of them starts */
function envFlags(options: CommandOptions): string[] {
  const { file, isWanted } = envWish(options);
  if (file === undefined) return isWanted ? [] : ["--no-env"];
  readEnvFile(file);
  return ["--env", file];
}

/** @throws CliError where it is no folder: the store of another project would be taken */
function checkFolder(path: string, typed: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new CliError(`no such folder: ${typed}`, {
    code: "no_folder",
    exitCode: EXIT.usage,
    hint: "wf dev  supervises the runs of the working directory",
  });
}

function jobsOf({ jobs }: CommandOptions): number {
  if (jobs === undefined) return Math.max(2, availableParallelism());
  if (/^[1-9]\d{0,3}$/.test(jobs)) return Number(jobs);
  throw new CliError(`--jobs is a number from 1 on, not ${JSON.stringify(jobs)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: "for example: wf dev --jobs 4",
  });
}
