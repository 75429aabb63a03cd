/**
 * What the engine's behaviour tests share: one run, its driver and its clock, taken up as often as it takes. In yield
 * mode that is at every wait; in live mode once.
 */
import {
  type HistoryEvent,
  runWorkflow,
  type RunWorkflowOptions,
  type Workflow,
  type WorkflowHandle,
  type WorkflowResult,
} from "dotworkflows";
import { InMemoryDriver, ManualClock } from "dotworkflows/testing";

export const modes = ["yield", "live"] as const;

/** 2026-01-01, where a {@link ManualClock} begins. */
export const START: number = Date.UTC(2026, 0, 1);

/** A run under test. */
export class Bench {
  readonly driver: InMemoryDriver;
  readonly clock: ManualClock = new ManualClock();
  readonly options: RunWorkflowOptions;
  /** How often the run was taken up. */
  passes = 0;
  #sent = 0;

  constructor(options: RunWorkflowOptions = {}, driver: InMemoryDriver = new InMemoryDriver()) {
    this.options = options;
    this.driver = driver;
  }

  get events(): HistoryEvent[] {
    return this.driver.events;
  }

  get types(): string[] {
    return this.events.map((event) => event.type);
  }

  /** The run's events without those about the run itself. */
  get entryTypes(): string[] {
    return this.types.filter((type) => !type.startsWith("run."));
  }

  count(type: string): number {
    return this.types.filter((other) => other === type).length;
  }

  /** Takes the run up. */
  start<I, O>(workflow: Workflow<I, O>, input?: I, options: RunWorkflowOptions = {}): WorkflowHandle<O> {
    this.passes++;
    return runWorkflow("run-1", workflow, input as I, this.driver, {
      clock: this.clock,
      ...this.options,
      ...options,
    });
  }

  /** Takes the run up and lets time pass until this pass is over. */
  async pass<I, O>(workflow: Workflow<I, O>, input?: I, options: RunWorkflowOptions = {}): Promise<WorkflowResult<O>> {
    return this.clock.advanceUntil(this.start(workflow, input, options).result);
  }

  /** Takes the run up again and again, until it ends or waits for messages alone. */
  async finish<I, O>(workflow: Workflow<I, O>, input?: I): Promise<WorkflowResult<O>> {
    for (;;) {
      const result = await this.pass(workflow, input);
      if (result.state !== "sleeping" || result.sleepUntil === undefined) return result;
      if (result.sleepUntil > this.clock.now()) this.clock.set(result.sleepUntil);
    }
  }

  /** As {@link finish}; gives the run's output. */
  async output<I, O>(workflow: Workflow<I, O>, input?: I): Promise<O> {
    const { state, output } = await this.finish(workflow, input);
    if (state !== "completed") throw new Error(`the run is ${state}, not completed`);
    return output as O;
  }

  /** As {@link finish}; gives the error that the run failed with. */
  async failure<I, O>(workflow: Workflow<I, O>, input?: I): Promise<Error> {
    try {
      const result = await this.finish(workflow, input);
      return new Error(`the run did not fail, it is ${result.state}`);
    } catch (error) {
      return error instanceof Error ? error : new Error("thrown: no error", { cause: error });
    }
  }

  /** Puts a message into the inbox, as sent now. */
  async send(name: string, body: unknown, sentAt: number = this.clock.now()): Promise<string> {
    const id = `m${++this.#sent}`;
    await this.driver.inbox.add({ id, name, body, sentAt });
    return id;
  }

  /** The same run after its process died: everything on record is there, and nothing else. */
  reborn(options: RunWorkflowOptions = this.options): Bench {
    const bench = new Bench(options, asAnotherProcessHasIt(this.driver));
    bench.clock.set(this.clock.now());
    return bench;
  }
}

/** Another object over the same store. */
function asAnotherProcessHasIt(driver: InMemoryDriver): InMemoryDriver {
  return new Proxy(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Lets everything that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The timers that are set on the clock from now on and neither fired nor taken back. */
export function timersOf(clock: ManualClock): ReadonlySet<object> {
  const timers = new Set<object>();
  const after = clock.after.bind(clock);
  clock.after = (delay, callback) => {
    const timer = {};
    const fire = (): void => {
      timers.delete(timer);
      callback();
    };
    timers.add(timer);
    const cancel = after(delay, fire);
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return timers;
}

/** A promise to be settled by hand. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settlePromise) => {
    resolve = settlePromise;
  });
  return { promise, resolve };
}
