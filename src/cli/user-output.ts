/**
 * Keeps standard output for the result: what the user's code writes goes to standard error, and is muted while recorded
 * entries are only answered again.
 *
 * Invariant: what is taken over is given back.
 */
import { Console } from "node:console";
import { Writable } from "node:stream";
import { openStandardOutput, type StandardOutput } from "./standard-output.ts";

/** Where the user's output goes. */
export interface UserOutput {
  print(text: string): void;
  /** Workflow code runs again over what is recorded: `console` was heard the first time. */
  isMuted(): boolean;
}

type Method = (...args: unknown[]) => unknown;

/**
 * Keeps standard output for the result, as long as the process lives: whatever else is written to it, and whenever,
 * goes to standard error, and nobody ends it. @returns the real standard output
 */
export function reserveStdout(): StandardOutput {
  const { stdout, stderr } = process;
  const out = openStandardOutput(stdout);
  stdout.write = redirected((text) => void stderr.write(text));
  keepOpen(stdout);
  keepOpen(stderr);
  return out;
}

/** What ends the stream only writes its last words. */
function keepOpen<S extends NodeJS.WriteStream>(stream: S): void {
  stream.end = (...args: readonly unknown[]): S => {
    const [chunk] = args;
    if (typeof chunk === "string" || chunk instanceof Uint8Array) stream.write(chunk);
    callBack(args);
    return stream;
  };
}

/** A stream's `write` that hands the text on. */
function redirected(print: (text: string) => void): typeof process.stdout.write {
  return (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    callBack(rest);
    return true;
  };
}

function callBack(args: readonly unknown[]): void {
  for (const callback of args) if (typeof callback === "function") process.nextTick(callback);
}

/** Takes `console` and `process.stdout` over. @returns gives them back */
export function takeOverOutput(output: UserOutput, hasColor: boolean): () => void {
  const sink = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      if (!output.isMuted()) output.print(String(chunk));
      done();
    },
  });
  const own = new Console({ stdout: sink, stderr: sink, colorMode: hasColor });
  const target = console as unknown as Record<string, Method>;
  const source = own as unknown as Record<string, Method>;
  const before = new Map<string, Method>();
  for (const name of Object.keys(source)) {
    const method = source[name];
    const original = target[name];
    if (typeof method !== "function" || typeof original !== "function") continue;
    before.set(name, original);
    target[name] = method;
  }
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = redirected((text) => {
    if (!output.isMuted()) output.print(text);
  });
  return () => {
    stdout.write = write;
    for (const [name, method] of before) target[name] = method;
  };
}
