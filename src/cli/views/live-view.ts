/**
 * Progress on a terminal: one line per finished entry, and below them a region that shows what is going on now.
 *
 * Invariants:
 * 1. The line of an entry is cut to the width of the terminal; a command never is, it is there to be typed: where it
 *    has no room inside the frame, it stands below it. The region is taken back by rows, counted for the width that
 *    the terminal has now.
 * 2. All output goes through one write per drawing, at most one every {@link DRAW_EVERY} ms; `end` draws the rest.
 * 3. Its timers never keep the process alive.
 */
import type { StepErrorEvent } from "../../engine/api.ts";
import type { Place } from "../../engine/history/entries.ts";
import { locationOf } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import { escapeLine } from "../escape.ts";
import type { Key } from "../keys.ts";
import type { Terminal } from "../terminal.ts";
import { entryText } from "./entry-text.ts";
import { type EntryText, styledSymbol, wordsOf } from "./entry-words.ts";
import { formatDuration } from "./format.ts";
import { keyHint } from "./key-hint.ts";
import { nextCommands } from "./run-facts.ts";
import { finishedBy, nameAt, type RunView, type WatchedRun } from "./run-view.ts";
import { fit, pad, textWidth } from "./text-width.ts";
import { Timeline } from "./timeline.ts";
import { wrap } from "./wrap.ts";

const DRAW_EVERY = 50;
const TICK_EVERY = 200;
/** Most entries in the region. */
const MOST = 8;
const NAME_WIDTH = 16;
/** Of the width, where a remark needs room, too. */
const NAME_SHARE = 0.3;
/** A remark that would be cut shorter is left out. */
const SHORTEST = 6;
const ESCAPE = "\u001B[";

