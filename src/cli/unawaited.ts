/** Messages that nobody in a run has ever waited for: a later wait may take them, or their name is misspelt. Pure. */
import type { Place } from "../engine/history/entries.ts";
import { nearest } from "./nearest.ts";
import { type RunFacts, waitingFor } from "./views/run-facts.ts";

/** What is to be thought of a message's name. */
export interface Doubt {
  /** What is waited for now. */
  readonly names: readonly string[];
  /** The one of them that was probably meant. */
  readonly suggestion?: string;
}

/**
 * Undefined where the run waits for this name, has waited for it, declares it, or waits for no message at this moment:
 * it may be busy.
 */
export function doubtAbout(facts: RunFacts, name: string): Doubt | undefined {
  const { history } = facts;
  const names = waitingFor(history)?.messages ?? [];
  if (names.length === 0 || names.includes(name)) return undefined;
  if (history.run.started?.messages?.includes(name) === true || wasAwaited(history.root, name)) return undefined;
  const suggestion = nearest(name, names);
  return { names, ...(suggestion !== undefined && { suggestion }) };
}

/** Something at or below a place has waited for a message of this name. */
function wasAwaited({ entry, children }: Place, name: string): boolean {
  if (entry?.kind === "message" && entry.names?.includes(name) === true) return true;
  for (const child of children?.values() ?? []) if (wasAwaited(child, name)) return true;
  return false;
}
