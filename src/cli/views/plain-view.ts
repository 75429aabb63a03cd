/**
 * Progress as plain lines: for scripts, logs, CI and agents. No redraws; each line says one thing that happened.
 *
 * Invariant: what a run that is taken up waits for is said once it is known that the code fits: a run that is refused
 * has nothing to be moved on with.
 */
import type { StepErrorEvent } from "../../engine/api.ts";
import { locationOf, type Place } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import type { Location } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import type { Terminal } from "../terminal.ts";
import { entryText } from "./entry-text.ts";
import { styledSymbol, wordsOf } from "./entry-words.ts";
import { formatDuration } from "./format.ts";
import { describeWait, nextCommands } from "./run-facts.ts";
import { finishedBy, hasRunningStep, nameAt, type RunView, type WatchedRun } from "./run-view.ts";

const VALUE_LIMIT = 60;
const MOST_WAITS = 8;

/** Lines on standard error. */
export class PlainView implements RunView {
  readonly isLive = false;
  readonly #terminal: Terminal;
  #watched: WatchedRun | undefined;
  /** Waits that have their line. */
  readonly #told = new Set<Place>();
  /** Steps whose attempt failed, and of which the engine will say how often they are tried, by name. */
  readonly #failed = new Map<string, Place[]>();
  /** It was said what takes long: once is enough in a log. */
  #isBusy = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begin(watched: WatchedRun): void {
    this.#watched = watched;
    const begun = watched.isSupervised === true ? "taken up" : `run ${watched.run}`;
    this.say(`${begun}  ${escapeLine(watched.module)}`);
    const woken = new Set((watched.woken ?? []).flatMap((location) => watched.history.find(location) ?? []));
    for (const place of woken) {
      this.#told.add(place);
      this.#sayEntry(place);
    }
  }

  /** The run is taken up, and its code fits. */
  #sayOpen(watched: WatchedRun): void {
    const open = stillOpen(watched, Date.now()).filter((place) => !this.#told.has(place));
    for (const place of open.slice(0, MOST_WAITS)) {
      if (place.entry?.kind === "step") {
        this.#told.add(place);
        this.#sayEntry(place);
      } else this.#sayWait(place, locationOf(place));
    }
  }

  busy(words: string | undefined): void {
    if (words !== undefined && !this.#isBusy) this.say(words);
    this.#isBusy = words !== undefined;
  }

  keys(): void {}

  recorded(event: HistoryEvent): void {
    if (this.#watched === undefined) return;
    const { history } = this.#watched;
    if (event.type === "run.started") this.#sayOpen(this.#watched);
    if (event.type === "step.failed" && event.retryAt !== undefined) {
      const place = history.find(event.loc);
      const name = String(event.loc.at(-1));
      if (this.#watched.isFollowed === true && place !== undefined) this.#sayEntry(place);
      else if (place !== undefined) this.#failed.set(name, [...(this.#failed.get(name) ?? []), place]);
      return;
    }
    if (event.type === "queue.waiting" || event.type === "sleep.started") {
      const place = history.find(event.loc);
      if (place !== undefined) this.#sayWait(place, event.loc);
      return;
    }
    const finished = finishedBy(event, history);
    if (finished?.place.entry === undefined) return;
    this.#sayEntry(finished.place);
  }

  #sayEntry(place: Place, maxAttempts?: number): void {
    if (this.#watched === undefined) return;
    const { timeline } = this.#watched;
    const now = Date.now();
    const text = entryText(place, { now, standing: "owned", timeline, maxAttempts, valueLimit: VALUE_LIMIT });
    const symbol = styledSymbol(text, this.#terminal.styles);
    this.say(`${symbol} ${nameAt(locationOf(place))}  ${wordsOf(text)}`);
  }

  #sayWait(place: Place, location: Location): void {
    if (this.#watched === undefined || place.entry?.kind === "step") return;
    const { run, history, leavesWaiting, bodyOf } = this.#watched;
    this.#told.add(place);
    this.say(`${this.#terminal.styles.yellow("⏸")} ${nameAt(location)}  ${describeWait(place, Date.now())}`);
    if (place.entry?.kind !== "message" || leavesWaiting === true) return;
    for (const command of nextCommands({ run, history, isOwned: true, bodyOf })) this.say(`  ${command}`);
  }

  attemptFailed(step: StepErrorEvent): void {
    if (!step.willRetry) return;
    const [place, ...others] = this.#failed.get(step.stepName) ?? [];
    this.#failed.set(step.stepName, others);
    if (place === undefined) return;
    this.#told.add(place);
    this.#sayEntry(place, step.maxRetries + 1);
  }

  pausing(grace: number): void {
    const isRunning = this.#watched !== undefined && hasRunningStep(this.#watched.history.root);
    const isSupervised = this.#watched?.isSupervised === true;
    const running = isSupervised
      ? "a running step may finish"
      : `a running step has ${formatDuration(grace)} to finish`;
    this.say(`${isSupervised ? "stopping" : "pausing"}${isRunning ? `: ${running}` : ""}`);
  }

  say(line: string): void {
    this.#terminal.note(`${line}\n`);
  }

  print(text: string): void {
    this.#terminal.note(text);
  }

  suspend(): void {}

  resume(): void {}

  waits(line: string, next: readonly string[]): void {
    const open = [...(this.#watched?.history.waits ?? [])];
    if (open.length === 0 || open.some((place) => !this.#told.has(place))) this.say(line);
    for (const command of next) this.say(`  ${command}`);
  }

  end(line: string, next: readonly string[] = []): void {
    this.say(line);
    for (const command of next) this.say(`  ${command}`);
  }
}

/** What a run that is taken up waits for, but for what ends at once: its time has come, or its message is there. */
function stillOpen({ history, arrived = [] }: WatchedRun, now: number): Place[] {
  const messages = [...arrived];
  return [...history.waits].filter(({ entry }) => {
    if (entry?.kind === "step") return (entry.retryAt ?? now) > now;
    if (entry?.kind !== "sleep" && entry?.kind !== "message") return true;
    if (entry.until !== undefined && entry.until <= now) return false;
    if (entry.kind === "sleep") return true;
    const at = messages.findIndex((name) => entry.names?.includes(name) ?? true);
    if (at >= 0) messages.splice(at, 1);
    return at < 0;
  });
}
