/**
 * Joins engine, store and module: takes a run in hand and stays with it until it is over, waits (`--no-wait`), or is
 * paused.
 *
 * Invariants:
 * 1. The run's lock is held from before its history is read until after its last commit.
 * 2. The first signal pauses and records it, and so does the key `q`; a signal after that ends the command at once.
 *    Nothing is lost either way.
 * 3. The view's history holds exactly the events that are on record.
 */
import { hostname } from "node:os";
import { dirname, relative, sep } from "node:path";
import type { RunWorkflowOptions, WorkflowErrorEvent, WorkflowResult, WorkflowRunMode } from "../engine/api.ts";
import type { EngineDriver } from "../engine/driver.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { History } from "../engine/history/history.ts";
import type { Location } from "../engine/history/location.ts";
import { HistoryDivergedError, runWorkflow } from "../engine/index.ts";
import type { RunDriver, Store } from "../fs-driver/index.ts";
import { hashCode } from "./code-hash.ts";
import type { CommandContext } from "./command.ts";
import type { CrashPoint } from "./crash.ts";
import { bodiesOf } from "./example-body.ts";
import type { FoundWorkflow, ModuleReference } from "./find-workflow.ts";
import { readingWords } from "./large-history.ts";
import { watchLeaving } from "./leaving.ts";
import { openRunKeys, type RunKeys } from "./run-keys.ts";
import { createRunLog } from "./run-log.ts";
import { afterCheck } from "./pause-reasons.ts";
import { inboxOf, lastFacts } from "./read-run.ts";
import { isWake } from "./summary-fold.ts";
import { findInTime, loadingWords } from "./slow-load.ts";
import { GRACE, graceOf } from "./stop-grace.ts";
import { isSupervised } from "./supervised.ts";
import { type UserCodeSession, withUserCode } from "./user-code.ts";
import { shortPath } from "./user-stack.ts";
import { isFinished, type RunFacts } from "./views/run-facts.ts";
import type { RunView } from "./views/run-view.ts";
import { Timeline } from "./views/timeline.ts";

/** What takes longer is told, ms. */
const PATIENCE = 1_000;

/** The run to take in hand. */
export interface HostedRun {
  readonly run: string;
  /** Of a new run. */
  readonly input?: unknown;
  /** A new run is on record. */
  readonly created?: () => void;
}

/** What to host. */
export interface HostRequest {
  readonly store: Store;
  readonly reference: ModuleReference;
  readonly mode: WorkflowRunMode;
  /** Once the workflow is known: which run it is. */
  readonly target: (found: FoundWorkflow) => Promise<HostedRun>;
  /** Ends the process the hard way. */
  readonly crash?: CrashPoint | undefined;
  /** Resolves when the user has saved a file of the module: the pass is given up for the new code. */
  readonly edited?: ((found: FoundWorkflow) => { happened: Promise<void>; stop: () => void }) | undefined;
  /** Keys act while the run waits, where there is a terminal. */
  readonly hasKeys?: boolean;
  /** Replays after every commit, and compares. */
  readonly isChecked?: boolean;
  /** What is to be done under the run's lock before it is executed. */
  readonly prepare?: ((driver: RunDriver) => Promise<void>) | undefined;
}

/** How it ended. */
export interface HostEnd {
  /** The run as it is now, given back. */
  readonly facts: RunFacts;
  readonly result?: WorkflowResult;
  /** What the run, or the way to it, failed with. */
  readonly error?: unknown;
  /** The signal that paused it, and whether it came twice. */
  readonly signal?: NodeJS.Signals;
  readonly isAtOnce?: boolean;
  /** It began steps. */
  readonly hasBegun?: boolean;
  /** The module was edited meanwhile: the run is to go on with the new code. */
  readonly isEdited?: boolean;
}

