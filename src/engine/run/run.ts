/**
 * A run in the hands of this process: loads its history, passes over it, and carries out the verbs of its handle.
 *
 * Invariants:
 * 1. There is at most one pass at a time over a driver, whoever asks: two would both do what is not on record.
 * 2. Only the {@link Run} that loaded last adds to the history; another loads anew before it does, once the verbs in
 *    flight are done. While one executes, it carries out the verbs of all.
 * 3. Verbs wait until the history is loaded; what they record goes through `outcome.ts`.
 */
import type { EvictOptions, RunWorkflowOptions, WorkflowResult } from "../api.ts";
import { systemClock } from "../clock.ts";
import { parseInput, parseMessage, type Workflow, functionOf } from "../define-workflow.ts";
import { type EngineDriver, isRequest, REQUESTS } from "../driver.ts";
import { HistoryDivergedError, RunStateError, textOfThrown } from "../errors.ts";
import { Recorder } from "../execution/recorder.ts";
import { foldHistory, type History, type RunState } from "../history/history.ts";
import { type Location, locationFrom } from "../history/location.ts";
import { causesOf } from "../primitives/causes.ts";
import { hashValue } from "../value-hash.ts";
import { copyValue, errorFrom } from "../values.ts";
import { type Charge, Charges } from "./charge.ts";
import { errorOf, Outcome, resultOf } from "./outcome.ts";
import { DEFAULT_GRACE, Pass, type PassEnd, type PassParts } from "./pass.ts";
import { undoSteps } from "./rollback.ts";

interface Loaded {
  readonly history: History;
  readonly recorder: Recorder;
  readonly outcome: Outcome;
}

const charges = new Charges<Run>();

/** A run and what can be done with it. Without a workflow it is not executed: only the verbs work. */
export class Run {
  readonly #workflowId: string;
  readonly #workflow: Workflow | undefined;
  readonly #driver: EngineDriver;
  readonly #options: RunWorkflowOptions;
  readonly #self = Symbol();
  readonly #charge: Charge<Run>;
  #loaded: Promise<Loaded> | undefined;
  #pass: Pass | undefined;
  /** When the last message was sent, ms since 1970: their order is kept though the clock is set back. */
  #sentAt = 0;
  #eviction: EvictOptions | undefined;
  /** With `check`: what the last pass ended with, which the next one must end with again. */
  #endedWith: string | undefined;

  constructor(workflowId: string, workflow: Workflow | undefined, driver: EngineDriver, options: RunWorkflowOptions) {
    this.#workflowId = workflowId;
    this.#workflow = workflow;
    this.#driver = driver;
    this.#charge = charges.of(driver);
    this.#options = options;
  }

  /** Whether recorded entries are still being answered. */
  get replaying(): boolean {
    return this.#pass?.gate.isOpen !== true;
  }

  /**
   * Executes the run to its end, its wait or its eviction.
   * @throws RunStateError while it is being executed over the same driver
   */
  async execute(input: unknown): Promise<WorkflowResult> {
    const workflow = this.#workflow;
    if (workflow === undefined) throw new RunStateError("a run without its workflow cannot be executed");
    if (this.#charge.executing !== undefined) {
      throw new RunStateError("the run is being executed already, by another call with the same driver");
    }
    this.#charge.executing = this;
    try {
      const loading = this.#charge.quiet.then(() => this.#takeCharge());
      this.#loaded = this.#created(loading, workflow, input);
      this.#loaded.catch(() => undefined);
      for (;;) {
        const end = await this.#onePass(workflow, await this.#loaded);
        if (end !== "again") return end;
        this.#loaded = this.#load();
      }
    } finally {
      this.#charge.executing = undefined;
    }
  }

