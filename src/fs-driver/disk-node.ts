/**
 * The real disk. Owns flags, permissions and the place of the lock; leaves all policy to its callers.
 *
 * Invariants: those of `disk.ts`, and
 * 1. The lock is one byte far beyond the end of any file, since locks are mandatory on Windows.
 */
import fs from "node:fs";
import { tryLock } from "fs-native-extensions";
import { type Disk, type DiskFile, type FileFacts, type FolderEntry, isSameFile, type OpenMode } from "./disk.ts";
import { doubtfulFileSystem } from "./file-systems.ts";

const LOCK_OFFSET = 2 ** 46;
const isWindows = process.platform === "win32";
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  update: O_RDWR,
  create: O_RDWR | O_CREAT,
  new: O_RDWR | O_CREAT | O_EXCL,
};

/** The machine's own disk. */
export const nodeDisk: Disk = {
  open: (path, mode) => openFile(path, mode),
  facts(path) {
    const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : factsOf(stats);
  },
  list: (folder) => fs.readdirSync(folder, { withFileTypes: true }).map(entryOf),
  makeFolder(path) {
    try {
      fs.mkdirSync(path, 0o700);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    }
  },
  link: (from, to) => fs.linkSync(from, to),
  rename: (from, to) => fs.renameSync(from, to),
  removeFile: (path) => fs.unlinkSync(path),
  removeFileLater: (path) =>
    new Promise((resolve, reject) => fs.unlink(path, (error) => (error === null ? resolve() : reject(error)))),
  removeFolder: (path) => fs.rmdirSync(path),
  doubts(folder) {
    return process.platform === "linux" ? doubtfulFileSystem(fs.statfsSync(folder).type) : undefined;
  },
  syncFolder(path) {
    if (isWindows) return; // A folder cannot be opened there, and NTFS journals its names.
    const fd = fs.openSync(path, O_RDONLY);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
};

function openFile(path: string, mode: OpenMode): DiskFile {
  const fd = fs.openSync(path, FLAGS[mode] | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const facts = (): FileFacts => factsOf(fs.fstatSync(fd, { bigint: true }));
  return {
    facts,
    isAt: (path) => isFileAt(fd, path, facts),
    read: (into, position) => fs.readSync(fd, into, 0, into.length, position),
    write: (bytes, position) => fs.writeSync(fd, bytes, 0, bytes.length, position),
    truncate: (length) => fs.ftruncateSync(fd, length),
    sync: () => fs.fdatasyncSync(fd),
    syncLater: () =>
      new Promise((resolve, reject) => {
        fs.fdatasync(fd, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      }),
    tryLock: (kind) => tryLock(fd, LOCK_OFFSET, 1, { shared: kind === "shared" }),
    close: () => fs.closeSync(fd),
  };
}

/**
 * Whether a path leads to the open file. Where the path is the kernel's own name for the file, it does: looking at the
 * file's times instead makes Linux (6.13 and later) note the next write's time exactly, which costs the sync after it
 * 50 µs. A path over a link, which may lead elsewhere by now, is no such name.
 */
function isFileAt(fd: number, path: string, facts: () => FileFacts): boolean {
  if (nameOf(fd) === path) return true;
  const there = nodeDisk.facts(path);
  return there !== undefined && isSameFile(there, facts());
}

/** The path by which the kernel knows an open file now, where it tells. */
function nameOf(fd: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const name = fs.readlinkSync(`/proc/self/fd/${fd}`);
    return name.endsWith(" (deleted)") ? undefined : name;
  } catch {
    return undefined; // Without /proc.
  }
}

function factsOf(stats: fs.BigIntStats): FileFacts {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    device: stats.dev,
    inode: stats.ino,
    modifiedAt: Number(stats.mtimeNs) / 1e6,
  };
}

function entryOf(entry: fs.Dirent): FolderEntry {
  return { name: entry.name, kind: kindOf(entry) };
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileFacts["kind"] {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "folder" : "other";
}
