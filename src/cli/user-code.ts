/**
 * The hour in which the user's code runs in this process: what it may not do to the command line around it.
 *
 * Invariants:
 * 1. Standard output stays free for the result; `console` is muted while recorded entries are answered again.
 * 2. An unhandled rejection, an uncaught exception, `process.exit` and a process that runs dry end the command with exit
 *    code 1 and the user's own stack; the run stays as it is on record.
 * 3. Everything taken over is given back when the work is over.
 */
import { CliError } from "./cli-error.ts";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { isSupervised } from "./supervised.ts";
import { takeOverOutput } from "./user-output.ts";
import { userFrames, userPlace } from "./user-stack.ts";
import type { RunView } from "./views/run-view.ts";

/** What the work tells, so that an early end can say which run it was. */
export interface UserCodeSession {
  run: string | undefined;
  /** Recorded entries are being answered again. */
  isReplaying: () => boolean;
}

/** Does work in which the user's code runs. */
export async function withUserCode<T>(
  context: CommandContext,
  view: Pick<RunView, "print">,
  work: (session: UserCodeSession) => Promise<T>,
): Promise<T> {
  const session: UserCodeSession = { run: undefined, isReplaying: () => false };
  const isMuted = (): boolean => session.isReplaying();
  const hasColor = context.terminal.styles.bold("x") !== "x";
  const giveBackOutput = takeOverOutput({ print: (text) => view.print(text), isMuted }, hasColor);
  const crash = watchForCrashes(session);
  const onExit = (): void => {
    giveBackOutput();
    context.reportNow(earlyExit(session, new Error("exit").stack));
    process.exitCode = EXIT.failed;
  };
  process.on("exit", onExit);
  try {
    return await Promise.race([work(session), crash.happened]);
  } finally {
    process.off("exit", onExit);
    crash.stop();
    giveBackOutput();
  }
}

function watchForCrashes(session: UserCodeSession): { happened: Promise<never>; stop: () => void } {
  let report: (what: string) => (thrown: unknown) => void = () => () => undefined;
  const happened = new Promise<never>((_resolve, reject) => {
    report = (what) => (thrown) => {
      reject(crashError(session, what, thrown));
    };
  });
  const onRejection = report("a promise was rejected and nobody handled it");
  const onException = report("an exception was thrown outside of any step");
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return {
    happened,
    stop: () => {
      process.off("unhandledRejection", onRejection);
      process.off("uncaughtException", onException);
    },
  };
}

function crashError(session: UserCodeSession, what: string, thrown: unknown): CliError {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return interrupted(session, `${what}: ${message.split("\n", 1)[0]}`, { code: "crashed", stack, cause: thrown });
}

/** `process.exit` runs the exit listeners below itself, so the stack here shows who called it. */
function earlyExit(session: UserCodeSession, stack: string | undefined): CliError {
  if (userFrames(stack).length > 0)
    return interrupted(session, "the code called process.exit", { code: "exited", stack });
  return interrupted(session, "nothing was left to do, but a promise in the code never settled", { code: "ran_dry" });
}

/** A supervisor says by itself how the run goes on. */
function hintFor(run: string | undefined): string | undefined {
  if (run === undefined) return "nothing was started";
  return isSupervised() ? undefined : `the run is interrupted; this goes on:\nwf resume ${run}`;
}

function interrupted(
  { run }: UserCodeSession,
  message: string,
  facts: { code: string; stack?: string | undefined; cause?: unknown },
): CliError {
  return new CliError(message, {
    ...facts,
    exitCode: EXIT.failed,
    where: userPlace(facts.stack),
    stack: userFrames(facts.stack).slice(1).join("\n"),
    hint: hintFor(run),
    ...(run !== undefined && { document: { run, state: "interrupted" } }),
  });
}
