/**
 * Watching a folder: a hint that something may have changed, never the truth. A port of its own, since no test of the
 * disk can fake the operating system's notices; whoever watches polls as well.
 *
 * Invariants:
 * 1. A watcher that fails falls silent; it never throws.
 * 2. Chokidar is loaded when something is watched first, and not by a command that only reads or sends.
 */
/** Calls `onHint` when something in the folder may have changed. @returns the end of watching */
export type WatchFolder = (folder: string, onHint: () => void) => () => void;

/** The operating system's notices, by chokidar. */
export const watchFolder: WatchFolder = (folder, onHint) => {
  const aborter = new AbortController();
  void startWatching(folder, onHint, aborter.signal).catch(() => undefined);
  return () => aborter.abort();
};

async function startWatching(folder: string, onHint: () => void, signal: AbortSignal): Promise<void> {
  const { watch } = await import("chokidar");
  if (signal.aborted) return;
  // Only the folder itself is watched: its files are none of the watcher's business.
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, ignored: (path) => path !== folder });
  watcher.on("raw", onHint);
  watcher.on("error", () => undefined);
  signal.addEventListener("abort", () => void watcher.close());
  // What came while chokidar was being loaded.
  onHint();
}
