// What is on a simulated disk: the page cache that processes see, and what the platter would have after a power cut.
// Plain immutable data, so that a snapshot costs nothing; the verbs are `sim-disk.ts`, the power cut `power-loss.ts`.
//
// Invariants:
// 1. A node and a name change are never changed after they were made, only replaced.
// 2. `versions[0]` of a file is what its last good sync left; the last one is what a good sync now would leave.
// 3. After a failed sync the kernel believes the pages clean: what they hold is read, but only written again if it is
//    changed again, page by page.

export const SECTOR = 512;
export const PAGE = 4096;

export interface FileNode {
  readonly kind: "file";
  readonly id: number;
  /** What a process reads. */
  readonly content: Uint8Array;
  /** What the platter may have, from the last sync on. */
  readonly versions: readonly Uint8Array[];
  readonly modifiedAt: number;
}

export interface FolderNode {
  readonly kind: "folder";
  readonly id: number;
  readonly entries: ReadonlyMap<string, number>;
  readonly durable: ReadonlyMap<string, number>;
  readonly modifiedAt: number;
}

export type Node = FileNode | FolderNode;

/** Names that came, went or moved in one step. */
export interface NameChange {
  readonly changes: readonly { readonly folder: number; readonly name: string; readonly to: number | undefined }[];
}

export interface DiskState {
  readonly nodes: ReadonlyMap<number, Node>;
  /** Not yet made durable by a sync of one of the folders concerned, in order. */
  readonly pending: readonly NameChange[];
}

export const ROOT = 1;

/** A disk with one folder for a project. */
export function emptyDisk(): DiskState {
  const entries = new Map([["project", 2]]);
  const none = new Map<string, number>();
  const at = 0;
  return {
    nodes: new Map<number, Node>([
      [ROOT, { kind: "folder", id: ROOT, entries, durable: entries, modifiedAt: at }],
      [2, { kind: "folder", id: 2, entries: none, durable: none, modifiedAt: at }],
    ]),
    pending: [],
  };
}

/** Every path on the disk, with the content of files; folders end in a slash. */
export function contentsOf(state: DiskState): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const walk = (id: number, path: string): void => {
    const node = state.nodes.get(id);
    if (node?.kind === "file") found.set(path, node.content);
    if (node?.kind !== "folder") return;
    if (id !== ROOT) found.set(`${path}/`, new Uint8Array());
    for (const [name, child] of node.entries) walk(child, `${path}/${name}`);
  };
  walk(ROOT, "");
  return found;
}

/** Name changes done to maps of entries, in order. */
export function applyNames(entries: Map<number, Map<string, number>>, changes: readonly NameChange[]): void {
  for (const { changes: parts } of changes) {
    for (const { folder, name, to } of parts) {
      if (to === undefined) entries.get(folder)?.delete(name);
      else entries.get(folder)?.set(name, to);
    }
  }
}
