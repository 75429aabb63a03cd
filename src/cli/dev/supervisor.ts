/**
 * Supervises the runs of a store: takes up what can go on, each run in a process of its own.
 *
 * Invariants:
 * 1. At most `jobs` children at once; at most one per run. The lock of a run decides, not this.
 * 2. A paused run is left alone, and so is one that another process has.
 * 3. What does not fit its code, and what keeps dying in one step, is set aside until the code is edited, or somebody
 *    resumes it.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { EXIT } from "../exit-codes.ts";
import { openParts, shownStateOf } from "../summary-fold.ts";
import { nameAt } from "../views/run-view.ts";
import { formatTimeLeft } from "../views/format.ts";
import { isFinished } from "../views/run-facts.ts";
import type { Child, ChildEnd } from "./child.ts";
import { Deaths } from "./deaths.ts";
import { decide } from "./decide.ts";
import { setAside } from "./set-aside.ts";
import { SlotQueue } from "./slot-queue.ts";

/** Between two looks, ms; longer where a look itself takes long. */
const LOOK_EVERY = 200;
/** Share of the time that looking may take. */
const LOOKING_SHARE = 0.1;

const NOTHING: ReadonlySet<string> = new Set();
/** Stands for what the journal will be like once the pause is recorded. */
const UNKNOWN = "unknown";

/** What a supervisor is made of. */
export interface SupervisorParts {
  readonly store: Store;
  readonly jobs: number;
  /** Starts a child that takes the run up. */
  readonly start: (run: string) => Child;
  readonly say: (run: string, line: string) => void;
  /** Tells of no run in particular. */
  readonly tell: (line: string) => void;
}

interface Known {
  /** Size and time of the journal of a run that is over: such a run is not looked at again. */
  over?: string;
  /** Files in the inbox that its last child has met: what was there when it began. */
  inbox: ReadonlySet<string>;
  notBefore: number;
  /** Set aside while its journal is like this: once somebody has gone on with it, it is a run like any other. */
  setAside: string | undefined;
  /** `paused`: by this supervisor, since it kept dying. `renewed`: and its code was edited since. */
  deadly: "paused" | "renewed" | undefined;
}

