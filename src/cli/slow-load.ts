/**
 * Loading a module whose top level takes its time, or for ever: that is said, and who has to decide something waits no
 * longer than it can be worth.
 *
 * Invariants:
 * 1. It ends at once where nothing is left in the process that could happen.
 * 2. It keeps no process alive.
 */
import { realpathSync } from "node:fs";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { findWorkflow, type FoundWorkflow, type ModuleReference } from "./find-workflow.ts";
import type { Terminal } from "./terminal.ts";
import { shortPath } from "./user-stack.ts";

/** What takes longer is told, ms. */
const TOLD_AFTER = 3_000;
/** Who only wants to know something of a module waits so long for it, ms. */
const LONGEST = 30_000;
/** `code` of the error where a module does not finish loading. */
export const NEVER_LOADED = "never_loaded";

/** How to wait for a module. */
export interface LoadManners {
  /** Called again and again while it takes. @param took ms so far @param waitsFor the file whose top level waits */
  readonly stillLoading: (took: number, waitsFor: string | undefined) => void;
  /** How often, ms. */
  readonly every: number;
  /** It is given up then, ms; without it, never. */
  readonly longest?: number;
}

/** Whether an error says that a module does not finish loading. */
export function isNeverLoaded(error: unknown): boolean {
  return error instanceof CliError && error.facts.code === NEVER_LOADED;
}

/** As {@link findWorkflow}. @throws CliError `never_loaded` where the top level waits for what does not come */
export async function findInTime(
  reference: ModuleReference,
  { stillLoading, every, longest = Number.POSITIVE_INFINITY }: LoadManners,
): Promise<FoundWorkflow> {
  const begun = performance.now();
  let waitsFor: () => string | undefined = () => undefined;
  let giveUp: (error: CliError) => void = () => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  const timer = setInterval(() => {
    const took = performance.now() - begun;
    if (took >= longest)
      giveUp(
        neverLoaded(
          reference,
          waitsFor(),
          `did not finish loading in ${Math.round(longest / 1_000)} s: a top-level await in it has not settled`,
        ),
      );
    else stillLoading(took, waitsFor());
  }, every).unref();
  const onDry = (): void => {
    giveUp(neverLoaded(reference, waitsFor(), "cannot be loaded: a top-level await in it never settles"));
    setImmediate(() => undefined);
  };
  process.on("beforeExit", onDry);
  try {
    const found = findWorkflow(reference, (waiting) => {
      waitsFor = waiting;
    });
    return await Promise.race([found, givenUp]);
  } finally {
    clearInterval(timer);
    process.off("beforeExit", onDry);
  }
}

/** For who only wants to know something of a module: says once that it takes long, and gives up. */
export function findOrGiveUp(reference: ModuleReference, terminal: Pick<Terminal, "tell">): Promise<FoundWorkflow> {
  let isTold = false;
  return findInTime(reference, {
    every: 1_000,
    longest: LONGEST,
    stillLoading: (took, waitsFor) => {
      if (isTold || took < TOLD_AFTER) return;
      isTold = true;
      terminal.tell(`${loadingWords(reference, waitsFor)}  gives up after ${LONGEST / 1_000} s`);
    },
  });
}

/** That a module takes long, and which file of it, where that is another one. */
export function loadingWords({ file }: ModuleReference, waitsFor: string | undefined): string {
  const isElsewhere = waitsFor !== undefined && waitsFor !== file && waitsFor !== realpathSync(file);
  return `still loading ${shortPath(file)}${isElsewhere ? ` (top-level await in ${shortPath(waitsFor)})` : ""} …`;
}

function neverLoaded({ file }: ModuleReference, waitsFor: string | undefined, what: string): CliError {
  return new CliError(`${shortPath(file)} ${what}`, {
    code: NEVER_LOADED,
    exitCode: EXIT.failed,
    where: shortPath(waitsFor ?? file),
    hint: "what it waits for can be awaited in a step\nnothing was started",
  });
}
