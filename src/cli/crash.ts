/** `--crash-after` and `--crash-before`: ends the process the hard way at a step, to see durability with one's own eyes. */
import type { HistoryEvent } from "../engine/history/events.ts";
import { formatLocation } from "../engine/history/location.ts";
import type { CommandOptions } from "./command.ts";
import type { RunView } from "./views/run-view.ts";

/** Is told what is on record; may not return. */
export type CrashPoint = (event: HistoryEvent, last: LastWords) => void;

/** What is to be done before the process ends. */
interface LastWords {
  readonly run: string;
  readonly view: RunView;
  /** Gives the terminal back: nobody else can. */
  readonly release: () => void;
}

/** Undefined where no crash was asked for. */
export function crashPoint({ crashAfter, crashBefore }: CommandOptions): CrashPoint | undefined {
  const wanted = crashAfter ?? crashBefore;
  if (wanted === undefined) return undefined;
  const type = crashAfter === undefined ? "step.started" : "step.completed";
  const [, name = wanted, nth] = /^(.+)#(\d+)$/.exec(wanted) ?? [];
  let seen = 0;
  return (event, { run, view, release }) => {
    if (event.type !== type || !isAt(event.loc, name)) return;
    seen++;
    if (nth !== undefined && seen !== Number(nth)) return;
    const when = crashAfter === undefined ? "before" : "after";
    view.end(`killed ${when} ${formatLocation(event.loc)}, as you asked; this goes on:`, [`wf resume ${run}`]);
    release();
    process.kill(process.pid, "SIGKILL");
  };
}

function isAt(location: readonly (string | number)[], name: string): boolean {
  return location.at(-1) === name || formatLocation(location) === name;
}
