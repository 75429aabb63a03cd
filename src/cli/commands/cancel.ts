/** `wf cancel`: stops a run for good; nothing is rolled back. */
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { control } from "../control.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { runFields } from "../views/run-document.ts";
import { isFinished, shownState } from "../views/run-facts.ts";

/** `wf cancel <run>` */
export const cancel: Command = async (context, [wanted = ""], options) => {
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  const state = shownState(readRun(store, run).facts);
  const fields = (): Record<string, unknown> => ({
    schema: "wf.run/1",
    ok: true,
    ...runFields(readRun(store, run).facts),
  });
  if (state === "cancelled") {
    context.terminal.tell(`run ${run} was cancelled before`);
    return { exitCode: EXIT.done, document: fields, text: () => "" };
  }
  if (isFinished(state))
    throw new CliError(`run ${run} has ${state}: there is nothing to cancel`, {
      code: "run_state",
      exitCode: EXIT.failed,
      hint: `wf inspect ${run}`,
      document: { run, state },
    });
  const end = await control(store, {
    run,
    verb: "cancel",
    body: options.reason,
    act: (handle) => handle.cancel(options.reason),
    isDone: ({ history }) => history.run.state === "cancelled",
  });
  const isAsked = end.how === "asked";
  context.terminal.tell(
    isAsked
      ? `process ${end.owner.pid ?? "?"} has run ${run}, was asked to cancel it, and has not done so yet`
      : `cancelled ${run}`,
  );
  return { exitCode: isAsked ? EXIT.waiting : EXIT.done, document: fields, text: () => "" };
};