/** Stays with a run. Errors before the run was taken in hand are thrown; later ones are in the end. */
export async function hostRun(context: CommandContext, view: RunView, request: HostRequest): Promise<HostEnd> {
  return withUserCode(context, view, async (session) => {
    const found = await loaded(view, request.reference);
    const target = await request.target(found);
    const driver = await request.store.open(target.run);
    try {
      await prepare(driver, request);
      return await execute({ view, request, session, found, target, driver });
    } finally {
      session.isReplaying = () => false;
    }
  });
}

/** Loads the module, however long that takes, and says so. */
async function loaded(view: RunView, reference: ModuleReference): Promise<FoundWorkflow> {
  const stillLoading = (took: number, waitsFor: string | undefined): void => {
    const seconds = Math.round(took / 1_000);
    view.busy(loadingWords(reference, waitsFor) + (view.isLive ? `  ${seconds} s · Ctrl-C gives up` : ""));
  };
  try {
    return await findInTime(reference, { stillLoading, every: PATIENCE });
  } finally {
    view.busy(undefined);
  }
}

/** @throws what the preparation throws; the run is given back then */
async function prepare(driver: RunDriver, request: HostRequest): Promise<void> {
  try {
    await request.prepare?.(driver);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

interface Execution {
  readonly view: RunView;
  readonly request: HostRequest;
  readonly session: UserCodeSession;
  readonly found: FoundWorkflow;
  readonly target: HostedRun;
  readonly driver: RunDriver;
}

async function execute({ view, request, session, found, target, driver }: Execution): Promise<HostEnd> {
  const { run, input } = target;
  const history = new History();
  const timeline = new Timeline();
  let woken: readonly Location[] = [];
  const take = (event: HistoryEvent): void => {
    woken = isWake(event) && "loc" in event ? [...woken, event.loc] : [];
    timeline.see(event, history);
    history.apply(event);
    if (event.type !== "run.seen") Object.assign(facts, lastFacts([event]));
  };
  const bodyOf = bodiesOf(found.workflow);
  const facts: RunFacts = { run, history, isOwned: false, bodyOf };
  session.run = run;
  const hasKeys = request.hasKeys === true && view.isLive && process.stdin.isTTY;
  let isStopping = false;
  let keys: RunKeys | undefined;
  const begin = (): void => {
    const module = shortPath(found.file);
    const leavesWaiting = request.mode === "yield";
    const common = { run, module, history, timeline, leavesWaiting, isSupervised: isSupervised(), bodyOf };
    view.begin(view.isLive ? common : { ...common, woken, arrived: arrivedFor(request.store, facts) });
  };
  const module = moduleReference(request.store.dir, found);
  let hasStarted = false;
  let hasBegun = false;
  if (view.isLive) view.busy(readingWords(request.store.dir, run));
  const handle = runWorkflow(run, found.workflow, input as never, tapped(driver, { history, take, begin }), {
    mode: request.mode,
    check: request.isChecked === true,
    evictGrace: GRACE,
    created: { workflow: found.name, module },
    started: startedFacts(request.store, found, module),
    logger: createRunLog({ run, isPretty: view.isLive, print: (text) => view.print(text) }),
    onEvent: (event) => {
      take(event);
      if (event.type === "run.created") {
        target.created?.();
        begin();
      }
      hasStarted ||= event.type === "run.started";
      hasBegun ||= event.type === "step.started";
      view.recorded(event);
      request.crash?.(event, { run, view, release: () => keys?.close() });
      keys?.update();
      if (isStopping) handle.evict({ grace: graceOf(history) });
    },
    onError: (event: WorkflowErrorEvent) => {
      if ("step" in event) view.attemptFailed(event.step);
    },
  });
  session.isReplaying = () => handle.replaying;
  const leaving = watchLeaving((signal) => {
    view.pausing(graceOf(history));
    // A supervisor's children do not pause their runs: it takes them up again.
    isStopping = isSupervised();
    handle.evict({ grace: graceOf(history), ...(!isStopping && { by: wordFor(signal) }) });
  });
  if (hasKeys) keys = openRunKeys({ input: process.stdin, view, handle, history, bodyOf, leave: () => leaving.ask() });
  const edits = request.edited?.(found);
  let isEdited = false;
  void edits?.happened.then(() => {
    isEdited = true;
    handle.evict({ by: "edit" });
  });
  const ended = handle.result.then(
    (result): HostEnd => ({ facts, result }),
    async (error: unknown): Promise<HostEnd> => {
      if (request.isChecked === true && hasStarted) await pauseUnfit(driver, { error, history, take });
      return { facts, error, hasBegun };
    },
  );
  try {
    const end = await Promise.race([ended, leaving.second.then((): HostEnd => ({ facts, isAtOnce: true }))]);
    if (end.isAtOnce !== true) await driver.close();
    const signal = leaving.signal();
    if (signal !== undefined) return { ...end, signal };
    return isEdited && !leaving.isWanted() && !isFinished(history.run.state) ? { ...end, isEdited } : end;
  } finally {
    edits?.stop();
    keys?.close();
    leaving.stop();
  }
}

/** Leaves a run that failed its check paused: nobody is to take it up by chance. */
async function pauseUnfit(
  driver: RunDriver,
  { error, history, take }: { error: unknown; history: History; take: (event: HistoryEvent) => void },
): Promise<void> {
  if (!(error instanceof HistoryDivergedError) || isFinished(history.run.state)) return;
  const { lastSeq, lastAt } = history;
  const at = Math.max(lastAt, Date.now());
  const paused: HistoryEvent = { type: "run.paused", by: afterCheck(error), seq: lastSeq + 1, at };
  await driver.commit([paused]);
  take(paused);
}

/** Names of the messages that lie there for a run that waits for some. */
function arrivedFor(store: Store, facts: RunFacts): readonly string[] {
  const isWaiting = [...facts.history.waits].some(({ entry }) => entry?.kind === "message");
  return isWaiting ? inboxOf(store, facts).map(({ name }) => name) : [];
}

/** Who pauses the run, as it is recorded. */
function wordFor(signal: NodeJS.Signals | undefined): string {
  return signal === "SIGINT" ? "ctrl-c" : (signal ?? "q");
}

interface Ear {
  readonly history: History;
  readonly take: (event: HistoryEvent) => void;
  /** Once what is on record is taken in. */
  readonly begin: () => void;
}

/** The driver, with an ear at what the engine loads. */
function tapped(driver: RunDriver, ear: Ear): EngineDriver {
  return {
    load: async () => {
      const events = await driver.load();
      return ear.history.total > 0 ? events : heard(events, ear);
    },
    append: (events) => {
      driver.append(events);
    },
    commit: (events) => driver.commit(events),
    compact: (live) => driver.compact(live),
    inbox: driver.inbox,
    setAlarm: (at) => driver.setAlarm(at),
    clearAlarm: () => driver.clearAlarm(),
    workerPollInterval: driver.workerPollInterval,
  };
}

function* heard(events: Iterable<HistoryEvent>, { history, take, begin }: Ear): Generator<HistoryEvent> {
  for (const event of events) {
    take(event);
    yield event;
  }
  if (history.total > 0) begin();
}

/** What is recorded each time the run is taken up. */
function startedFacts(store: Store, found: FoundWorkflow, module: string): RunWorkflowOptions["started"] & object {
  const { messageNames } = found;
  const code = hashCode(found.file, found.files);
  return {
    pid: process.pid,
    host: hostname(),
    module,
    durability: store.durability,
    ...(code !== undefined && { code }),
    ...(messageNames !== undefined && { messages: messageNames }),
  };
}

/** Where the module is, as the run remembers it: relative to the store's parent folder, with the export. */
function moduleReference(storeDir: string, found: FoundWorkflow): string {
  const path = relative(dirname(storeDir), found.file).split(sep).join("/");
  return found.exportName === "default" ? path : `${path}#${found.exportName}`;
}
