// A world in which processes live and die: what is stored outlives them. Owns the store, the crash, and the two rules
// that hold at every moment: a step's body never runs once its end is on record, and handlers run newest first, each
// once per record.
import assert from "node:assert/strict";
import type { EngineDriver, Inbox, Message } from "../../../../src/engine/driver.ts";
import type { HistoryEvent } from "../../../../src/engine/history/events.ts";
import { uuidFrom } from "../../../../src/engine/chance.ts";
import { formatLocation } from "../../../../src/engine/history/location.ts";
import { InMemoryDriver, ManualClock } from "dotworkflows/testing";
import { START } from "./workflow.ts";

/** How a process dies at its n-th record: what is kept of it, and what its code sees. */
export interface Crash {
  readonly at: number;
  /**
   * `killed`: all that was handed over is kept. `power`: what was only appended is lost. `error`: the record is kept,
   * and the driver fails from then on. `refused`: as `error`, but the record is lost.
   */
  readonly how: "killed" | "power" | "error" | "refused";
}

/** The error of a driver that fails. */
export class DiskError extends Error {
  override readonly name = "DiskError";
}

const SEED = "00112233445566778899aabbccddeeff";

/** What is on record of a step's body. */
interface StepRecord {
  readonly location: string;
  failures: number;
  ended: boolean;
  /** `seq` of its completion, when it declared a handler. */
  undoable: number | undefined;
  undone: boolean;
}

/** What outlives a process, and what it has seen. */
export class World {
  readonly stored: InMemoryDriver = new InMemoryDriver();
  now: number = START;
  /** Records handed over by all processes so far. */
  records = 0;
  /** Rules that were broken, in words. */
  readonly violations: string[] = [];
  bodies = 0;
  handlers = 0;
  /** Events that a power cut leaves. */
  durable = 1;
  readonly #messages: readonly Message[];
  #delivered = 0;
  #indexed = 0;
  readonly #steps: Map<string, StepRecord> = new Map<string, StepRecord>();

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
    const created = { type: "run.created", seq: 1, at: START, workflow: "random", format: 1, seed: SEED } as const;
    this.stored.events = [{ ...created, input: undefined }];
    this.stored.workerPollInterval = 0;
  }

  /** When the next message from outside comes. */
  get nextMessageAt(): number | undefined {
    return this.#messages[this.#delivered]?.sentAt;
  }

  /** Sends what is to be sent by now. */
  deliver(now: number): void {
    for (;;) {
      const message = this.#messages[this.#delivered];
      if (message === undefined || message.sentAt > now) return;
      this.#delivered++;
      void this.stored.inbox.add(message);
    }
  }

  /** What the stored history says of the step with this key. */
  step(key: string): StepRecord {
    this.#index();
    const record = this.#steps.get(key);
    assert(record !== undefined, "a body runs before its attempt is on record");
    return record;
  }

  /** Steps whose handlers are still to run. */
  undoable(): StepRecord[] {
    this.#index();
    return [...this.#steps.values()].filter((step) => (step.undoable ?? -1) > 0 && !step.undone);
  }

  /** Forgets what a crash has lost. */
  lose(): void {
    this.stored.events.length = this.durable;
    this.#indexed = 0;
    this.#steps.clear();
  }

  #index(): void {
    const { events } = this.stored;
    for (const event of events.slice(this.#indexed)) this.#note(event);
    this.#indexed = events.length;
  }

  #note(event: HistoryEvent): void {
    if (!event.type.startsWith("step.") || !("loc" in event)) return;
    const key = uuidFrom(JSON.stringify([SEED, event.loc, "key"]));
    const location = formatLocation(event.loc);
    const fresh = { location, failures: 0, ended: false, undoable: undefined, undone: false };
    const step = this.#steps.get(key) ?? fresh;
    this.#steps.set(key, step);
    if (event.type === "step.started" && event.rollback === true) step.undoable = -1;
    if (event.type === "step.failed") {
      step.failures++;
      if (event.retryAt === undefined) step.ended = true;
    }
    if (event.type === "step.completed") {
      step.ended = true;
      if (step.undoable !== undefined) step.undoable = event.seq;
    }
    if (event.type === "step.rolled_back") step.undone = true;
  }
}

