/**
 * What every driver must do, as cases that any test runner can run: `for (const { name, run } of driverContract(make))
 * test(name, run)`. The words that they hold a driver to are those of the driver port.
 *
 * Invariants:
 * 1. Each case makes runs of its own and closes what it opened.
 * 2. A case that is not met throws an error that says what was expected and what came.
 */
import type { EngineDriver, Message } from "../driver.ts";
import type { HistoryEvent } from "../history/events.ts";
import { hashValue } from "../value-hash.ts";

/** One run of the store under test. */
export interface ContractSubject {
  /** Opens the run: the first time a new one, later the same again, as after a restart of the process. */
  open(): Promise<EngineDriver>;
  /** Gives a driver back that `open` gave, as a process does when it ends well. Default: nothing to give back. */
  close?(driver: EngineDriver): Promise<void>;
  /** Removes what was made. */
  dispose?(): Promise<void>;
}

/** One thing that a driver must do. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

type Body = (run: OpenRun) => Promise<void>;

/** The run under test, with the driver that is open now. */
class OpenRun {
  driver: EngineDriver;
  readonly #subject: ContractSubject;

  private constructor(subject: ContractSubject, driver: EngineDriver) {
    this.#subject = subject;
    this.driver = driver;
  }

  static async of(subject: ContractSubject): Promise<OpenRun> {
    return new OpenRun(subject, await subject.open());
  }

  /** Gives the run back and takes it up again. @returns its history */
  async again(): Promise<HistoryEvent[]> {
    await this.close();
    this.driver = await this.#subject.open();
    return [...(await this.driver.load())];
  }

  async close(): Promise<void> {
    await this.#subject.close?.(this.driver);
  }
}

/**
 * The cases for a store.
 * @param make gives a run that does not exist yet
 * @example
 * for (const { name, run } of driverContract(async () => ({ open: async () => driver }))) test(name, run);
 */
export function driverContract(make: () => Promise<ContractSubject>): ContractCase[] {
  return Object.entries(CASES).map(([name, body]) => ({
    name,
    run: async () => {
      const subject = await make();
      try {
        const run = await OpenRun.of(subject);
        try {
          await body(run);
        } finally {
          await run.close();
        }
      } finally {
        await subject.dispose?.();
      }
    },
  }));
}

