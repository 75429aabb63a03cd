// Disks around disks: what a test changes about a file, and a disk whose syncs take their time.

import type { Disk, DiskFile } from "../../src/fs-driver/index.ts";

/** Longer than a disk that the driver takes for quick, ms. */
const SLOW_MS = 6;

/** A disk whose files are changed by `change`. */
export function withFiles(disk: Disk, change: (file: DiskFile, path: string) => Partial<DiskFile>): Disk {
  const bound = bind(disk);
  return {
    ...bound,
    open: (path, mode) => {
      const file = disk.open(path, mode);
      const whole: DiskFile = {
        facts: () => file.facts(),
        isAt: (at) => file.isAt(at),
        read: (into, position) => file.read(into, position),
        write: (bytes, position) => file.write(bytes, position),
        truncate: (length) => file.truncate(length),
        sync: () => file.sync(),
        syncLater: () => file.syncLater(),
        tryLock: (kind) => file.tryLock(kind),
        close: () => file.close(),
      };
      return { ...whole, ...change(file, path) };
    },
  };
}

/** The verbs of a disk as an object of their own. */
export function bind(disk: Disk): Disk {
  return {
    open: (path, mode) => disk.open(path, mode),
    facts: (path) => disk.facts(path),
    list: (folder) => disk.list(folder),
    makeFolder: (path) => disk.makeFolder(path),
    link: (from, to) => disk.link(from, to),
    rename: (from, to) => disk.rename(from, to),
    removeFile: (path) => disk.removeFile(path),
    removeFileLater: (path) => disk.removeFileLater(path),
    removeFolder: (path) => disk.removeFolder(path),
    syncFolder: (path) => disk.syncFolder(path),
  };
}

/** A disk so slow that the driver does not wait for its syncs in place; `onSync` is called as each such sync begins. */
export function slowDisk(disk: Disk, onSync: () => Promise<void> | void = () => undefined): Disk {
  return withFiles(disk, (file) => ({
    sync: () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
      file.sync();
    },
    syncLater: async () => {
      const begun = performance.now();
      const synced = file.syncLater();
      // What is done here is done while the sync is in flight.
      const held = onSync();
      await synced;
      await held;
      const left = SLOW_MS - (performance.now() - begun);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    },
  }));
}
