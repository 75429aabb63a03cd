/** Compares again whenever one of the user's files was saved, until Ctrl-C. */
import type { CommandContext, CommandResult } from "./command.ts";
import { toCliError } from "./to-cli-error.ts";
import { errorView } from "./views/error-view.ts";

/** A comparison that was made, and the files it depends on. */
export interface WatchedComparison {
  readonly all: readonly string[];
  readonly result: CommandResult;
}

/** Editors save in several steps, ms. */
const SETTLE = 60;

/** @returns the last result, already shown */
export async function watchAndRepeat(
  { terminal }: CommandContext,
  first: WatchedComparison,
  again: () => Promise<WatchedComparison>,
): Promise<CommandResult> {
  const { watch } = await import("chokidar");
  let last = first;
  terminal.out(first.result.text());
  const watcher = watch([...new Set(first.all)], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: SETTLE, pollInterval: 20 },
  });
  let running = Promise.resolve();
  const onSave = (): void => {
    running = running.then(async () => {
      try {
        last = await again();
        watcher.add([...last.all]);
        terminal.out(`\n${last.result.text()}`);
      } catch (error) {
        const refusal = toCliError(error);
        last = { ...last, result: { ...last.result, exitCode: refusal.facts.exitCode } };
        terminal.note(`\n${errorView(refusal, terminal.styles, terminal.noteWidth())}`);
      }
    });
  };
  watcher.on("all", onSave);
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  terminal.note("watching: compares again on every save  (Ctrl-C ends it)\n");
  const { promise: stopped, resolve: stop } = withResolvers();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await stopped;
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  await watcher.close();
  await running;
  return { ...last.result, text: () => "" };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
