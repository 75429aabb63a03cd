// A process' view of a simulated machine's disk: the verbs of the file driver's disk, over the state in memory. It dies
// with its process.

import type { Disk, DiskFile, FileFacts, FolderEntry, OpenMode } from "../../../src/fs-driver/index.ts";
import { applyNames, type FolderNode, type NameChange, type Node, ROOT } from "./disk-state.ts";
import type { Fault } from "./faults.ts";
import { Dead, diskError, type Machine, type Open } from "./machine.ts";
import { factsOf, SimFile } from "./sim-file.ts";

/** A process' view of the disk. */
export class SimProcess implements Disk {
  readonly machine: Machine;
  isDead = false;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The process is gone: its locks are free, and whatever it still tries fails. */
  die(): void {
    this.isDead = true;
    for (const open of this.machine.open) if (open.process === this) this.machine.open.delete(open);
  }

  #alive(): void {
    if (this.isDead) throw new Dead("the process is dead");
  }

  /** Runs a numbered operation under its fault. */
  run(kind: string, path: string, act: (fault?: Fault) => void): void {
    this.#alive();
    const fault = this.machine.begin(kind, path);
    if (fault === "kill-before") this.die();
    this.#alive();
    if (fault === "skip") return;
    if (fault !== undefined && fault !== "kill-after" && fault !== "short") {
      if (kind === "sync") act(fault);
      throw diskError(fault, `${kind} ${path}`);
    }
    act(fault);
    if (fault === "kill-after") this.die();
    this.#alive();
  }

  find(path: string): { parent: FolderNode; name: string; node: Node | undefined } {
    this.#alive();
    const parts = path.split("/").filter((part) => part !== "");
    const name = parts.pop() ?? "";
    let parent = this.machine.nodes.get(ROOT);
    for (const part of parts) {
      if (parent?.kind !== "folder") throw diskError("ENOTDIR", path);
      const next = parent.entries.get(part);
      if (next === undefined) throw diskError("ENOENT", path);
      parent = this.machine.nodes.get(next);
    }
    if (parent?.kind !== "folder") throw diskError("ENOTDIR", path);
    const id = name === "" ? ROOT : parent.entries.get(name);
    return { parent, name, node: id === undefined ? undefined : this.machine.nodes.get(id) };
  }

  open(path: string, mode: OpenMode): DiskFile {
    const { parent, name, node } = this.find(path);
    if (node !== undefined) {
      if (mode === "new") throw diskError("EEXIST", path);
      if (node.kind === "folder") throw diskError("EISDIR", path);
      return this.#opened(node.id, path);
    }
    if (mode === "read" || mode === "update") throw diskError("ENOENT", path);
    const id = this.machine.nextId();
    this.run("create", path, () => {
      const none = new Uint8Array();
      const modifiedAt = this.machine.options.now();
      this.machine.nodes.set(id, { kind: "file", id, content: none, versions: [none], modifiedAt });
      this.names([{ folder: parent.id, name, to: id }]);
    });
    return this.#opened(id, path);
  }

  #opened(node: number, path: string): DiskFile {
    const open: Open = { process: this, node };
    this.machine.open.add(open);
    return new SimFile(this.machine, open, path);
  }

  facts(path: string): FileFacts | undefined {
    try {
      const { node } = this.find(path);
      return node === undefined ? undefined : factsOf(node);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  list(folder: string): FolderEntry[] {
    const { node } = this.find(folder);
    if (node === undefined) throw diskError("ENOENT", folder);
    if (node.kind !== "folder") throw diskError("ENOTDIR", folder);
    return [...node.entries].map(([name, id]) => ({ name, kind: this.machine.nodes.get(id)?.kind ?? "other" }));
  }

  makeFolder(path: string): boolean {
    const { parent, name, node } = this.find(path);
    if (node !== undefined) return false;
    const id = this.machine.nextId();
    this.run("makeFolder", path, () => {
      const modifiedAt = this.machine.options.now();
      this.machine.nodes.set(id, { kind: "folder", id, entries: new Map(), durable: new Map(), modifiedAt });
      this.names([{ folder: parent.id, name, to: id }]);
    });
    return true;
  }

  link(from: string, to: string): void {
    const source = this.#there(from);
    const target = this.find(to);
    if (target.node !== undefined) throw diskError("EEXIST", to);
    this.run("link", to, () => this.names([{ folder: target.parent.id, name: target.name, to: source.id }]));
    this.machine.hint(to.slice(0, to.lastIndexOf("/")));
  }

  rename(from: string, to: string): void {
    const source = this.find(from);
    const { id } = this.#there(from);
    const target = this.find(to);
    if (target.node?.kind === "folder" && target.node.entries.size > 0) throw diskError("ENOTEMPTY", to);
    this.run("rename", to, () =>
      this.names([
        { folder: source.parent.id, name: source.name, to: undefined },
        { folder: target.parent.id, name: target.name, to: id },
      ]),
    );
  }

  removeFile(path: string): void {
    const { parent, name } = this.find(path);
    this.#there(path);
    this.run("removeFile", path, () => this.names([{ folder: parent.id, name, to: undefined }]));
  }

  async removeFileLater(path: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.removeFile(path);
  }

  removeFolder(path: string): void {
    const { parent, name, node } = this.find(path);
    if (node?.kind !== "folder") throw diskError("ENOENT", path);
    if (node.entries.size > 0) throw diskError("ENOTEMPTY", path);
    this.run("removeFolder", path, () => this.names([{ folder: parent.id, name, to: undefined }]));
  }

  syncFolder(path: string): void {
    const { node } = this.find(path);
    if (node?.kind !== "folder") throw diskError("ENOENT", path);
    this.run("syncFolder", path, () => syncNames(this.machine, node.id));
  }

  #there(path: string): Node {
    const { node } = this.find(path);
    if (node === undefined) throw diskError("ENOENT", path);
    return node;
  }

  names(changes: NameChange["changes"]): void {
    const { machine } = this;
    machine.pending = [...machine.pending, { changes }];
    for (const { folder, name, to } of changes) {
      const node = machine.nodes.get(folder);
      if (node?.kind !== "folder") continue;
      const entries = new Map(node.entries);
      if (to === undefined) entries.delete(name);
      else entries.set(name, to);
      machine.nodes.set(folder, { ...node, entries, modifiedAt: machine.options.now() });
    }
  }
}

function syncNames(machine: Machine, folder: number): void {
  const concerns = ({ changes }: NameChange): boolean => changes.some((change) => change.folder === folder);
  const durable = new Map<number, Map<string, number>>();
  for (const node of machine.nodes.values()) if (node.kind === "folder") durable.set(node.id, new Map(node.durable));
  applyNames(durable, machine.pending.filter(concerns));
  machine.pending = machine.pending.filter((change) => !concerns(change));
  for (const [id, entries] of durable) {
    const node = machine.nodes.get(id);
    if (node?.kind === "folder") machine.nodes.set(id, { ...node, durable: entries });
  }
}
