/**
 * What the fold does not keep of a run's time: when no process had it, how often a step was cut off, and since which
 * attempt it is counted anew. Pure.
 *
 * Invariants:
 * 1. It sees each event before the history takes it in.
 * 2. To wait without a process is to wait, and no gap. But a step whose retry is due waits for nothing any more.
 * 3. When a process was killed is on no record: that gap begins with the last event before it.
 * 4. Gaps do not overlap, and are in the order of time.
 * 5. A step that failed for good does nothing until `wf retry`: that time is none of its own, whoever had the run.
 */
import type { Place, StepEntry } from "../../engine/history/entries.ts";
import type { EventOf, HistoryEvent } from "../../engine/history/events.ts";
import type { History } from "../../engine/history/history.ts";
import { isAfterDeaths } from "../pause-reasons.ts";

/** Why no process had the run. `late`: a retry was due, and nobody took it up; `unbegun`: a fork that was cancelled. */
export type GapReason = "interrupted" | "paused" | "failed" | "forked" | "unbegun" | "late";

/** A time in which no process had the run, ms since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: GapReason;
}

interface Away {
  readonly from: number;
  readonly why: GapReason;
}

/** To be taken up takes a supervisor a moment: what is shorter is not late, ms. */
const LATE = 1_000;

/** The attempts of a step besides those that its entry counts. */
export interface AttemptCounts {
  /** Attempts that ended with a pause or with their process, so far. */
  readonly cutOff: number;
  /** Attempts begun before the last `wf retry`; 0: there was none. */
  readonly beforeRetry: number;
}

const NONE: AttemptCounts = { cutOff: 0, beforeRetry: 0 };

/** A time between two attempts of a step, ms since 1970. */
interface Idle {
  readonly from: number;
  /** Infinite while the next attempt has not begun. */
  to: number;
}

/** The timeline of a run. */
export class Timeline {
  readonly #gaps: Gap[] = [];
  /** `seq` of the event that ended the last gap. */
  #lastGapEnd = 0;
  /** Known to be without a process from then on. */
  #away: Away | undefined;
  readonly #counts = new Map<Place, AttemptCounts>();
  /** When steps had failed for good, until `wf retry` let them begin again: the run may have gone on without them. */
  readonly #idle = new Map<Place, Idle[]>();

