/**
 * Watching a folder: a hint that something may have changed, never the truth. A port of its own, since no test of the
 * disk can fake the operating system's notices; whoever watches polls as well.
 *
 * Node's own watcher, and not chokidar, which files and trees of files are watched with elsewhere: it lists the folder
 * and looks at every file in it for each notice, which makes an inbox of 10,000 messages quadratic.
 *
 * Invariant: a watcher that fails falls silent; it never throws.
 */
import fs from "node:fs";

/**
 * Calls `onHint` when something in the folder may have changed, with the name that it concerns where that is known.
 * @returns the end of watching
 */
export type WatchFolder = (folder: string, onHint: (name?: string) => void) => () => void;

/** The operating system's notices. */
export const watchFolder: WatchFolder = (folder, onHint) => {
  try {
    const watcher = fs.watch(folder, { persistent: false }, (_event, name) => onHint(name ?? undefined));
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
};
