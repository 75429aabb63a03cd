/**
 * The determinism probe: finds calls of the clock, of chance and of the environment in workflow code outside of steps.
 * In a replay-only pass no step body runs, so each such call comes from where it must not.
 *
 * Invariants:
 * 1. Only calls made by the workflow code of this pass count (AsyncLocalStorage knows): the first frame outside of
 *    `node_modules` is the user's, and the call is not Node's own or ours.
 * 2. What was taken over is given back.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import type { ForeignWait } from "../engine/replay/examination.ts";
import type { Site } from "../engine/replay/report.ts";

/** A call that gives something else each time. */
export interface ProbeWarning {
  readonly call: string;
  /** What to use in its place. */
  readonly instead: string;
  readonly site: Site;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
/**
 * Notes a call of the workflow code. @returns where; undefined: somebody else called
 * @param taken what stands in the place of what was called: who called that is the caller
 */
type Note = (call: string, taken: (...args: never[]) => unknown) => Site | undefined;

/** Longest that a timer takes, ms: nobody waits an hour for a comparison. */
const LONGEST_TIMER = 2_000;
/** Requests that change nothing. The others are not sent. */
const HARMLESS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

const OWN = fileURLToPath(new URL("..", import.meta.url));
const INSTEAD: Readonly<Record<string, string>> = {
  "Date.now": "ctx.now()",
  Date: "new Date(ctx.now())",
  "Math.random": "ctx.random()",
  "crypto.randomUUID": "ctx.uuid()",
  "crypto.getRandomValues": "ctx.random() or ctx.uuid()",
  "performance.now": "ctx.now()",
  "Temporal.Now": "ctx.now()",
  setTimeout: "ctx.sleep",
  fetch: "a step",
  "process.env": "the input, or a step",
};

/** Runs work whose workflow code is watched. @param pending collects the requests without an answer */
export async function withProbe<T>(
  work: () => Promise<T>,
  pending: Set<ForeignWait>,
): Promise<{ result: T; warnings: ProbeWarning[] }> {
  const found = new Map<string, ProbeWarning>();
  const storage = new AsyncLocalStorage<true>();
  const note: Note = (call, taken) => {
    const site = storage.getStore() === undefined ? undefined : callerOf(taken);
    if (site === undefined) return undefined;
    const key = `${call}@${site.file}:${site.line}:${site.column}`;
    if (!found.has(key) && !isAllowed(site)) found.set(key, { call, instead: INSTEAD[call] ?? "a step", site });
    return site;
  };
  const giveBack = takeOver(note, { pending, unwatched: (ask) => storage.exit(ask) });
  try {
    return { result: await storage.run(true, work), warnings: [...found.values()] };
  } finally {
    giveBack();
  }
}

/** What becomes of requests. */
interface Requests {
  readonly pending: Set<ForeignWait>;
  /** What Node itself does to send one is not the workflow's doing. */
  readonly unwatched: (ask: () => unknown) => unknown;
}

/** @returns gives everything back */
function takeOver(note: Note, { pending, unwatched }: Requests): () => void {
  const undo: (() => void)[] = [];
  const replace = (target: object, name: string, make: (original: Method) => unknown): void => {
    const before = Object.getOwnPropertyDescriptor(target, name);
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== "function" || before?.configurable === false) return;
    Object.defineProperty(target, name, { value: make(original as Method), writable: true, configurable: true });
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, before);
    });
  };
  const watch = (target: object, name: string, call: string): void => {
    replace(target, name, (original) => {
      const watched = (...args: unknown[]): unknown => {
        note(call, watched);
        return Reflect.apply(original, target, args);
      };
      return watched;
    });
  };
  const nodeCrypto = createRequire(import.meta.url)("node:crypto") as object;
  watch(Date, "now", "Date.now");
  watch(Math, "random", "Math.random");
  watch(performance, "now", "performance.now");
  watch(nodeCrypto, "randomUUID", "crypto.randomUUID");
  watch(globalThis.crypto, "randomUUID", "crypto.randomUUID");
  // The module of that name hands on what it finds here.
  watch(globalThis.crypto, "getRandomValues", "crypto.getRandomValues");
  const { Now: temporalNow = {} } = (globalThis as { Temporal?: { Now?: object } }).Temporal ?? {}; // Node >= 26
  for (const name of Object.getOwnPropertyNames(temporalNow)) watch(temporalNow, name, "Temporal.Now");
  replace(globalThis, "Date", (original) => watchedDate(original as unknown as DateConstructor, note));
  replace(globalThis, "setTimeout", (original) => {
    const hurried = (callback: unknown, delay?: unknown, ...rest: unknown[]): unknown => {
      const isHurried = note("setTimeout", hurried) !== undefined && Number(delay) > LONGEST_TIMER;
      return original.call(globalThis, callback, isHurried ? LONGEST_TIMER : delay, ...rest);
    };
    // What `promisify` makes of it.
    return Object.defineProperties(hurried, Object.getOwnPropertyDescriptors(original));
  });
  replace(globalThis, "fetch", (original) => {
    const watched = (...args: unknown[]): unknown => {
      const site = note("fetch", watched);
      if (site === undefined) return original.apply(globalThis, args);
      const request = { site, isWithheld: !isHarmless(args) };
      pending.add(request);
      if (request.isWithheld) return new Promise(() => undefined);
      const settled = (): unknown => pending.delete(request);
      const answer = unwatched(() => original.apply(globalThis, args)) as Promise<unknown>;
      answer.then(settled, settled);
      return answer;
    };
    return watched;
  });
  const { env } = process;
  const read = (target: NodeJS.ProcessEnv, name: string | symbol): unknown => {
    if (typeof name === "string") note("process.env", read);
    return Reflect.get(target, name) as unknown;
  };
  process.env = new Proxy(env, { get: read });
  undo.push(() => {
    process.env = env;
  });
  syncBuiltinESMExports();
  return () => {
    for (const step of undo.toReversed()) step();
    syncBuiltinESMExports();
  };
}

/** Whether a request may be sent though nothing is to happen. */
function isHarmless([resource, init]: readonly unknown[]): boolean {
  const method = [init, resource].map((each) => (each as { method?: unknown } | undefined)?.method ?? "");
  return HARMLESS.includes((method.map(String).find((each) => each !== "") ?? "GET").toUpperCase());
}

function watchedDate(original: DateConstructor, note: Note): DateConstructor {
  const apply = (target: DateConstructor): string => {
    note("Date", apply);
    return target();
  };
  const construct = (target: DateConstructor, args: unknown[], newTarget?: NewableFunction): object => {
    if (args.length === 0) note("Date", construct);
    return Reflect.construct(target, args, newTarget ?? target) as object;
  };
  return new Proxy(original, { apply, construct });
}

/** Who called: undefined when that was Node itself, or we. */
function callerOf(taken: (...args: never[]) => unknown): Site | undefined {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, taken);
  const frames = (trace.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  for (const frame of frames) {
    if (/[\s(]node:/.test(frame)) return undefined;
    const [, file = "", line, column] =
      /((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()\n]*?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    if (path === "" || path.startsWith(OWN)) return undefined;
    if (/[\\/]node_modules[\\/]/.test(path)) continue;
    return { file: path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

function isAllowed({ file, line }: Site): boolean {
  try {
    return readFileSync(file, "utf8").split("\n")[line - 1]?.includes("wf-allow") === true;
  } catch {
    return false;
  }
}
