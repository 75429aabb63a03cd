// R15: random commands against a small model of what a store promises: commits, appends, messages, receipts,
// compactions, closes, kills and power cuts, 30 at a time. (Random workflows with crashes, on the engine's side of the
// driver, are test/engine/property.test.ts.)

import type { HistoryEvent } from "../../../src/engine/history/events.ts";
import { openStore, type RunDriver, type Store } from "../../../src/fs-driver/index.ts";
import { completed, created } from "../../fs-driver/support/events.ts";
import { STORE } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { type DiskState, emptyDisk } from "../sim/disk-state.ts";
import { Machine } from "../sim/machine.ts";
import { losePower } from "../sim/power-loss.ts";
import { type Random, randomFrom } from "../sim/random.ts";
import { SimProcess } from "../sim/sim-disk.ts";

const COMMANDS = 30;
/** So many of the newest events a compaction keeps, beside receipts. */
const KEEP = 12;

const isReceipt = (event: HistoryEvent): boolean => event.type === "run.created" || event.type === "queue.received";

/** What was promised. */
class Model {
  /** Every event that was handed over, in order. */
  asked: HistoryEvent[] = [];
  /** `seq` up to which all is acknowledged. */
  durable = 0;
  /** Messages by id, acknowledged and not yet received. */
  readonly waiting = new Set<string>();
  readonly received = new Set<string>();
  seq = 0;
}

class Trial {
  readonly #random: Random;
  readonly #model = new Model();
  #state: DiskState = emptyDisk();
  #machine = new Machine({ state: this.#state, now: () => this.#now });
  #process = new SimProcess(this.#machine);
  #now = 1_000;
  #store: Store | undefined;
  #driver: RunDriver | undefined;
  #done = "";

  constructor(random: Random) {
    this.#random = random;
  }

  /** @returns what went wrong */
  async run(): Promise<string[]> {
    for (let step = 0; step < COMMANDS; step++) {
      this.#now += this.#random.below(5);
      const wrong = (await this.#open()) ?? (await this.#command());
      if (wrong !== undefined) return [`after ${this.#done}: ${wrong}`];
    }
    await this.#driver?.close();
    return [];
  }

  /** Opens the run when no process has it, and compares it with the model. */
  async #open(): Promise<string | undefined> {
    if (this.#driver !== undefined) return undefined;
    this.#machine = new Machine({ state: this.#state, now: () => this.#now });
    this.#process = new SimProcess(this.#machine);
    const options = {
      dir: STORE,
      disk: this.#process,
      watch: this.#machine.watch,
      compactFrom: 1_500,
      now: () => this.#now,
    };
    this.#store = await openStore(options);
    this.#driver = await this.#store.open("r");
    const model = this.#model;
    const events = [...(await this.#driver.load())];
    const last = events.at(-1)?.seq ?? 0;
    if (last < model.durable) return `event ${model.durable} was acknowledged, and the last one is ${last}`;
    const there = new Map(events.map((event) => [event.seq, JSON.stringify(event)]));
    for (const event of model.asked.filter(({ seq }) => seq <= last)) {
      const found = there.get(event.seq);
      const mayBeGone = !isReceipt(event) && event.seq <= last - KEEP;
      if (found === undefined ? !mayBeGone : found !== JSON.stringify(event))
        return `event ${event.seq} is gone or another`;
    }
    model.asked = model.asked.filter(({ seq }) => seq <= last);
    model.seq = model.durable = last;
    for (const event of events)
      if (event.type === "queue.received") for (const { id } of event.messages) this.#settle(id);
    if (last === 0) await this.#commit([{ ...created(), seq: ++model.seq }]);
    return this.#compareMessages();
  }

  #settle(id: string): void {
    this.#model.received.add(id);
    this.#model.waiting.delete(id);
  }

  async #compareMessages(): Promise<string | undefined> {
    const found = new Set((await this.#driver?.inbox.peek(undefined, 1_000))?.map(({ id }) => id));
    for (const id of this.#model.waiting) if (!found.has(id)) return `message ${id} is lost`;
    for (const id of found) if (this.#model.received.has(id)) return `message ${id} is there again`;
    return undefined;
  }

  async #commit(events: HistoryEvent[]): Promise<void> {
    this.#model.asked.push(...events);
    await this.#driver?.commit(events);
    this.#model.durable = this.#model.seq;
  }

  async #command(): Promise<string | undefined> {
    const model = this.#model;
    const command = this.#random.pick([
      "commit",
      "commit",
      "append",
      "send",
      "send",
      "receive",
      "receive",
      "compact",
      "close",
      "kill",
      "power",
    ] as const);
    this.#done += ` ${command}`;
    switch (command) {
      case "commit":
        await this.#commit([completed(++model.seq, "c".repeat(this.#random.below(900)))]);
        return undefined;
      case "append": {
        const event = completed(++model.seq, "a".repeat(this.#random.below(200)));
        model.asked.push(event);
        this.#driver?.append([event]);
        return undefined;
      }
      case "send":
        return this.#send();
      case "receive":
        return this.#receive();
      case "compact":
        await this.#driver?.compact((events) =>
          events.filter((event) => isReceipt(event) || event.seq > (events.at(-1)?.seq ?? 0) - KEEP),
        );
        return undefined;
      case "close":
        await this.#driver?.close();
        model.durable = model.seq;
        return this.#leave(this.#machine.state);
      case "kill":
        return this.#leave(this.#machine.state);
      case "power":
        return this.#leave(losePower(this.#machine.state, this.#random));
    }
  }

  async #send(): Promise<string | undefined> {
    const id = this.#random.chance(0.5) ? `id-${this.#random.below(6)}` : undefined;
    const sent = await this.#store?.send("r", "m", id ?? "body", id === undefined ? {} : { id });
    if (sent === undefined) return undefined;
    if (id !== undefined && sent.isNew === (this.#model.received.has(id) || this.#model.waiting.has(id)))
      return `message ${id} is said to be ${sent.isNew ? "new" : "old"}`;
    if (!this.#model.received.has(sent.id)) this.#model.waiting.add(sent.id);
    return undefined;
  }

  async #receive(): Promise<string | undefined> {
    const [message] = (await this.#driver?.inbox.peek(["m"], 1)) ?? [];
    if (message === undefined)
      return this.#model.waiting.size === 0 ? undefined : "a message that was sent is not found";
    const seq = ++this.#model.seq;
    await this.#commit([
      { seq, at: created().at + seq, type: "queue.received", loc: [`m${seq}`], messages: [message] },
    ]);
    if (this.#model.received.has(message.id)) return `message ${message.id} is received twice`;
    this.#settle(message.id);
    // The process may die before it takes the message out.
    if (this.#random.chance(0.8)) await this.#driver?.inbox.remove([message.id]);
    else return this.#leave(this.#machine.state);
    return undefined;
  }

  #leave(state: DiskState): undefined {
    this.#process.die();
    void this.#driver?.close().catch(() => undefined);
    this.#driver = undefined;
    this.#state = state;
  }
}

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const trials = options.isFull ? 300 : 40;
  for (let trial = 0; trial < trials; trial++)
    await tally.check(`trial-${trial}`, () => new Trial(randomFrom(options.seed, trial)).run());
  return { figure: `${count(tally.cases)} × ${COMMANDS} commands`, violations: tally.violations };
}

export const models: Row = { id: "R15", title: "random commands and crashes against a model", run };
