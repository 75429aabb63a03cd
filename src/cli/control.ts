/**
 * Does something to a run without running it. Where nobody has the run, it is done here, under its lock; where a
 * process has it, that process is asked to, through the inbox, and waited for.
 */
import type { RunControl } from "../engine/index.ts";
import { controlRun } from "../engine/index.ts";
import { OwnedError, type Owner, type Store } from "../fs-driver/index.ts";
import { readRun } from "./read-run.ts";
import type { RunFacts } from "./views/run-facts.ts";

/** How long the owner is waited for, ms, and how often it is looked at. */
const PATIENCE = 10_000;
const LOOK_EVERY = 40;

/** What is to be done. */
export interface ControlRequest {
  readonly run: string;
  readonly verb: "cancel" | "wake";
  /** Goes with the request to the owner. */
  readonly body?: unknown;
  /** Does it here. */
  readonly act: (control: RunControl) => Promise<void>;
  /** Whether the owner has obeyed. */
  readonly isDone: (facts: RunFacts) => boolean;
}

/** How it went. `asked`: the owner has not obeyed yet. */
export type ControlEnd = { readonly how: "here" | "obeyed" } | { readonly how: "asked"; readonly owner: Owner };

/** @throws RunStateError when the run's state does not allow it */
export async function control(store: Store, request: ControlRequest): Promise<ControlEnd> {
  const { run, verb, body, isDone } = request;
  const { owner } = readRun(store, run);
  if (owner === undefined && (await actHere(store, request))) return { how: "here" };
  await store.request(run, verb, body);
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline;) {
    const now = readRun(store, run);
    if (isDone(now.facts)) return { how: "obeyed" };
    if (now.owner === undefined && (await actHere(store, request))) return { how: "here" };
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY);
    });
  }
  return { how: "asked", owner: readRun(store, run).owner ?? {} };
}

/** @returns false when another process took the run just now */
async function actHere(store: Store, { run, act }: ControlRequest): Promise<boolean> {
  const driver = await store.open(run).catch((error: unknown) => {
    if (error instanceof OwnedError) return undefined;
    throw error;
  });
  if (driver === undefined) return false;
  try {
    await act(controlRun(run, driver));
  } finally {
    await driver.close();
  }
  return true;
}
