// An open file on a simulated disk.
//
// Invariants:
// 1. Locks belong to open files, and go with their process.
// 2. A sync that is in flight covers what was written before it began.

import type { DiskFile, FileFacts } from "../../../src/fs-driver/index.ts";
import { type FileNode, type Node, PAGE } from "./disk-state.ts";
import type { Fault } from "./faults.ts";
import { Dead, diskError, type Machine, type Open } from "./machine.ts";

/** What a process is told of a node. */
export function factsOf(node: Node): FileFacts {
  const { kind, id, modifiedAt } = node;
  return { kind, size: node.kind === "file" ? node.content.length : 0, device: 1n, inode: BigInt(id), modifiedAt };
}

/** An open file. */
export class SimFile implements DiskFile {
  readonly #open: Open;
  readonly #path: string;

  readonly #machine: Machine;

  constructor(machine: Machine, open: Open, path: string) {
    this.#machine = machine;
    this.#open = open;
    this.#path = path;
  }

  get #node(): FileNode {
    if (this.#open.process.isDead) throw new Dead("the process is dead");
    if (!this.#machine.open.has(this.#open)) throw diskError("EBADF", this.#path);
    const node = this.#machine.nodes.get(this.#open.node);
    if (node?.kind !== "file") throw diskError("EBADF", this.#path);
    return node;
  }

  facts(): FileFacts {
    return factsOf(this.#node);
  }

  isAt(path: string): boolean {
    return this.#open.process.facts(path)?.inode === BigInt(this.#node.id);
  }

  read(into: Uint8Array, position: number): number {
    const part = this.#node.content.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number): number {
    const before = this.#node;
    const at = this.#machine.operations.length;
    let count = bytes.length;
    this.#open.process.run("write", this.#path, (fault) => {
      if (fault === "short") count = bytes.length >> 1;
      this.#write(before, bytes.subarray(0, count), position);
    });
    if (this.#machine.options.isRecording === true) this.#recordTorn(at, before, bytes, position);
    return count;
  }

  #recordTorn(at: number, before: FileNode, bytes: Uint8Array, position: number): void {
    const state = this.#machine.snapshots[at];
    if (state === undefined) return;
    for (const count of new Set([1, 27, bytes.length >> 1, bytes.length - 1])) {
      if (count <= 0 || count >= bytes.length) continue;
      const node = written(before, bytes.subarray(0, count), position, before.modifiedAt);
      this.#machine.torn.push({ at, state: { ...state, nodes: new Map(state.nodes).set(node.id, node) } });
    }
  }

  #write(before: FileNode, bytes: Uint8Array, position: number): void {
    this.#machine.nodes.set(before.id, written(before, bytes, position, this.#machine.options.now()));
  }

  truncate(length: number): void {
    const node = this.#node;
    this.#open.process.run("truncate", this.#path, () => {
      const cut = (bytes: Uint8Array): Uint8Array => resized(bytes, length);
      const versions = [...node.versions, cut(node.versions.at(-1) ?? node.content)];
      const modifiedAt = this.#machine.options.now();
      this.#machine.nodes.set(node.id, { ...node, content: cut(node.content), versions, modifiedAt });
    });
  }

  sync(): void {
    const { id, versions } = this.#node;
    this.#open.process.run("sync", this.#path, (fault) => this.#settle(id, versions.length, fault));
  }

  async syncLater(): Promise<void> {
    const { id, versions } = this.#node;
    await new Promise((resolve) => setImmediate(resolve));
    this.#open.process.run("sync", this.#path, (fault) => this.#settle(id, versions.length, fault));
  }

  #settle(id: number, count: number, fault: Fault | undefined): void {
    const node = this.#machine.nodes.get(id);
    if (node?.kind !== "file") return;
    const versions =
      fault === undefined || fault === "kill-after" || fault === "short"
        ? node.versions.slice(count - 1)
        : node.versions.slice(0, 1); // Invariant 3 of the state: nothing is dirty any more, and nothing was written.
    this.#machine.nodes.set(id, { ...node, versions });
  }

  tryLock(kind: "exclusive" | "shared"): boolean {
    const { id } = this.#node;
    for (const other of this.#machine.open) {
      if (other === this.#open || other.node !== id || other.lock === undefined) continue;
      if (kind === "exclusive" || other.lock === "exclusive") return false;
    }
    this.#open.lock = kind;
    return true;
  }

  close(): void {
    this.#machine.open.delete(this.#open);
  }
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes.slice(0, length);
  const grown = new Uint8Array(length);
  grown.set(bytes);
  return grown;
}

function written(node: FileNode, bytes: Uint8Array, position: number, modifiedAt: number): FileNode {
  const end = position + bytes.length;
  const content = resized(node.content, Math.max(node.content.length, end));
  content.set(bytes, position);
  const last = node.versions.at(-1) ?? new Uint8Array();
  let next = content;
  if (last !== node.content && Buffer.compare(last, node.content) !== 0) {
    // Only the pages that were touched are dirty: of the others the platter keeps what it had.
    const from = Math.floor(position / PAGE) * PAGE;
    const page = content.subarray(from, Math.ceil(end / PAGE) * PAGE);
    next = resized(last, Math.max(last.length, from + page.length));
    next.set(page, from);
  }
  return { ...node, content, versions: [...node.versions, next], modifiedAt };
}
