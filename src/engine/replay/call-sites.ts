/**
 * Where in the user's source the primitives were called. A stack costs more than all the rest of a comparison: it is
 * captured while a call is made that is known to be told of, and for those calls whose place an earlier look turned out
 * to need.
 */
import type { Site } from "./report.ts";

/** Frames that are looked at first: the user's call stands right behind ours. */
const NEAR_FRAMES = 10;
/** Frames that are looked at then: helpers from `node_modules` may stand between the call and the user's own code. */
const FRAMES = 40;
/** Where this package's own code lies: its sources, or what was built of them. */
const OWN = /^.*\/(?:dist|src\/engine)\//.exec(pathOf(import.meta.url))?.[0] ?? pathOf(import.meta.url);

/** The calls of one look, numbered in their order: the same code over the same history makes the same calls. */
export class Calls {
  readonly #wanted: ReadonlySet<number>;
  #made = 0;
  /** The newest. */
  last: Call | undefined;
  /** The newest of each caller. */
  readonly lastOf: Map<object, Call> = new Map<object, Call>();
  /** Numbers of calls whose place was asked for in vain. */
  readonly missed: Set<number> = new Set<number>();

  /** @param wanted numbers of the calls whose place is known to be needed */
  constructor(wanted: ReadonlySet<number>) {
    this.#wanted = wanted;
  }

  /** How many were made so far. */
  get made(): number {
    return this.#made;
  }

  /** The workflow code calls a primitive, right now. @param caller the fiber that it runs on */
  next(caller: object): Call {
    const number = this.#made++;
    this.last = new Call(number, this);
    this.lastOf.set(caller, this.last);
    if (this.#wanted.has(number)) this.last.capture();
    return this.last;
  }

  /** Something that the workflow code threw. */
  thrown(error: Error): Call {
    return new Call(-1, this, siteOf(error.stack));
  }
}

/** One call. */
export class Call {
  readonly #number: number;
  readonly #calls: Calls;
  #site: Site | undefined;
  #isCaptured: boolean;

  constructor(number: number, calls: Calls, site?: Site) {
    this.#number = number;
    this.#calls = calls;
    this.#site = site;
    this.#isCaptured = number < 0;
  }

  /** It will be told of. To be called while the workflow code makes the call, before anything is awaited. */
  capture(): void {
    if (this.#isCaptured) return;
    this.#isCaptured = true;
    this.#site = siteOf(stackOf(NEAR_FRAMES)) ?? siteOf(stackOf(FRAMES));
  }

  /** Its place in the user's source, where it was captured. */
  get site(): Site | undefined {
    if (!this.#isCaptured) this.#calls.missed.add(this.#number);
    return this.#site;
  }
}

function stackOf(frames: number): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const { stack } = new Error("call");
  Error.stackTraceLimit = limit;
  return stack;
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
