/**
 * The command line as a process: arguments in, text and an exit code out.
 *
 * Invariants:
 * 1. The only `process.exit` of the package is here.
 * 2. With `--json` standard output gets exactly one document, also on failure.
 * 3. What was written is out before the process ends, or it says that it is not, and ends with exit code 8.
 */
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { handOver } from "./hand-over.ts";
import { runProgram } from "./program.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { toCliError } from "./to-cli-error.ts";
import { reserveStdout } from "./user-output.ts";
import { errorDocument, errorView } from "./views/error-view.ts";
import { escapeJson } from "./escape.ts";

/** Runs the command line and ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const folder = workingFolder();
  if (folder !== undefined && (await handOver(folder))) return;
  const { stdout, stderr, env } = process;
  stderr.on("error", () => undefined); // there is no place left to say it
  const out = reserveStdout();
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const isJson = words.includes("--json");
  const terminal = openTerminal({ flag: colorFlag(words), env }, stderr, out);
  const report = (error: CliError): void => {
    if (isJson) terminal.out(jsonText(errorDocument(error), stdout.isTTY));
    terminal.note(errorView(error, terminal.styles, terminal.noteWidth()));
    if (env["WF_DEBUG"] === "1") terminal.note(`${fullStack(error)}\n`);
  };
  const ended = run(argv, { terminal, isJson, report, folder });
  const exitCode = await Promise.race([ended, unforeseen(report)]);
  const failure = await out.settled();
  if (failure !== undefined) terminal.note(errorView(lostOutput(failure), terminal.styles, terminal.noteWidth()));
  await flushed(stderr);
  process.exit(failure === undefined ? exitCode : EXIT.disk);
}

interface Manners {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  readonly report: (error: CliError) => void;
  readonly folder: string | undefined;
}

async function run(argv: readonly string[], { terminal, isJson, report, folder }: Manners): Promise<number> {
  try {
    if (folder === undefined) throw noFolder();
    const context = { terminal, folder, env: process.env, reportNow: report };
    const end = await runProgram(argv, context);
    if (end.kind === "text") {
      if (end.exitCode === EXIT.done) terminal.out(end.text);
      else terminal.note(end.text);
      return end.exitCode;
    }
    const { result } = end;
    if (result.isStreamed !== true)
      terminal.out(isJson ? jsonText(result.document(), process.stdout.isTTY) : result.text());
    return result.exitCode;
  } catch (error) {
    const told = toCliError(error);
    report(told);
    return told.facts.exitCode;
  }
}

/**
 * Resolves with the exit code of what was thrown where nobody waits, once that is told. What the user's code throws so
 * is heard where that code runs, by listeners of its own: then this one has no say.
 */
function unforeseen(report: (error: CliError) => void): Promise<number> {
  return new Promise((resolve) => {
    for (const event of ["uncaughtException", "unhandledRejection"])
      process.on(event, (thrown: unknown) => {
        if (process.listenerCount(event) > 1) return;
        const told = toCliError(thrown);
        report(told);
        resolve(told.facts.exitCode);
      });
  });
}

/** Undefined where it was deleted, or may not be reached. */
function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function noFolder(): CliError {
  return new CliError("the working directory is not there any more", {
    code: "not_found",
    exitCode: EXIT.notFound,
    hint: "cd to one that is",
  });
}

/** The last of `--color` and `--no-color`. */
function colorFlag(words: readonly string[]): boolean | undefined {
  const last = words.findLast((word) => word === "--color" || word === "--no-color");
  return last === undefined ? undefined : last === "--color";
}

function jsonText(document: unknown, isForPeople: boolean): string {
  return `${escapeJson(JSON.stringify(document, undefined, isForPeople ? 2 : undefined))}\n`;
}

function fullStack(error: CliError): string {
  const { cause } = error.facts;
  return (cause instanceof Error ? cause.stack : error.stack) ?? "";
}

function lostOutput(failure: Error): CliError {
  return new CliError(`standard output could not be written: ${failure.message}`, {
    code: "disk",
    exitCode: EXIT.disk,
    hint: "what was done stays done: only what it printed is lost",
    cause: failure,
  });
}

/** Resolves when standard error has handed on what was written. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
