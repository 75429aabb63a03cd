/** `wf wake`: ends the current sleeps and backoffs of a run now. */
import { locationOf, type Place } from "../../engine/history/entries.ts";
import type { History } from "../../engine/history/history.ts";
import { isWithin, type Location } from "../../engine/history/location.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { control } from "../control.ts";
import type { WakeDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { findPlace } from "../find-place.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { goesOnWith } from "../goes-on.ts";
import { readRun } from "../read-run.ts";
import { count } from "../views/format.ts";
import { runFields } from "../views/run-document.ts";
import { describeWait, isFinished } from "../views/run-facts.ts";
import { nameAt } from "../views/run-view.ts";

/** `wf wake <run> [location]` */
export const wake: Command = async (context, [wanted = "", typed], options) => {
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  const { facts, owner } = readRun(store, run);
  const within = typed === undefined ? [] : locationOf(findPlace(facts.history, typed));
  const asleep = sleepers(facts.history, within);
  if (asleep.length === 0) throw nothingSleeps(run, facts.history, typed);
  const woken = asleep.map(({ location }) => location);
  const end = await control(store, {
    run,
    verb: "wake",
    body: within,
    act: (handle) => handle.wake(within),
    isDone: ({ history }) =>
      asleep.every((one) => !sleepers(history, one.location).some((other) => other.until === one.until)),
  });
  const names = woken.length > 3 ? count(woken.length, "sleep") : woken.map(nameAt).join(", ");
  const isAsked = end.how === "asked";
  const { terminal } = context;
  if (isAsked)
    terminal.tell(`process ${end.owner.pid ?? "?"} has run ${run}, was asked to wake it, and has not done so yet`);
  else {
    const next = owner === undefined ? goesOnWith(readRun(store, run).facts, `woke ${names}; `) : [`woke ${names}`];
    for (const line of next) terminal.tell(line);
  }
  return {
    exitCode: isAsked ? EXIT.waiting : EXIT.done,
    document: () =>
      ({ schema: "wf.wake/1", ok: true, ...runFields(readRun(store, run).facts), woken }) satisfies WakeDocument,
    text: () => "",
  };
};

interface Sleeper {
  readonly location: Location;
  readonly until: number | undefined;
}

/** Sleeps and backoffs that have not ended. */
function sleepers(history: History, within: Location): Sleeper[] {
  return [...history.waits].flatMap((place) => {
    const location = locationOf(place);
    const until = dueOf(place);
    return until !== undefined && isWithin(location, within) ? [{ location, until }] : [];
  });
}

function dueOf({ entry }: Place): number | undefined {
  if (entry?.kind === "sleep") return entry.until;
  return entry?.kind === "step" && entry.status === "backoff" ? entry.retryAt : undefined;
}

function nothingSleeps(run: string, history: History, typed: string | undefined): CliError {
  const { state } = history.run;
  if (isFinished(state))
    return new CliError(`run ${run} ${state === "cancelled" ? "was" : "has"} ${state}: nothing sleeps in it`, {
      code: "run_state",
      exitCode: EXIT.failed,
      hint: `wf inspect ${run}`,
      document: { run, state },
    });
  const [first] = history.waits;
  const what = first === undefined ? "nothing in it waits" : describeWait(first, Date.now());
  return new CliError(`nothing sleeps in run ${run}${typed === undefined ? "" : ` at ${JSON.stringify(typed)}`}`, {
    code: "run_state",
    exitCode: EXIT.failed,
    hint: `${what}\nwf inspect ${run}`,
    document: { run },
  });
}
