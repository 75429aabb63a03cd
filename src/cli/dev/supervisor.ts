/**
 * Supervises the runs of a store: takes up what can go on, each run in a process of its own.
 *
 * Invariants:
 * 1. At most `jobs` children at once; at most one per run. The lock of a run decides, not this.
 * 2. A paused run is left alone, and so is one that another process has.
 * 3. What does not fit its code, and what keeps dying in one step, is set aside until the code is edited, or somebody
 *    resumes it. A run whose process has the old code goes on with that, and is set aside when it comes to rest.
 */
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { EXIT } from "../exit-codes.ts";
import { afterDeaths } from "../pause-reasons.ts";
import { openParts, shownStateOf } from "../summary-fold.ts";
import { nameAt } from "../views/run-view.ts";
import { formatTimeLeft } from "../views/format.ts";
import { isFinished } from "../views/run-facts.ts";
import type { Child, ChildEnd } from "./child.ts";
import { Deaths } from "./deaths.ts";
import { decide } from "./decide.ts";
import { hasWanted, inboxFiles } from "./inbox-look.ts";
import { Ledger, NOTHING, UNKNOWN } from "./ledger.ts";
import { setAside } from "./set-aside.ts";
import { SlotQueue } from "./slot-queue.ts";

/** Between two looks, ms; longer where a look itself takes long. */
const LOOK_EVERY = 200;
/** Share of the time that looking may take. */
const LOOKING_SHARE = 0.1;

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

/** The supervisor of a store. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #ledger: Ledger;
  readonly #children = new Map<string, Child>();
  /** Since when each child has its run, ms since 1970. */
  readonly #taken = new Map<string, number>();
  readonly #deaths = new Deaths();
  /** Runs that are compared with their code, each as often as it is asked for. */
  readonly #held: string[] = [];
  readonly #queue: SlotQueue;
  /** Runs that are being paused on record. */
  readonly #pausing = new Set<Promise<void>>();
  #isStopping = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#queue = new SlotQueue(parts.tell);
    this.#ledger = new Ledger(parts.store);
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
    await Promise.all(this.#pausing);
  }

  /** Ends all children at once. */
  kill(): void {
    for (const child of this.#children.values()) child.kill();
  }

  /** Takes none of these up until the function that is returned is called, which looks at once. */
  hold(runs: readonly string[]): () => void {
    this.#held.push(...runs);
    return () => {
      for (const run of runs) this.#held.splice(this.#held.indexOf(run), 1);
      if (!this.#isStopping) this.look();
    };
  }

  /** Whether nothing is done about the run: somebody paused it, or has it. */
  isLeftAlone({ run, summary, isOwned }: RunListing): boolean {
    if (isOwned) return !this.#children.has(run);
    const isPaused = summary !== undefined && shownStateOf(summary, isOwned) === "paused";
    return isPaused && this.#ledger.of(run).deadly === undefined;
  }

  /** The run's code does not fit: it is set aside, a child with the old code first comes to rest. */
  refuse(run: string): void {
    this.#ledger.of(run).setAside = this.#children.has(run) ? UNKNOWN : this.#ledger.stampOf(run);
  }

  /** The run's code fits: it goes on, where it was edited with the new code. @returns whether that changes anything */
  renew(run: string, isEdited: boolean): boolean {
    const known = this.#ledger.of(run);
    if (!isEdited && (known.setAside === undefined || known.deadly !== undefined)) return false;
    const child = this.#children.get(run);
    const isSetAside = this.#ledger.isSetAside(run);
    known.setAside = undefined;
    if (isSetAside && known.deadly === "paused") known.deadly = "renewed";
    known.inbox = NOTHING;
    if (isEdited) child?.stop();
    return isSetAside || child !== undefined;
  }

  /** Unfinished runs, as they are now. */
  unfinished(): RunListing[] {
    const { store } = this.#parts;
    return store.ids().flatMap((run) => {
      const known = this.#ledger.of(run);
      const stamp = this.#ledger.stampOf(run);
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
    const { notBefore, deadly } = this.#ledger.of(run);
    return decide(listing, {
      now: Date.now(),
      hasNews: () => this.#hasNews(listing),
      notBefore,
      isSetAside: this.#held.includes(run) || this.#ledger.isSetAside(run, listing),
      isRenewed: deadly === "renewed",
    });
  }

  /** What is not wanted is looked at once. */
  #hasNews(listing: RunListing): boolean {
    const { store } = this.#parts;
    const known = this.#ledger.of(listing.run);
    const files = inboxFiles(store, listing.run);
    if (files.every((name) => known.inbox.has(name))) return false;
    if (hasWanted(store, listing)) return true;
    known.inbox = new Set(files);
    return false;
  }

  #take(run: string): void {
    const known = this.#ledger.of(run);
    known.inbox = new Set(inboxFiles(this.#parts.store, run));
    known.deadly = undefined;
    const child = this.#parts.start(run);
    this.#children.set(run, child);
    this.#taken.set(run, Date.now());
    void child.ended.then((end) => this.#ended(run, end));
  }

  #ended(run: string, end: ChildEnd): void {
    this.#children.delete(run);
    this.#taken.delete(run);
    const known = this.#ledger.of(run);
    if (this.#isStopping) return;
    if (known.setAside === UNKNOWN) {
      known.setAside = this.#ledger.stampOf(run);
      known.inbox = NOTHING;
      this.#deaths.ended(run);
      return;
    }
    const listing = summaryOf(this.#parts.store, run);
    if (listing?.summary === undefined) return;
    const { exitCode } = end;
    if (exitCode === EXIT.diverged || exitCode === EXIT.notFound || exitCode === EXIT.usage) {
      known.setAside = this.#ledger.stampOf(run);
      known.inbox = NOTHING;
      const isKnown = openParts(listing.summary).module !== undefined;
      this.#parts.say(run, `set aside until ${isKnown ? "its code is edited" : "it is resumed with --module"}`);
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
    const known = this.#ledger.of(run);
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
    this.#pause(run, afterDeaths(verdict.count, name));
  }

  #pause(run: string, reason: string): void {
    const known = this.#ledger.of(run);
    const pausing = setAside(this.#parts.store, run, reason)
      .catch((error: unknown) => this.#parts.say(run, `cannot be paused on record: ${String(error)}`))
      .finally(() => {
        if (known.setAside === UNKNOWN) known.setAside = this.#ledger.stampOf(run);
        this.#pausing.delete(pausing);
      });
    this.#pausing.add(pausing);
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
