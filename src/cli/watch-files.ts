/**
 * Tells when the user has saved one of some files.
 *
 * Looks at the files instead of subscribing to them: an editor that saves by rename puts another file in the place of
 * the one that is watched, and what was subscribed to hears nothing of the next save.
 */
import { statSync } from "node:fs";
import { hashCode } from "./code-hash.ts";

/** Between two looks, ms. Editors save in several steps: a save is over when nothing has moved from one to the next. */
const LOOK_EVERY = 100;

/** A watch, until it is stopped. */
export interface Edits {
  /** Resolves with the first change. */
  readonly happened: Promise<void>;
  stop(): void;
}

/** Watches the files of a module; another content than they have now is a change, the same content is none. */
export function watchFiles(module: string, files: readonly string[]): Edits {
  const hash = hashCode(module, files);
  let stamps = stampsOf(files);
  // What was saved between the two lines above shows at the first look.
  let hasMoved = hashCode(module, files) !== hash;
  let timer: NodeJS.Timeout | undefined;
  const happened = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      const now = stampsOf(files);
      const isMoving = now !== stamps;
      stamps = now;
      if (!isMoving && hasMoved) {
        const saved = hashCode(module, files);
        if (saved === undefined || saved !== hash) resolve();
      }
      hasMoved = isMoving;
    }, LOOK_EVERY);
  });
  return { happened, stop: () => clearInterval(timer) };
}

/** What tells one state of the files from another, without reading them. A time of change cannot be set by hand. */
function stampsOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const facts = statSync(file, { throwIfNoEntry: false });
      return facts === undefined ? "" : `${facts.ino} ${facts.size} ${facts.ctimeMs}`;
    })
    .join();
}
