/** Which keys do something to a run that waits, and in which words that is said. Pure. */
import type { Entry } from "../../engine/history/entries.ts";
import type { History } from "../../engine/history/history.ts";
import type { Key } from "../keys.ts";
import { textWidth } from "./text-width.ts";

/** The keys that move a run on, or leave it; none where it does not wait. */
export function offeredKeys(history: History): ReadonlySet<Key> {
  const keys = new Set<Key>();
  if (history.waits.size === 0) return keys;
  const kinds = kindsOf(history);
  if (kinds.has("message")) keys.add("s");
  if (kinds.has("sleep") || kinds.has("step")) keys.add("k");
  return keys.add("q");
}

/** What these keys do: in as many words as there is room for. */
export function keyHint(
  keys: ReadonlySet<Key>,
  { run, history }: { run: string; history: History },
  width: number,
): string {
  const long: string[] = [];
  if (keys.has("s")) long.push("s send a message");
  if (keys.has("k")) long.push(kindsOf(history).has("sleep") ? "k skip the sleep" : "k retry now");
  const full = [...long, `q pause (wf resume ${run})`].join(" · ");
  return textWidth(full) <= width
    ? full
    : [...long.map((words) => words.replace(/ (a|the) .*/, "")), "q pause"].join(" · ");
}

/** What kinds of entries wait. */
function kindsOf({ waits }: History): ReadonlySet<Entry["kind"] | undefined> {
  return new Set([...waits].map(({ entry }) => entry?.kind));
}