/** The supervisor of a store. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #known = new Map<string, Known>();
  readonly #children = new Map<string, Child>();
  /** Since when each child has its run, ms since 1970. */
  readonly #taken = new Map<string, number>();
  readonly #deaths = new Deaths();
  readonly #queue: SlotQueue;
  #isStopping = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#queue = new SlotQueue(parts.tell);
  }

  /** Runs that are executed now. */
  get active(): readonly string[] {
    return [...this.#children.keys()];
  }

  /** Supervises until `signal` fires, then lets the children come to rest. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const begun = performance.now();
      this.look();
      const took = performance.now() - begun;
      await pause(Math.max(LOOK_EVERY, took / LOOKING_SHARE), signal);
    }
    this.#isStopping = true;
    for (const child of this.#children.values()) child.stop();
    await Promise.all([...this.#children.values()].map((child) => child.ended));
  }

  /** Ends all children at once. */
  kill(): void {
    for (const child of this.#children.values()) child.kill();
  }

  /** The run's code fits: it goes on, where it was edited with the new code. @returns whether that changes anything */
  renew(run: string, isEdited: boolean): boolean {
    const known = this.#knownOf(run);
    if (!isEdited && (known.setAside === undefined || known.deadly !== undefined)) return false;
    const child = this.#children.get(run);
    const isSetAside = this.#isSetAside(run);
    known.setAside = undefined;
    if (isSetAside && known.deadly === "paused") known.deadly = "renewed";
    known.inbox = NOTHING;
    child?.stop();
    return isSetAside || child !== undefined;
  }

  /** Unfinished runs, as they are now. */
  unfinished(): RunListing[] {
    const { store } = this.#parts;
    return store.ids().flatMap((run) => {
      const known = this.#knownOf(run);
      const stamp = this.#stampOf(run);
      if (known.over === stamp && stamp !== "") return [];
      const listing = summaryOf(store, run);
      if (listing?.summary !== undefined && isFinished(shownStateOf(listing.summary, listing.isOwned))) {
        known.over = stamp;
        return [];
      }
      return listing === undefined ? [] : [listing];
    });
  }

  /** Takes up what can go on, the oldest first. */
  look(): void {
    const due = this.unfinished()
      .filter((listing) => !this.#children.has(listing.run) && this.#decide(listing) === "take up")
      .toSorted((a, b) => (a.summary?.updatedAt ?? 0) - (b.summary?.updatedAt ?? 0));
    const free = Math.max(0, this.#parts.jobs - this.#children.size);
    for (const { run } of due.slice(0, free)) this.#take(run);
    this.#queue.saw({ waiting: due.length - free, jobs: this.#parts.jobs, now: Date.now(), taken: this.#taken });
  }

  #decide(listing: RunListing): ReturnType<typeof decide> {
    const { run } = listing;
    const { inbox, notBefore, deadly } = this.#knownOf(run);
    const hasNewMessage = this.#inboxOf(run).some((name) => !inbox.has(name));
    const isSetAside = this.#isSetAside(run);
    return decide(listing, { now: Date.now(), hasNewMessage, notBefore, isSetAside, isRenewed: deadly === "renewed" });
  }

  #isSetAside(run: string): boolean {
    const { setAside: stamp } = this.#knownOf(run);
    return stamp !== undefined && (stamp === UNKNOWN || stamp === this.#stampOf(run));
  }

  #take(run: string): void {
    const known = this.#knownOf(run);
    known.inbox = new Set(this.#inboxOf(run));
    known.deadly = undefined;
    const child = this.#parts.start(run);
    this.#children.set(run, child);
    this.#taken.set(run, Date.now());
    void child.ended.then((end) => this.#ended(run, end));
  }

  #ended(run: string, end: ChildEnd): void {
    this.#children.delete(run);
    this.#taken.delete(run);
    const known = this.#knownOf(run);
    if (this.#isStopping) return;
    const listing = summaryOf(this.#parts.store, run);
    if (listing?.summary === undefined) return;
    const { exitCode } = end;
    if (exitCode === EXIT.diverged || exitCode === EXIT.notFound || exitCode === EXIT.usage) {
      known.setAside = this.#stampOf(run);
      known.inbox = NOTHING;
      this.#parts.say(run, "set aside until its code is edited");
      return;
    }
    if (exitCode === EXIT.owned || exitCode === EXIT.corrupt || exitCode === EXIT.disk) {
      known.inbox = NOTHING;
      known.notBefore = Date.now() + (exitCode === EXIT.owned ? 1_000 : 60_000);
      return;
    }
    if (shownStateOf(listing.summary, false) !== "interrupted" || exitCode === EXIT.waiting || isAsked(end)) {
      this.#deaths.ended(run);
      return;
    }
    this.#died(run, listing, end);
  }

  #died(run: string, { summary }: RunListing, { exitCode, signal }: ChildEnd): void {
    const [step] = summary === undefined ? [] : [...openParts(summary).running.values()];
    const name = step === undefined ? "no step" : nameAt(step);
    const verdict = this.#deaths.died(run, name);
    const known = this.#knownOf(run);
    known.notBefore = Date.now() + verdict.pause;
    const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
    const next = verdict.isSetAside ? "" : `: next try in ${formatTimeLeft(verdict.pause)}`;
    this.#parts.say(run, `its process ended ${how} in ${name}, for the ${ordinal(verdict.count)} time${next}`);
    if (!verdict.isSetAside) return;
    this.#deaths.ended(run);
    this.#parts.say(run, "set aside until its code is edited, or you type:");
    this.#parts.say(run, `  wf resume ${run}`);
    known.setAside = UNKNOWN;
    known.deadly = "paused";
    void setAside(this.#parts.store, run, `died ${verdict.count} times in ${name}`).finally(() => {
      if (known.setAside === UNKNOWN) known.setAside = this.#stampOf(run);
    });
  }

  #knownOf(run: string): Known {
    const known = this.#known.get(run) ?? { inbox: NOTHING, notBefore: 0, setAside: undefined, deadly: undefined };
    this.#known.set(run, known);
    return known;
  }

  #stampOf(run: string): string {
    try {
      const { ino, size, mtimeMs } = statSync(join(this.#parts.store.dir, run, "history.cbor"));
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return ""; // it is gone, or cannot be read just now
    }
  }

  #inboxOf(run: string): string[] {
    try {
      return readdirSync(join(this.#parts.store.dir, run, "inbox"));
    } catch {
      return []; // there is none yet
    }
  }
}

/** It gave the run up because it was told to, maybe before it had begun. */
function isAsked({ exitCode, signal }: ChildEnd): boolean {
  return signal === "SIGTERM" || (exitCode !== null && exitCode > 128);
}

/** Undefined for a run that is gone, or cannot be read just now. */
function summaryOf(store: Store, run: string): RunListing | undefined {
  try {
    return store.summary(run);
  } catch {
    return undefined;
  }
}

function ordinal(count: number): string {
  return `${count}${["th", "st", "nd", "rd"][count] ?? "th"}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
