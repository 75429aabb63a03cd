/** What the keys on the live screen do to the run that this process has. */
import type { WorkflowHandle } from "../engine/api.ts";
import type { History } from "../engine/history/history.ts";
import { Echo } from "./echo.ts";
import { escapeLine } from "./escape.ts";
import { Keys } from "./keys.ts";
import { offeredKeys } from "./views/key-hint.ts";
import { waitingFor } from "./views/run-facts.ts";
import type { RunView } from "./views/run-view.ts";

const LOOK_EVERY = 200;

/** The keys of a run that is executed here. */
export interface RunKeys {
  /** To be called when something is on record. */
  update(): void;
  close(): void;
}

interface RunKeysParts {
  readonly input: NodeJS.ReadStream;
  readonly view: RunView;
  readonly handle: WorkflowHandle;
  readonly history: History;
  /** As in `RunFacts`. */
  readonly bodyOf: (message: string) => string;
  /** The user wants to leave. */
  readonly leave: () => void;
}

/** Listens for keys while the run waits. */
export function openRunKeys({ input, view, handle, history, bodyOf, leave }: RunKeysParts): RunKeys {
  const closing = new AbortController();
  // Before the keys: what raw mode gives back is the terminal without echo.
  const echo = new Echo(input);
  const keys = new Keys(input, {
    send: () => send(view, { handle, history, bodyOf }, closing.signal),
    skip: () => void handle.wake(),
    pause: leave,
    show: (shown) => view.keys(shown),
  });
  let isWaiting = false;
  const look = (): void => {
    isWaiting = history.waits.size > 0;
    keys.want(handle.replaying ? new Set() : offeredKeys(history));
  };
  // Each event of many: what kinds of waits there are is looked at in `look`.
  const update = (): void => {
    if (isWaiting !== history.waits.size > 0) look();
  };
  // A run that is taken up again may wait before anything new is on record. One that is over by then needs no echo off.
  const looking = setInterval(() => {
    echo.turnOff();
    look();
  }, LOOK_EVERY).unref();
  return {
    update,
    close: () => {
      clearInterval(looking);
      closing.abort();
      keys.close();
      echo.close();
    },
  };
}

async function send(
  view: RunView,
  { handle, history, bodyOf }: Pick<RunKeysParts, "handle" | "history" | "bodyOf">,
  signal: AbortSignal,
): Promise<void> {
  const names = waitingFor(history)?.messages;
  if (names === undefined) {
    view.say("no message is waited for");
    return;
  }
  view.suspend();
  try {
    const { askMessage } = await import("./prompts.ts");
    const message = await askMessage(names, bodyOf, signal);
    if (message === undefined) return;
    await handle.message(message.name, message.body);
  } catch (error) {
    view.say(`not sent: ${escapeLine(error instanceof Error ? error.message : String(error))}`);
  } finally {
    view.resume();
  }
}