  /** The times in which no process had the run. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Takes the next event in, which `history` does not have yet. */
  see(event: HistoryEvent, history: History): void {
    if ("loc" in event) {
      if (event.type === "step.started") this.#attemptBegins(event, history);
      else if (event.type === "step.woken") this.#woken(event.at);
      return;
    }
    switch (event.type) {
      case "run.started":
        return this.#takenUp(event, history);
      case "run.waiting":
        this.#away = { from: dueOf(history), why: "late" };
        return;
      case "run.paused":
        return this.#paused(event, history.lastAt);
      case "run.failed":
        this.#away = { from: event.at, why: "failed" };
        return;
      case "run.cancelled":
        if (this.#away?.why === "forked") this.#away = { ...this.#away, why: "unbegun" };
        return this.#back(event);
      case "run.completed":
        return this.#back(event);
      case "run.recovered":
        for (const location of history.run.causes) this.#retried(history.find(location));
        return;
      default:
    }
  }

  /** The gap in which the run is now, when nobody has it. */
  openGap(history: History, now: number): Gap | undefined {
    const { from, why } = this.#away ?? { from: history.lastAt, why: "interrupted" };
    return now > from + (why === "late" ? LATE : 0) ? { from, to: now, why } : undefined;
  }

  /** How much of a span no process had the run, ms. */
  without(from: number, to: number): number {
    let sum = 0;
    for (const gap of this.#gaps) sum += Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from));
    return sum;
  }

  /** How long a process was at what is at a place, ms: neither without one, nor after a step had failed for good. */
  spentAt(place: Place, from: number, to: number): number {
    let spent = to - from - this.without(from, to);
    for (const idle of this.#idle.get(place) ?? []) {
      const [first, last] = [Math.max(idle.from, from), Math.min(idle.to, to)];
      if (last > first) spent -= last - first - this.without(first, last);
    }
    return spent;
  }

  countsOf(place: Place): AttemptCounts {
    return this.#counts.get(place) ?? NONE;
  }

  #paused({ at, by }: EventOf<"run.paused">, lastAt: number): void {
    if (by === "fork") this.#away = { from: lastAt, why: "forked" };
    else if (isAfterDeaths(by)) this.#away ??= { from: lastAt, why: "interrupted" };
    else if (this.#away === undefined || this.#away.from > at) this.#away = { from: at, why: "paused" };
  }

  #takenUp(event: EventOf<"run.started">, history: History): void {
    if (this.#away !== undefined) return this.#back(event);
    const { started } = history.run;
    const isFirst = started === undefined && history.root.children === undefined;
    if (isFirst || isSameProcess(started, event)) return;
    this.#back(event, { from: history.lastAt, why: "interrupted" });
  }

  /** An attempt that begins while one of its step is open: a process has ended in between, and was it not on record. */
  #attemptBegins(event: EventOf<"step.started">, history: History): void {
    if (this.#away !== undefined) this.#back(event);
    if (event.attempt === 1) return;
    const place = history.find(event.loc);
    const idle = place === undefined ? undefined : this.#idle.get(place)?.at(-1);
    if (idle !== undefined) idle.to = Math.min(idle.to, event.at);
    if (place?.entry?.kind !== "step" || !wasCutOff(place.entry, this.countsOf(place))) return;
    const { cutOff, beforeRetry } = this.countsOf(place);
    this.#counts.set(place, { cutOff: cutOff + 1, beforeRetry });
    if (this.#lastGapEnd < place.lastSeq) this.#back(event, { from: history.lastAt, why: "interrupted" });
  }

  #woken(at: number): void {
    if (this.#away?.why === "late" && at < this.#away.from) this.#away = { from: at, why: "late" };
  }

  #retried(place: Place | undefined): void {
    if (place?.entry?.kind !== "step" || place.entry.status !== "failed") return;
    const { attempts, endedAt } = place.entry;
    this.#counts.set(place, { ...this.countsOf(place), beforeRetry: attempts });
    if (endedAt === undefined) return;
    const idle = this.#idle.get(place) ?? [];
    this.#idle.set(place, [...idle, { from: endedAt, to: Number.POSITIVE_INFINITY }]);
  }

  /** A process has the run from this event on. */
  #back({ at, seq }: HistoryEvent, away = this.#away): void {
    this.#away = undefined;
    if (away === undefined || at <= away.from + (away.why === "late" ? LATE : 0)) return;
    this.#gaps.push({ from: away.from, to: at, why: away.why });
    this.#lastGapEnd = seq;
  }
}

/** When the first retry is due that the run waits for; infinite: it waits for none. */
function dueOf({ waits }: History): number {
  let due = Number.POSITIVE_INFINITY;
  for (const { entry } of waits)
    if (entry?.kind === "step" && entry.retryAt !== undefined) due = Math.min(due, entry.retryAt);
  return due;
}

/** The last attempt has begun, and ended without having completed or failed. A retry reopens it, too. */
function wasCutOff({ status, attempts }: StepEntry, { beforeRetry }: AttemptCounts): boolean {
  return status === "running" || (status === "interrupted" && attempts !== beforeRetry);
}

function isSameProcess(a: EventOf<"run.started"> | undefined, b: EventOf<"run.started">): boolean {
  return a?.pid !== undefined && a.pid === b.pid && a.host === b.host;
}

/** The timeline and the fold of events. */
export function foldWithTimeline(history: History, events: Iterable<HistoryEvent>): Timeline {
  const timeline = new Timeline();
  for (const event of events) {
    timeline.see(event, history);
    history.apply(event);
  }
  return timeline;
}