const CASES: Readonly<Record<string, Body>> = {
  "a new run has no history": async ({ driver }) => {
    same([...(await driver.load())], [], "load() of a new run");
  },
  "what was committed is there after a restart, in order": async (run) => {
    await run.driver.load();
    await run.driver.commit([created()]);
    await run.driver.commit([step(2), step(3)]);
    same(await run.again(), [created(), step(2), step(3)], "load()");
  },
  "appends are durable with the next commit, and before it in order": async (run) => {
    await run.driver.load();
    await run.driver.commit([created()]);
    run.driver.append([step(2)]);
    run.driver.append([step(3)]);
    await run.driver.commit([step(4)]);
    same(await run.again(), [created(), step(2), step(3), step(4)], "load()");
  },
  "commits made at once are all there, in the order of the calls": async (run) => {
    await run.driver.load();
    await run.driver.commit([created()]);
    const events = Array.from({ length: 100 }, (_, index) => step(index + 2));
    await Promise.all(events.map((event) => run.driver.commit([event])));
    same(await run.again(), [created(), ...events], "load()");
  },
  "an empty commit makes what was appended durable": async (run) => {
    await run.driver.load();
    await run.driver.commit([created()]);
    run.driver.append([step(2)]);
    await run.driver.commit([]);
    same(await run.again(), [created(), step(2)], "load()");
  },
  "values come back exactly": async (run) => {
    const output = [
      undefined,
      null,
      Number.NaN,
      -0,
      5n,
      new Date(3),
      new Map([["a", new Set([1])]]),
      new Uint8Array([0, 255]),
      new Uint8Array([0, 255]).buffer,
      ...("Buffer" in globalThis ? [Buffer.from("bytes")] : []),
    ];
    await run.driver.load();
    await run.driver.commit([created(), step(2, output)]);
    const [, event] = await run.again();
    same(event, step(2, output), "the event");
  },
  "compaction keeps what is alive, and what is written meanwhile": async (run) => {
    await run.driver.load();
    await run.driver.commit([created(), step(2), step(3), step(4)]);
    const compacted = run.driver.compact?.((events) => events.filter(({ seq }) => seq !== 3));
    run.driver.append([step(5)]);
    const committed = run.driver.commit([step(6)]);
    const isDone = await compacted;
    await committed;
    const events = await run.again();
    const rest = events.filter(({ seq }) => seq !== 3);
    if (isDone !== undefined) same(isDone, rest.length === events.length, "what compact() resolves with");
    same(rest, [created(), step(2), step(4), step(5), step(6)], "load() after a compaction");
  },
  "messages are given in the order in which they were sent, by name, and stay until removed": async (run) => {
    await begin(run);
    const { inbox } = run.driver;
    for (const [id, name] of [
      ["m1", "a"],
      ["m2", "b"],
      ["m3", "a"],
      ["m4", "c"],
    ] as const)
      await inbox.add(message(id, name));
    same(await ids(inbox.peek(["a"], 9)), ["m1", "m3"], "peek of one name");
    same(await ids(inbox.peek(["a", "b"], 2)), ["m1", "m2"], "peek of two names, two at most");
    same(await ids(inbox.peek(undefined, 9)), ["m1", "m2", "m3", "m4"], "peek of any name");
    await inbox.remove(["m1", "unknown"]);
    same(await ids(inbox.peek(undefined, 9)), ["m2", "m3", "m4"], "peek after a removal");
  },
  "messages of one millisecond are given in the order in which they were added, also by two processes": async (run) => {
    await begin(run);
    const added = ["c", "a", "b", "z", "y", "x"];
    for (const id of added.slice(0, 3)) await run.driver.inbox.add({ ...message("m1", id), id });
    await run.again();
    for (const id of added.slice(3)) await run.driver.inbox.add({ ...message("m1", id), id });
    same(await ids(run.driver.inbox.peek(undefined, 9)), added, "peek of any name");
    same(await ids(run.driver.inbox.peek(["x", "y", "a", "c"], 9)), ["c", "a", "y", "x"], "peek of four names");
  },
  "a message that was sent earlier is given first, though it was added later": async (run) => {
    await begin(run);
    for (const id of ["m2", "m3", "m1"]) await run.driver.inbox.add(message(id, "a"));
    same(await ids(run.driver.inbox.peek(undefined, 9)), ["m1", "m2", "m3"], "peek of any name");
  },
  "messages survive a restart, and removed ones do not come back": async (run) => {
    await begin(run);
    await run.driver.inbox.add(message("m1", "a"));
    await run.driver.inbox.add(message("m2", "a"));
    await run.driver.inbox.remove(["m1"]);
    await run.again();
    same(await run.driver.inbox.peek(["a"], 9), [message("m2", "a")], "peek after a restart");
  },
  "the same message id added twice is one message, and the first one stays": async (run) => {
    await begin(run);
    await run.driver.inbox.add(message("m1", "a"));
    await run.driver.inbox.add(message("m1", "a"));
    same(await ids(run.driver.inbox.peek(undefined, 9)), ["m1"], "peek");
  },
  "requests are given only to who asks for them by name": async (run) => {
    await begin(run);
    await run.driver.inbox.add(message("r1", "wf:wake"));
    same(await ids(run.driver.inbox.peek(undefined, 9)), [], "peek of any name");
    same(await ids(run.driver.inbox.peek(["wf:wake"], 9)), ["r1"], "peek of the request");
  },
  "a wait ends with an arrival, and one between two waits is not lost": async (run) => {
    await begin(run);
    const never = new AbortController().signal;
    const waiting = run.driver.inbox.wait(never);
    await run.driver.inbox.add(message("m1", "a"));
    await waiting;
    await run.driver.inbox.add(message("m2", "a"));
    await run.driver.inbox.wait(never);
  },
  "a wait ends when its signal fires": async (run) => {
    await begin(run);
    await run.driver.inbox.wait(AbortSignal.abort());
    const aborter = new AbortController();
    const waiting = run.driver.inbox.wait(aborter.signal);
    aborter.abort();
    await waiting;
  },
  "a response can be given again": async (run) => {
    await begin(run);
    await run.driver.inbox.respond("m1", { ok: true });
    await run.driver.inbox.respond("m1", { ok: true });
  },
  "alarms can be set, moved and cleared": async (run) => {
    await begin(run);
    await run.driver.setAlarm(5);
    await run.driver.setAlarm(6);
    await run.driver.clearAlarm();
    await run.driver.clearAlarm();
    if (!(run.driver.workerPollInterval >= 0)) throw new Error("workerPollInterval is no time in milliseconds");
  },
};

async function begin({ driver }: OpenRun): Promise<void> {
  await driver.load();
  await driver.commit([created()]);
}

async function ids(messages: Promise<Message[]>): Promise<string[]> {
  return (await messages).map(({ id }) => id);
}

function created(): HistoryEvent {
  return { seq: 1, at: 1, type: "run.created", workflow: "contract", input: null, format: 1, seed: "00" };
}

function step(seq: number, output: unknown = seq): HistoryEvent {
  return { seq, at: seq, type: "step.completed", loc: ["step", seq], attempt: 1, output };
}

/** The later its id, the later it was sent. */
function message(id: string, name: string): Message {
  return { id, name, body: { id, zero: -0 }, sentAt: 1_000 + id.charCodeAt(1) };
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (hashValue(actual) === hashValue(expected)) return;
  throw new Error(`${what}: expected ${textOf(expected)}, and it is ${textOf(actual)}`);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? `${part}n` : part)) ?? "undefined";
}
