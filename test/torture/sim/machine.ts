// A simulated machine: its disk's state, its kernel's locks, and what was done so far, every operation counted, with a
// snapshot before each and faults on order. The verbs that processes use are `sim-disk.ts`.
//
// Invariant: an operation that changes something, or makes something durable, has a number; the others have none.

import type { FileFacts } from "../../../src/fs-driver/index.ts";
import type { DiskState, NameChange, Node } from "./disk-state.ts";
import type { Fault, FaultPlan } from "./faults.ts";

/** A numbered operation, as it was begun. */
export interface Operation {
  readonly kind: string;
  readonly path: string;
  /** Functions of the file driver that asked for it, the nearest first; for syncs only. */
  readonly site?: string;
}

export interface MachineOptions {
  readonly state: DiskState;
  readonly now: () => number;
  /** Keeps a snapshot of the state before each operation, and of writes cut short. */
  readonly isRecording?: boolean;
  readonly plan?: FaultPlan;
  /** Leaves out the syncs of which this says so. */
  readonly skipsSync?: (operation: Operation) => boolean;
  /** Notes where in the driver each sync comes from. */
  readonly withSites?: boolean;
}

/** The process that has a file open. */
export interface Owner {
  readonly isDead: boolean;
  facts(path: string): FileFacts | undefined;
  run(kind: string, path: string, act: (fault?: Fault) => void): void;
}

/** An open file. */
export interface Open {
  readonly process: Owner;
  readonly node: number;
  lock?: "exclusive" | "shared";
}

/** The machine: its disk's state, its kernel's locks, and what was done so far. */
export class Machine {
  readonly operations: Operation[] = [];
  /** Indexes of the operations that failed. */
  readonly failures: number[] = [];
  readonly snapshots: DiskState[] = [];
  /** Operations with a snapshot of a write that was cut short after it had begun. */
  readonly torn: { readonly at: number; readonly state: DiskState }[] = [];
  readonly options: MachineOptions;
  nodes: Map<number, Node>;
  pending: readonly NameChange[];
  readonly open = new Set<Open>();
  readonly watchers = new Map<string, Set<() => void>>();
  #nextId: number;

  constructor(options: MachineOptions) {
    this.options = options;
    this.nodes = new Map(options.state.nodes);
    this.pending = options.state.pending;
    this.#nextId = Math.max(...this.nodes.keys()) + 1;
  }

  get state(): DiskState {
    return { nodes: new Map(this.nodes), pending: this.pending };
  }

  nextId(): number {
    return this.#nextId++;
  }

  /** Counts an operation, and says which fault it meets. */
  begin(kind: string, path: string): Fault | undefined {
    const { isRecording = false, plan, withSites = false, skipsSync } = this.options;
    if (isRecording) this.snapshots.push(this.state);
    const isSync = kind === "sync" || kind === "syncFolder";
    const operation = isSync && withSites ? { kind, path, site: siteOf() } : { kind, path };
    this.operations.push(operation);
    const fault = plan?.faultAt(this.operations);
    if (fault !== undefined && fault !== "short") this.failures.push(this.operations.length - 1);
    if (fault === undefined && isSync && skipsSync?.(operation) === true) return "skip";
    return fault;
  }

  watch = (folder: string, onHint: () => void): (() => void) => {
    const hints = this.watchers.get(folder) ?? new Set();
    this.watchers.set(folder, hints.add(onHint));
    return () => hints.delete(onHint);
  };

  hint(folder: string): void {
    setImmediate(() => {
      for (const onHint of this.watchers.get(folder) ?? []) onHint();
    });
  }
}

/** The chain of the file driver's functions on the stack. */
function siteOf(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const stack = new Error("where").stack ?? "";
  Error.stackTraceLimit = limit;
  const names = [...stack.matchAll(/^ +at (?:async )?(?:new )?([\w.#]+) /gm)].map(([, name = ""]) => name);
  const own = names.filter((name) => !/^(siteOf|Machine|SimProcess|SimFile|Object\.(sync|close)|_?wrap)/.test(name));
  return own.slice(0, 4).join(" < ");
}

export class Dead extends Error {}

export function diskError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
