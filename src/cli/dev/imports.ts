/**
 * What modules import from outside of their folders, `../shared/x.ts` for one: looked at file by file, since the
 * folder that such a file lies in may be the whole project. Reads the modules' text and runs nothing.
 */
import { realpathSync, statSync } from "node:fs";
import { dirname, sep } from "node:path";
import { ownPackage } from "../find-workflow.ts";
import { localImports } from "../load-module/imports.ts";

interface Read {
  /** What the file was like when it was read; empty: read it again. */
  readonly stamp: string;
  readonly imports: readonly string[];
}

/** Saves of what some modules import. */
export class Imports {
  readonly #aliases = ownPackage();
  readonly #read = new Map<string, Read>();
  /** Of the files outside, as they were at the last look. */
  #stamps = new Map<string, string>();

  /**
   * Looks at what these modules import.
   * @returns by module, when one of its files outside was last saved, ms since 1970: of those that are new here, and
   * infinity where one was saved since the last look
   */
  look(modules: Iterable<string>): ReadonlyMap<string, number> {
    const news = new Map<string, number>();
    const stamps = new Map<string, string>();
    for (const module of modules) {
      const [own = module, ...files] = this.#filesOf(module);
      const folder = dirname(own) + sep;
      for (const file of files.filter((each) => !each.startsWith(folder))) {
        const stamp = stampOf(file);
        const before = this.#stamps.get(file);
        stamps.set(file, stamp);
        if (stamp === before) continue;
        const savedAt =
          before === undefined ? (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) : Number.POSITIVE_INFINITY;
        news.set(module, Math.max(savedAt, news.get(module) ?? 0));
      }
    }
    this.#stamps = stamps;
    return news;
  }

  /** The module's own file first. Links are followed. */
  #filesOf(module: string): ReadonlySet<string> {
    const files = new Set<string>();
    const add = (file: string): void => {
      if (files.has(file)) return;
      files.add(file);
      for (const each of this.#importsOf(file)) add(each);
    };
    try {
      add(realpathSync(module));
    } catch {
      // It is gone: whoever takes the run up says so.
    }
    return files;
  }

  /** Of a file that cannot be read just now: what it imported before. */
  #importsOf(file: string): readonly string[] {
    const known = this.#read.get(file);
    const stamp = stampOf(file);
    if (known?.stamp === stamp && stamp !== "") return known.imports;
    const imports = localImports(file, this.#aliases);
    const read = { stamp: imports === undefined ? "" : stamp, imports: imports ?? known?.imports ?? [] };
    this.#read.set(file, read);
    return read.imports;
  }
}

function stampOf(file: string): string {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? "" : `${facts.ino} ${facts.size} ${facts.ctimeMs}`;
}
