/**
 * Keeps standard output for the result: what the user's code writes goes to standard error, and is muted while recorded
 * entries are only answered again.
 *
 * Invariant: what is taken over is given back.
 */
import { Console } from "node:console";
import { Writable } from "node:stream";

/** Where the user's output goes. */
export interface UserOutput {
  print(text: string): void;
  /** Workflow code runs again over what is recorded: `console` was heard the first time. */
  isMuted(): boolean;
}

type Method = (...args: unknown[]) => unknown;

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
  stdout.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (!output.isMuted()) output.print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    for (const callback of rest) if (typeof callback === "function") process.nextTick(callback);
    return true;
  };
  return () => {
    stdout.write = write;
    for (const [name, method] of before) target[name] = method;
  };
}