/** One process: a driver over the world's store, and the bodies of the workflow's steps. */
export class Life implements EngineDriver {
  readonly world: World;
  readonly clock: ManualClock;
  readonly inbox: Inbox;
  readonly workerPollInterval: number;
  /** Resolves when the process dies. */
  readonly died: Promise<{ kind: "died" }>;
  #die: () => void = () => undefined;
  #state: "alive" | "dead" | "failing" = "alive";
  #records = 0;
  readonly #crash: Crash | undefined;

  constructor(world: World, crash?: Crash) {
    this.world = world;
    this.#crash = crash;
    this.clock = new ManualClock(world.now);
    this.workerPollInterval = world.stored.workerPollInterval;
    this.died = new Promise((resolve) => {
      this.#die = (): void => resolve({ kind: "died" });
    });
    const { inbox } = world.stored;
    this.inbox = {
      add: (message) => this.#act(() => inbox.add(message)),
      peek: (names, count) => this.#act(() => inbox.peek(names, count)),
      remove: (ids) => this.#act(() => inbox.remove(ids)),
      respond: (id, response) => this.#act(() => inbox.respond(id, response)),
      wait: (signal) => this.#act(() => inbox.wait(signal)),
    };
  }

  load(): Promise<HistoryEvent[]> {
    return this.#act(() => this.world.stored.load());
  }

  append(events: readonly HistoryEvent[]): void {
    if (this.#state === "failing") throw new DiskError("no more");
    if (this.#state === "dead") return;
    if (this.#falls()) this.#end(events, false);
    else this.world.stored.append(events);
    if (this.#isFailing()) throw new DiskError("no more");
  }

  async commit(events: readonly HistoryEvent[]): Promise<void> {
    await this.#act(async () => {
      if (this.#falls()) {
        this.#end(events, true);
        return this.#act(() => Promise.resolve());
      }
      await this.world.stored.commit(events);
      this.world.durable = this.world.stored.events.length;
    });
  }

  setAlarm(at: number): Promise<void> {
    return this.#act(() => this.world.stored.setAlarm(at));
  }

  clearAlarm(): Promise<void> {
    return this.#act(() => this.world.stored.clearAlarm());
  }

  /** A step's body begins: it must not have ended on record. Stays pending when the process is dead. */
  async runs(key: string): Promise<{ failures: number }> {
    if (this.#state === "dead") await new Promise(() => undefined);
    this.world.bodies++;
    const step = this.world.step(key);
    if (step.ended) this.world.violations.push(`the body of ${step.location} runs again after its end was recorded`);
    return { failures: step.failures };
  }

  /** A rollback handler runs: its step must be the newest completed one that is not undone. */
  async undoes(key: string): Promise<void> {
    if (this.#state === "dead") await new Promise(() => undefined);
    this.world.handlers++;
    const step = this.world.step(key);
    const { violations } = this.world;
    if (!step.ended || step.undone) violations.push(`the handler of ${step.location} runs without need`);
    const newest = Math.max(...this.world.undoable().map((other) => other.undoable ?? 0));
    if (step.undoable !== newest) violations.push(`the handler of ${step.location} runs before those of newer steps`);
  }

  #falls(): boolean {
    this.#records++;
    this.world.records++;
    return this.#records === this.#crash?.at;
  }

  #isFailing(): boolean {
    return this.#state === "failing";
  }

  #end(events: readonly HistoryEvent[], committed: boolean): void {
    const how = this.#crash?.how;
    if (how !== "refused") this.world.stored.append(events);
    if (committed && how !== "refused") this.world.durable = this.world.stored.events.length;
    if (how === "power") this.world.lose();
    this.#state = how === "killed" || how === "power" ? "dead" : "failing";
    if (this.#state === "dead") this.#die();
  }

  #act<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state === "dead") return new Promise(() => undefined);
    if (this.#state === "failing") return Promise.reject(new DiskError("no more"));
    return work();
  }
}
