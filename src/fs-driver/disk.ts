/**
 * The disk port: every file operation of the file driver goes through these verbs, so that a test can put a disk
 * underneath that fails, lies, loses power or stops after any operation. What the bytes mean is the business of the
 * neighbours; `disk-node.ts` has the real disk.
 *
 * Invariants:
 * 1. All verbs but `syncLater` and `removeFileLater` are synchronous: one call is one operation, and operations have
 *    one order.
 * 2. Links are never followed at the end of a path.
 * 3. Files are made 0600 and folders 0700.
 * 4. Errors are Node's own (`code`: "ENOSPC", "EIO", …). Nothing is retried.
 */

/** What a path or an open file is. `device` and `inode` together are its identity. */
export interface FileFacts {
  readonly kind: "file" | "folder" | "other";
  readonly size: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** Last modification, ms since 1970, with a fraction. */
  readonly modifiedAt: number;
}

/** A name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileFacts["kind"];
}

/** `read` and `update` need the file to exist, `create` makes it if need be, `new` fails with EEXIST. */
export type OpenMode = "read" | "update" | "create" | "new";

/** An open file. */
export interface DiskFile {
  facts(): FileFacts;
  /** Whether the path leads to this file. */
  isAt(path: string): boolean;
  /** @returns the number of bytes read: fewer than asked for at the end of the file */
  read(into: Uint8Array, position: number): number;
  /** @returns the number of bytes written, which may be fewer than given: a full disk says so without an error */
  write(bytes: Uint8Array, position: number): number;
  truncate(length: number): void;
  /** Makes the file's content and length durable. */
  sync(): void;
  /** As `sync`, without holding up the process. */
  syncLater(): Promise<void>;
  /** Takes the kernel's lock on the file, or says false when another open file holds one that excludes it. */
  tryLock(kind: "exclusive" | "shared"): boolean;
  /** Closes the file, which gives back its lock. */
  close(): void;
}

/** A file system. Paths are absolute. */
export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** What is at the path, or undefined when nothing is. */
  facts(path: string): FileFacts | undefined;
  /** Names in a folder, in no particular order. */
  list(folder: string): FolderEntry[];
  /** @returns false when the folder was there already */
  makeFolder(path: string): boolean;
  /** Gives a file a second name; fails with EEXIST when the name is taken. */
  link(from: string, to: string): void;
  /** Gives a file or folder another name, in one step. */
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** As `removeFile`, without holding up the process. */
  removeFileLater(path: string): Promise<void>;
  /** Removes an empty folder. */
  removeFolder(path: string): void;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): void;
  /** What kind of file system a folder is on, when that may not keep promises: such as `NFS`. */
  doubts?(folder: string): string | undefined;
}

/** Whether two facts are about one and the same file. */
export function isSameFile(a: FileFacts, b: FileFacts): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** The code of an error that a disk threw, or undefined when it is no such error. */
export function diskErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}
