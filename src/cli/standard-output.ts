/**
 * Standard output as the command line writes to it.
 *
 * Invariants:
 * 1. What could not be written is known before the process ends: the first failure is kept. That a reader has left
 *    (`wf list | head`), or that a terminal is gone, is none.
 * 2. A file gets the whole of each text, or there is a failure: Node's own stream drops what a full disk did not take
 *    of it.
 */
import { fstatSync, writeFileSync } from "node:fs";
import type { Output } from "./terminal.ts";

/** The real standard output. */
export interface StandardOutput extends Output {
  write(text: string | Uint8Array, done?: () => void): void;
  /** Resolves when all that was written is out, or will never be, with what was in the way. */
  settled(): Promise<Error | undefined>;
}

/** Keeps the stream's own `write`: it may be replaced afterwards. */
export function openStandardOutput(stream: typeof process.stdout): StandardOutput {
  let failure: Error | undefined;
  const failed = (error: Error): void => {
    failure ??= error;
  };
  stream.on("error", (error: Error) => {
    if (!isReaderGone(error)) failed(error);
  });
  const handOn = stream.write.bind(stream);
  const isFile = writesToFile(stream);
  return {
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns;
    },
    write: (text, done) => {
      if (!isFile) return void handOn(text, done);
      if (failure === undefined) attempt(() => writeFileSync(stream.fd, text), failed);
      if (done !== undefined) process.nextTick(done);
    },
    settled: async () => {
      if (stream.writableLength > 0 && !stream.destroyed)
        await new Promise<void>((resolve) => void handOn("", () => resolve()));
      await nextTurn(); // a stream tells its error after its callback
      return failure;
    },
  };
}

/** A reader that has left, or a terminal that is gone, is no error of ours. */
function isReaderGone(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE" || error.code === "EIO";
}

/** Whatever is neither pipe nor socket nor terminal: Node writes to it at once, too. */
function writesToFile({ fd, isTTY }: typeof process.stdout): boolean {
  if (isTTY) return false;
  try {
    const facts = fstatSync(fd);
    return facts.isFile() || facts.isCharacterDevice();
  } catch {
    return false;
  }
}

function attempt(act: () => void, failed: (error: Error) => void): void {
  try {
    act();
  } catch (error) {
    failed(error as Error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
