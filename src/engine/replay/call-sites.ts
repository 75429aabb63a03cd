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
const OWN = ownFolder(pathOf(import.meta.url));
const OWN_URL = ownFolder(import.meta.url);

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

type Prepare = (this: ErrorConstructor, error: Error, sites: NodeJS.CallSite[]) => unknown;

/** The stack as text; where that can be chosen, only its first frame in a file of the user's: text is most of its cost. */
function stackOf(frames: number): string | undefined {
  const limit = Error.stackTraceLimit;
  const prepare = Reflect.get(Error, "prepareStackTrace") as Prepare | undefined;
  Error.stackTraceLimit = frames;
  if (prepare !== undefined) {
    Error.prepareStackTrace = (error, sites) => {
      const site = sites.find((each) => isOfUser(each.getFileName()));
      return site === undefined ? "" : prepare.call(Error, error, [site]);
    };
  }
  try {
    return new Error("call").stack;
  } finally {
    Error.stackTraceLimit = limit;
    if (prepare !== undefined) Error.prepareStackTrace = prepare;
  }
}

function isOfUser(file: string | null | undefined): boolean {
  if (file === null || file === undefined || file.startsWith("node:") || file.includes("/node_modules/")) return false;
  return !file.startsWith(OWN) && !file.startsWith(OWN_URL);
}

/** The first place of a stack that is in a file of the user's. */
function siteOf(stack: string | undefined): Site | undefined {
  for (const line of (stack ?? "").split("\n")) {
    const match = /^\s+at (?:.*\()?(?:async )?(.+?):(\d+):(\d+)\)?$/.exec(line);
    const [, file, row, column] = match ?? [];
    if (file !== undefined && isOfUser(file)) return { file: pathOf(file), line: Number(row), column: Number(column) };
  }
  return undefined;
}

function ownFolder(file: string): string {
  return /^.*\/(?:dist|src\/engine)\//.exec(file)?.[0] ?? file;
}

function pathOf(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
}
