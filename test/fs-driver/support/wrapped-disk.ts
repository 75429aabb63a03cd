// The real disk with something else about it: one that counts what it lists, one that takes names for the same whatever
// their case, as macOS and Windows do.

import path from "node:path";
import { nodeDisk } from "../../../src/fs-driver/disk-node.ts";
import type { Disk } from "../../../src/fs-driver/index.ts";

/** The real disk; `listed` has every folder that was listed, in order. */
export function countingDisk(): { disk: Disk; listed: string[] } {
  const listed: string[] = [];
  const list: Disk["list"] = (folder) => {
    listed.push(folder);
    return nodeDisk.list(folder);
  };
  return { disk: { ...nodeDisk, list }, listed };
}

/** The real disk, where below `root` a name in another case is the same name. */
export function caseIgnoringDisk(root: string): Disk {
  const there = (file: string): string => {
    let found = root;
    for (const part of path
      .relative(root, file)
      .split(path.sep)
      .filter((name) => name !== "")) {
      const isFolder = nodeDisk.facts(found)?.kind === "folder";
      const names = isFolder ? nodeDisk.list(found).map(({ name }) => name) : [];
      found = path.join(found, names.find((name) => name.toLowerCase() === part.toLowerCase()) ?? part);
    }
    return found;
  };
  return {
    open: (name, mode) => {
      const file = nodeDisk.open(there(name), mode);
      return { ...file, isAt: (at) => file.isAt(there(at)) };
    },
    facts: (file) => nodeDisk.facts(there(file)),
    list: (folder) => nodeDisk.list(there(folder)),
    makeFolder: (folder) => nodeDisk.makeFolder(there(folder)),
    link: (from, to) => nodeDisk.link(there(from), there(to)),
    rename: (from, to) => nodeDisk.rename(there(from), there(to)),
    removeFile: (file) => nodeDisk.removeFile(there(file)),
    removeFileLater: (file) => nodeDisk.removeFileLater(there(file)),
    removeFolder: (folder) => nodeDisk.removeFolder(there(folder)),
    syncFolder: (folder) => nodeDisk.syncFolder(there(folder)),
  };
}