  async message(name: string, body: unknown): Promise<void> {
    const history = await this.#read();
    if (isRequest(name)) throw new TypeError(`"${name}" cannot be a message name`);
    const { state } = history.run;
    if (state === "completed" || state === "failed" || state === "cancelled") {
      throw new RunStateError(`the run has ${state}: it receives no more messages`);
    }
    const parsed = this.#workflow === undefined ? body : await parseMessage(this.#workflow, name, body);
    this.#sentAt = Math.max(this.#sentAt, this.#clock.now());
    const message = {
      id: globalThis.crypto.randomUUID(),
      name,
      body: copyValue(parsed, `message "${name}"`),
      sentAt: this.#sentAt,
    };
    await this.#driver.inbox.add(message);
  }

  wake(within: Location = []): Promise<void> {
    return this.#record(async (run, { outcome }) => {
      if (run.#pass === undefined) await outcome.wake(within);
      else run.#pass.waits.wake(within);
    });
  }

  recover(): Promise<void> {
    return this.#record((_, { outcome }) => outcome.recover());
  }

  evict(options: EvictOptions): void {
    this.#eviction = options;
    this.#pass?.drain(options.grace ?? this.#options.evictGrace ?? DEFAULT_GRACE);
  }

  cancel(reason: string | undefined): Promise<void> {
    return this.#record(async (run, { outcome }) => {
      const recorded = outcome.cancel(reason);
      run.#pass?.close({ kind: "cancelled" });
      await recorded;
    });
  }

  async output(): Promise<unknown> {
    return copyValue((await this.#read()).run.output);
  }

  async state(): Promise<RunState> {
    return (await this.#read()).run.state;
  }

  /** Carries out a verb: by the one that executes the run, or else in its turn. */
  #record(verb: (run: Run, loaded: Loaded) => Promise<void>): Promise<void> {
    const charge = this.#charge;
    const { executing } = charge;
    const done =
      executing === undefined
        ? charge.quiet.then(async () => verb(this, await this.#loading()))
        : executing.#loading().then((loaded) => verb(executing, loaded));
    charge.note(done);
    return done;
  }

  /** The history as it is, without taking charge of it. */
  async #read(): Promise<History> {
    const { executing, quiet } = this.#charge;
    if (executing !== undefined) return (await executing.#loading()).history;
    await quiet;
    if (this.#isCurrent) return (await this.#loading()).history;
    return foldHistory(await this.#driver.load());
  }

  /** Whether what it loaded is the history as it is. */
  get #isCurrent(): boolean {
    return this.#loaded !== undefined && (this.#charge.executing === this || this.#charge.holder === this.#self);
  }

  #loading(): Promise<Loaded> {
    if (this.#loaded === undefined || !this.#isCurrent) {
      this.#loaded = this.#takeCharge();
      this.#loaded.catch(() => undefined);
    }
    return this.#loaded;
  }

  #takeCharge(): Promise<Loaded> {
    this.#charge.holder = this.#self;
    return this.#load();
  }

  get #clock(): typeof systemClock {
    return this.#options.clock ?? systemClock;
  }

  async #load(): Promise<Loaded> {
    const driver = this.#driver;
    const history = foldHistory(await driver.load());
    const recorder = new Recorder({ history, driver, clock: this.#clock, onEvent: this.#options.onEvent });
    return { history, recorder, outcome: new Outcome(history, recorder, driver) };
  }

  /** The run, which exists from here on: no verb comes before it does. */
  async #created(loading: Promise<Loaded>, workflow: Workflow, input: unknown): Promise<Loaded> {
    const loaded = await loading;
    if (loaded.history.run.created === undefined) {
      await loaded.outcome.create(await parseInput(workflow, input), this.#options);
    }
    return loaded;
  }

  async #onePass(workflow: Workflow, loaded: Loaded): Promise<WorkflowResult | "again"> {
    const { history, outcome } = loaded;
    const { state } = history.run;
    if (state === "completed") return resultOf(history);
    if (state === "failed" || state === "cancelled") throw errorOf(history);
    if (this.#eviction !== undefined) return outcome.pause(this.#eviction);
    outcome.start(this.#options);
    if (state === "rolling_back") return this.#rollBack(workflow, loaded);
    const pass = this.#begin("forward", loaded);
    pass.start(functionOf(workflow), history.run.created?.input);
    const end = await pass.ended;
    this.#pass = undefined;
    return this.#conclude(workflow, loaded, pass, end);
  }

  #begin(purpose: "forward" | "rollback", loaded: Loaded): Pass {
    const parts: PassParts = {
      workflowId: this.#workflowId,
      history: loaded.history,
      recorder: loaded.recorder,
      clock: this.#clock,
      driver: this.#driver,
      options: this.#options,
      onRequest: async (name, body) => {
        if (name === REQUESTS.cancel) await this.cancel(typeof body === "string" ? body : undefined);
        if (name === REQUESTS.wake) this.#pass?.waits.wake(locationFrom(body));
      },
    };
    this.#pass = new Pass(parts, purpose);
    return this.#pass;
  }

  async #conclude(workflow: Workflow, loaded: Loaded, pass: Pass, end: PassEnd): Promise<WorkflowResult | "again"> {
    const { outcome, history } = loaded;
    if (history.run.state === "cancelled") throw errorOf(history);
    switch (end.kind) {
      case "returned":
        if (this.#endsAnew(`returned ${hashValue(end.output)}`)) return "again";
        return outcome.complete(end.output);
      case "threw":
        if (this.#endsAnew(`threw ${textOfThrown(() => end.error)}`)) return "again";
        return this.#failed(workflow, loaded, pass, end.error);
      case "waiting":
        return outcome.wait(pass.waitingFor());
      case "fault":
        throw end.error;
      case "drained":
      case "cancelled":
        return this.#stopped(loaded);
      case "found":
        return resultOf(history);
    }
  }

  /** With `check`: whether this end still has to be reached a second time, over the whole record. */
  #endsAnew(end: string): boolean {
    const before = this.#endedWith;
    this.#endedWith = end;
    if (this.#options.check !== true || before === end) return false;
    if (before === undefined) return true;
    throw new HistoryDivergedError(
      "the workflow ended differently when it was replayed: does something outside of its record decide its result, " +
        "such as a variable written inside a loop or a branch?",
      { kind: "output", location: [], recorded: before, asked: end },
    );
  }

  /** What a pass that was told to stop means: a cancel, an eviction, or the next pass of `check`. */
  async #stopped({ history, outcome }: Loaded): Promise<WorkflowResult | "again"> {
    if (history.run.state === "cancelled") throw errorOf(history);
    return this.#eviction === undefined ? "again" : outcome.pause(this.#eviction);
  }

  async #failed(workflow: Workflow, loaded: Loaded, pass: Pass, error: unknown): Promise<WorkflowResult | "again"> {
    const { outcome, history } = loaded;
    const causes = causesOf(pass.origins, error);
    pass.report({ workflow: { workflowId: this.#workflowId, error: pass.describe(error) } });
    if (history.root.pins === 0) return outcome.fail(error, causes);
    await outcome.rollBack(error, causes);
    if (this.#eviction !== undefined || history.run.state === "cancelled") return this.#stopped(loaded);
    return this.#rollBack(workflow, loaded);
  }

  async #rollBack(workflow: Workflow, loaded: Loaded): Promise<WorkflowResult | "again"> {
    const { history, outcome } = loaded;
    const pass = this.#begin("rollback", loaded);
    pass.start(functionOf(workflow), history.run.created?.input);
    const end = await pass.ended;
    try {
      if (end.kind === "fault") throw end.error;
      if (end.kind !== "found") return await this.#stopped(loaded);
      const done = await undoSteps(pass, end.undoables);
      if (!done || history.run.state === "cancelled") return await this.#stopped(loaded);
    } finally {
      this.#pass = undefined;
    }
    const { error, causes } = history.run;
    if (error === undefined) throw errorOf(history);
    return outcome.fail(errorFrom(error), causes);
  }
}
