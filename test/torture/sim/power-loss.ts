// A power cut: of all that no sync has made durable, some is there and some is not. Pure; every choice comes from the
// random numbers given, so that a state can be made again.
//
// Unsynced bytes are lost, kept, kept in part, or kept in any mixture by sectors; the length may be any that was on the
// way; sectors that were never written are zero. Unsynced names are lost or kept one by one, a rename as a whole.

import {
  applyNames,
  type DiskState,
  type FileNode,
  type FolderNode,
  type NameChange,
  type Node,
  SECTOR,
} from "./disk-state.ts";
import type { Random } from "./random.ts";

/** The disk as the machine finds it when the power is back. */
export function losePower(state: DiskState, random: Random): DiskState {
  const kept = keptNames(state.pending, random);
  const entries = new Map<number, Map<string, number>>();
  for (const node of state.nodes.values()) if (node.kind === "folder") entries.set(node.id, new Map(node.durable));
  applyNames(entries, kept);
  const mood = random.pick(["old", "new", "each", "each", "mixed", "mixed"] as const);
  const nodes = new Map<number, Node>();
  for (const node of state.nodes.values()) {
    if (node.kind === "folder") nodes.set(node.id, settledFolder(node, entries.get(node.id) ?? new Map()));
    else nodes.set(node.id, settledFile(node, contentAfter(node, mood, random)));
  }
  return { nodes, pending: [] };
}

function keptNames(pending: readonly NameChange[], random: Random): readonly NameChange[] {
  switch (random.pick(["none", "all", "prefix", "some", "some"] as const)) {
    case "none":
      return [];
    case "all":
      return pending;
    case "prefix":
      return pending.slice(0, random.below(pending.length + 1));
    case "some":
      return pending.filter(() => random.chance(0.5));
  }
}

function settledFolder(node: FolderNode, entries: ReadonlyMap<string, number>): FolderNode {
  return { ...node, entries, durable: entries };
}

function settledFile(node: FileNode, content: Uint8Array): FileNode {
  return { ...node, content, versions: [content] };
}

type Mood = "old" | "new" | "each" | "mixed";

function contentAfter({ versions }: FileNode, mood: Mood, random: Random): Uint8Array {
  const [oldest = new Uint8Array()] = versions;
  const newest = versions.at(-1) ?? oldest;
  if (versions.length === 1 || mood === "old") return oldest;
  if (mood === "new") return newest;
  if (mood === "each") return random.pick(versions);
  const size = lengthAfter(versions, random);
  const content = new Uint8Array(size);
  for (let at = 0; at < size; at += SECTOR) {
    const version = random.pick(versions);
    content.set(version.subarray(at, Math.min(at + SECTOR, size)), at);
  }
  return content;
}

/** A length that the file had, or one on the way from one to the next. */
function lengthAfter(versions: readonly Uint8Array[], random: Random): number {
  const index = random.below(versions.length);
  const { length } = versions[index] ?? new Uint8Array();
  const next = versions[index + 1]?.length ?? length;
  if (next <= length || random.chance(0.5)) return length;
  const between = length + random.below(next - length + 1);
  return random.chance(0.5) ? between : Math.min(next, Math.ceil(between / SECTOR) * SECTOR);
}