/** A region of standard error, redrawn. */
export class LiveView implements RunView {
  readonly isLive = true;
  readonly #terminal: Terminal;
  #watched: WatchedRun | undefined;
  /** Lines to be written above the region. */
  #above: string[] = [];
  /** The region as it stands on the terminal. */
  #drawn: string[] = [];
  /** Text of the user's code that has no line feed yet. */
  #unfinished = "";
  #footer: string | undefined;
  #busy: string | undefined;
  #keys: ReadonlySet<Key> = new Set();
  readonly #running = new Map<string, Place>();
  readonly #maxAttempts = new Map<string, number>();
  #isSuspended = false;
  #drawTimer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begin(watched: WatchedRun): void {
    const { styles } = this.#terminal;
    this.#watched = watched;
    this.#busy = undefined;
    this.#above.push(`${styles.cyan("◆")} ${styles.bold(watched.run)}  ${styles.dim(escapeLine(watched.module))}`);
    this.#ticker = setInterval(() => {
      this.#draw();
    }, TICK_EVERY).unref();
    this.#draw();
  }

  busy(words: string | undefined): void {
    this.#busy = words;
    this.#draw();
  }

  keys(keys: ReadonlySet<Key>): void {
    this.#keys = keys;
    this.#draw();
  }

  recorded(event: HistoryEvent): void {
    if (this.#watched === undefined || !("loc" in event)) return;
    const { history } = this.#watched;
    const key = JSON.stringify(event.loc);
    if (event.type === "step.started") {
      const place = history.find(event.loc);
      if (place !== undefined) this.#running.set(key, place);
    } else if (event.type.startsWith("step.")) {
      this.#running.delete(key);
    } else if (event.type === "race.won" || event.type === "branch.cancelled") {
      for (const [other, place] of this.#running) if (!isOpen(place)) this.#running.delete(other);
    }
    const finished = finishedBy(event, history);
    if (finished?.place.entry !== undefined) this.#above.push(this.#entryLine(finished.place, 0));
    this.#drawSoon();
  }

  attemptFailed(step: StepErrorEvent): void {
    this.#maxAttempts.set(step.stepName, step.maxRetries + 1);
  }

  pausing(grace: number): void {
    const running = this.#running.size > 0 ? `a running step has ${formatDuration(grace)} to finish · ` : "";
    this.#footer = `pausing: ${running}Ctrl-C again stops at once`;
    this.#draw();
  }

  say(line: string): void {
    for (const each of wrap(line, this.#terminal.width() - 3)) this.#above.push(`${this.#gutter()}  ${each}`);
    this.#drawSoon();
  }

  print(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) this.#above.push(`${this.#gutter()}  ${line}`);
    this.#drawSoon();
  }

  suspend(): void {
    this.#isSuspended = true;
    this.#takeBack();
  }

  resume(): void {
    this.#isSuspended = false;
    this.#draw();
  }

  waits(line: string, next: readonly string[]): void {
    this.end(line, next);
  }

  end(line: string, next: readonly string[] = []): void {
    this.#isSuspended = false;
    clearInterval(this.#ticker);
    clearTimeout(this.#drawTimer);
    if (this.#unfinished !== "") this.print("\n");
    clearTimeout(this.#drawTimer);
    const { styles } = this.#terminal;
    const [first = "", ...more] = wrap(line, this.#terminal.width() - 3);
    this.#above.push(
      `${styles.dim("└")}  ${first}`,
      ...[...more, ...next.map((command) => styles.cyan(command))].map((each) => `   ${each}`),
    );
    this.#watched = undefined;
    this.#draw();
  }

  #gutter(): string {
    return this.#terminal.styles.dim("│");
  }

  #drawSoon(): void {
    this.#drawTimer ??= setTimeout(() => {
      this.#draw();
    }, DRAW_EVERY).unref();
  }

  #draw(): void {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    if (this.#isSuspended) return;
    const region = this.#region();
    const above = this.#above;
    if (above.length === 0 && sameLines(region, this.#drawn)) return;
    const back = this.#wayBack();
    this.#above = [];
    this.#drawn = region;
    this.#terminal.note(back + [...above, ...region].map((line) => `${line}\n`).join(""));
  }

  /** Takes the region off the screen. */
  #takeBack(): void {
    this.#terminal.note(this.#wayBack());
    this.#drawn = [];
  }

  /** What brings the cursor back to where the region begins, and clears what is below. */
  #wayBack(): string {
    const width = this.#terminal.width();
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / width)), 0);
    return rows === 0 ? "" : `\r${ESCAPE}${rows}A${ESCAPE}J`;
  }

  /** What is going on, what moves it on, and how to leave. */
  #region(): string[] {
    if (this.#watched === undefined)
      return this.#busy === undefined ? [] : [this.#terminal.styles.dim(fit(this.#busy, this.#terminal.width()))];
    const { run, history, bodyOf } = this.#watched;
    const { styles } = this.#terminal;
    const places = [...this.#running.values(), ...history.waits];
    const lines = places.slice(0, MOST).map((place) => this.#entryLine(place, Date.now()));
    const gutter = this.#gutter();
    if (places.length > MOST) lines.push(`${gutter}  ${styles.dim(`… and ${places.length - MOST} more`)}`);
    const commands = nextCommands({ run, history, isOwned: true, bodyOf });
    const isFramed = commands.every((command) => textWidth(command) <= this.#terminal.width() - 3);
    if (isFramed && commands.length > 0)
      lines.push(gutter, ...commands.map((command) => `${gutter}  ${styles.cyan(command)}`));
    const footer = this.#footer ?? this.#howToLeave(this.#watched);
    const [first = "", ...more] = wrap(footer, this.#terminal.width() - 3);
    return [
      ...lines,
      `${styles.dim("└")}  ${styles.dim(first)}`,
      ...more.map((line) => `   ${styles.dim(line)}`),
      ...(isFramed ? [] : commands.map((command) => styles.cyan(command))),
    ];
  }

  /** How to leave, and what the keys do. */
  #howToLeave(watched: WatchedRun): string {
    const { leaving, run } = watched;
    if (leaving !== undefined) return leaving;
    if (this.#keys.size === 0) return `Ctrl-C pauses (wf resume ${run})`;
    return keyHint(this.#keys, watched, this.#terminal.width() - 3);
  }

  #entryLine(place: Place, now: number): string {
    const { styles } = this.#terminal;
    const maxAttempts = this.#maxAttempts.get(String(place.segment));
    const timeline = this.#watched?.timeline ?? new Timeline();
    const text = entryText(place, { now, standing: "owned", timeline, maxAttempts, valueLimit: 0 });
    const words = wordsThatFit(nameAt(locationOf(place)), text, this.#terminal.width() - 5);
    return fit(`${this.#gutter()}  ${styledSymbol(text, styles)} ${words}`, this.#terminal.width());
  }
}

/** The name of an entry and what is said of it. Where it has to be cut, the part that moves is kept, and most of the name. */
function wordsThatFit(name: string, text: EntryText, width: number): string {
  const { detail, moving = "", remark } = text;
  const full = `${pad(name, NAME_WIDTH)}  ${wordsOf(text)}`;
  if (textWidth(full) <= width) return full;
  const left = width - textWidth(detail + moving) - 2;
  if (remark !== undefined && left >= NAME_WIDTH) {
    const names = pad(fit(name, Math.max(NAME_WIDTH, Math.min(left, Math.floor(width * NAME_SHARE)))), NAME_WIDTH);
    const room = left - textWidth(names) - 4;
    return `${names}  ${detail}${moving}${room < SHORTEST ? "" : `  (${fit(remark, room)})`}`;
  }
  const names = pad(fit(name, Math.max(NAME_WIDTH, left)), NAME_WIDTH);
  return `${names}  ${fit(detail, Math.max(1, width - textWidth(names + moving) - 2))}${moving}`;
}

/** Whether a place is still part of the live history: a lost race takes its branches out. */
function isOpen(place: Place): boolean {
  for (let at: Place = place; at.parent !== undefined; at = at.parent)
    if (at.parent.children?.get(at.segment) !== at) return false;
  return place.entry?.kind === "step" && place.entry.status === "running";
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
