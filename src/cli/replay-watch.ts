/** Compares again whenever one of the user's files was saved, until Ctrl-C. */
import type { CommandContext, CommandResult } from "./command.ts";
import { EXIT, exitCodeOfSignal } from "./exit-codes.ts";
import { watchLeaving } from "./leaving.ts";
import { toCliError } from "./to-cli-error.ts";
import { errorView } from "./views/error-view.ts";

/** A comparison that was made. */
export interface WatchedComparison {
  /** What it depends on. */
  readonly files: readonly string[];
  /** @throws CliError where it is of one run, which could not be compared */
  conclude(): CommandResult;
}

/** Editors save in several steps, ms. */
const SETTLE = 60;

/** Shows the first comparison, and those to come. @returns when a signal ends it, with that signal's exit code */
export async function watchAndRepeat(
  { terminal }: CommandContext,
  first: WatchedComparison,
  again: () => Promise<WatchedComparison>,
): Promise<CommandResult> {
  const { watch } = await import("chokidar");
  let stop: (signal: NodeJS.Signals | undefined) => void = () => undefined;
  const stopped = new Promise<NodeJS.Signals | undefined>((resolve) => {
    stop = resolve;
  });
  const leaving = watchLeaving(stop);
  const watcher = watch([...new Set(first.files)], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: SETTLE, pollInterval: 20 },
  });
  const show = async (above: string, compared: () => Promise<WatchedComparison>): Promise<void> => {
    try {
      const comparison = await compared();
      watcher.add([...comparison.files]);
      terminal.out(`${above}${comparison.conclude().text()}`);
    } catch (error) {
      terminal.note(`${above}${errorView(toCliError(error), terminal.styles, terminal.noteWidth())}`);
    }
  };
  const ready = new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  let running = show("", async () => first);
  watcher.on("all", () => {
    running = running.then(() => show("\n", again));
  });
  await ready;
  terminal.note("watching: compares again on every save  (Ctrl-C ends it)\n");
  const signal = await stopped;
  await watcher.close();
  await Promise.race([running, leaving.second]);
  leaving.stop();
  return {
    exitCode: signal === undefined ? EXIT.done : exitCodeOfSignal(signal),
    isStreamed: true,
    document: () => ({}),
    text: () => "",
  };
}
