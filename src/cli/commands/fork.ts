/** `wf fork`: a new run with the history that another one had before a step. The source stays as it is. */
import { freshSeed } from "../../engine/chance.ts";
import { locationOf } from "../../engine/history/entries.ts";
import { forkHistory } from "../../engine/history/fork.ts";
import { foldHistory, type History } from "../../engine/history/history.ts";
import { formatLocation, type Location } from "../../engine/history/location.ts";
import { newRunId } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import type { ForkDocument } from "../documents.ts";
import { EXIT } from "../exit-codes.ts";
import { findPlace } from "../find-place.ts";
import { readGivenValue } from "../input.ts";
import { refuseTaken, writeNewRun } from "../new-run.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { inboxOf, readRun } from "../read-run.ts";
import { forkOfUndone, undoneSteps } from "../undone.ts";
import { count } from "../views/format.ts";
import { runFields } from "../views/run-document.ts";
import type { RunFacts } from "../views/run-facts.ts";
import { nameAt } from "../views/run-view.ts";
import { resumeRun } from "./resume.ts";

/** `wf fork <run> --from <step>` */
export const fork: Command = async (context, [wanted = ""], options) => {
  const { from, setOutput } = options;
  if (from === undefined)
    throw new CliError("fork needs --from: the step that is to run anew", {
      code: "usage",
      exitCode: EXIT.usage,
      hint: `for example:\nwf fork ${wanted} --from charge\nwf inspect ${wanted}  shows the steps`,
    });
  const output = await readGivenValue({ json: setOutput, name: "--set-output" });
  const store = await openCommandStore(context, options);
  const source = resolveRun(store, wanted);
  const { events, facts } = readRun(store, source);
  const place = findPlace(facts.history, from);
  const location = locationOf(place);
  if (setOutput !== undefined && place.entry?.kind !== "step")
    throw new CliError(`${nameAt(location)} is no step: only a step's output can be set`, {
      code: "usage",
      exitCode: EXIT.usage,
      hint: "leave out --set-output: what is there then happens anew",
    });
  const run = options.id ?? newRunId(facts.history.run.created?.workflow ?? source);
  refuseTaken(store, run);
  const forked = forkHistory(events, location, {
    run: source,
    seed: freshSeed(),
    now: Date.now(),
    ...(setOutput !== undefined && { output: { value: output } }),
  });
  refuseUndone(facts, location, foldHistory(forked));
  await writeNewRun(store, { run, events: forked });
  const left = inboxOf(store, facts).length;
  const how = setOutput === undefined ? "runs anew" : "has the output that you gave";
  context.terminal.tell(
    `forked ${source} into ${run}: ${nameAt(location)} ${how}  (${count(forked.length, "event")} kept)`,
  );
  if (left > 0)
    context.terminal.tell(
      `${count(left, "message")} that ${source} has not received ${left === 1 ? "stays" : "stay"} there`,
    );
  if (options.resume === true) return resumeRun(context, store, run, options);
  context.terminal.tell("wf dev does not begin a fork; this does:");
  context.terminal.tell(`  wf resume ${run}`);
  const forkedFacts = { run, history: foldHistory(forked), isOwned: false };
  return {
    exitCode: EXIT.done,
    document: () =>
      ({ schema: "wf.fork/1", ok: true, ...runFields(forkedFacts), source, from: location }) satisfies ForkDocument,
    text: () => "",
  };
};

/**
 * What was rolled back did happen and is gone: in a fork it would be taken for done. What had begun and not completed
 * before the fork's place runs anew in it.
 */
function refuseUndone({ run, history }: RunFacts, from: Location, forked: History): void {
  const undone = undoneSteps(history).map(locationOf);
  const kept = undone.filter((location) => {
    const entry = forked.find(location)?.entry;
    return entry?.kind === "step" && entry.status === "completed" && formatLocation(location) !== formatLocation(from);
  });
  if (kept.length === 0) return;
  const names = kept.slice(0, 3).map(nameAt);
  const more = kept.length > names.length ? ` and ${kept.length - names.length} more` : "";
  const are = kept.length === 1 ? "is" : "are";
  throw new CliError(
    `run ${run} was rolled back: ${names.join(", ")}${more} ${are} undone, and a fork from ${nameAt(from)} would take ${kept.length === 1 ? "it" : "them"} for done`,
    {
      code: "rolled_back",
      exitCode: EXIT.failed,
      hint: `this lets ${kept.length === 1 ? "it" : "them"} happen again:\n${forkOfUndone(run, history)}`,
      document: { run, undone: kept },
    },
  );
}
