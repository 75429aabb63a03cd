/**
 * Where in the user's source the primitives were called. A stack costs more than all the rest of a comparison: it is
 * captured for those calls only whose place an earlier look turned out to need.
 */
import type { Site } from "./report.ts";

/** Frames that are looked at: helpers from `node_modules` may stand between the call and the user's own code. */
const FRAMES = 25;
/** Where this package's own code lies: its sources, or what was built of them. */
const OWN = /^.*\/(?:dist|src\/engine)\//.exec(pathOf(import.meta.url))?.[0] ?? pathOf(import.meta.url);

/** The calls of one look, numbered in their order: the same code over the same history makes the same calls. */
export class Calls {
  readonly #wanted: ReadonlySet<number>;
  #made = 0;
  /** The newest. */
  last: Call | undefined;
  /** Numbers of calls whose place was asked for in vain. */
  readonly missed: Set<number> = new Set<number>();

  /** @param wanted numbers of the calls whose place is known to be needed */
  constructor(wanted: ReadonlySet<number>) {
    this.#wanted = wanted;
  }

  /** The workflow code calls a primitive, right now. */
  next(): Call {
    const number = this.#made++;
    this.last = new Call(number, this, this.#wanted.has(number) ? captured() : undefined);
    return this.last;
  }

  /** Something that the workflow code threw. */
  thrown(error: Error): Call {
    return new Call(-1, this, error);
  }
}

/** One call. */
export class Call {
  readonly #number: number;
  readonly #calls: Calls;
  readonly #error: Error | undefined;

  constructor(number: number, calls: Calls, error: Error | undefined) {
    this.#number = number;
    this.#calls = calls;
    this.#error = error;
  }

  /** Its place in the user's source, where it was captured. */
  get site(): Site | undefined {
    if (this.#error !== undefined) return siteOf(this.#error.stack);
    this.#calls.missed.add(this.#number);
    return undefined;
  }
}

function captured(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const call = new Error("call");
  Error.stackTraceLimit = limit;
  return call;
}

/** The first place of a stack that is in a file of the user's. */
function siteOf(stack: string | undefined): Site | undefined {
  for (const line of (stack ?? "").split("\n")) {
    const match = /^\s+at (?:.*\()?(?:async )?(.+?):(\d+):(\d+)\)?$/.exec(line);
    const [, file, row, column] = match ?? [];
    if (file === undefined || file.startsWith("node:") || file.includes("/node_modules/")) continue;
    const path = pathOf(file);
    if (path.startsWith(OWN)) continue;
    return { file: path, line: Number(row), column: Number(column) };
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
}
