/** How a run goes on that nobody has: by hand, or by a `wf dev` that runs elsewhere, of which nothing is on record. Pure. */
import { isTakenUp, type RunFacts } from "./views/run-facts.ts";

/** A sentence, and the command to type. `before`: the beginning of its first line. */
export function goesOnWith(facts: RunFacts, before = ""): string[] {
  const who = isTakenUp(facts)
    ? "nobody has the run now: a running wf dev takes it up, or type:"
    : "the run is paused, this goes on with it:";
  return [before + who, `  wf resume ${facts.run}`];
}
