/**
 * The modules of the unfinished runs: which were edited, and which runs fit the new code. The check replays in a
 * process of its own, so that no user code runs in the supervisor.
 */
import { dirname, resolve } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { EXIT } from "../exit-codes.ts";
import { openParts } from "../summary-fold.ts";
import type { Child } from "./child.ts";

/** Editors save in several steps, ms. */
const SETTLING = 100;
/** Most runs of one module that are checked on a save. */
const MOST = 20;

interface ModulesParts {
  readonly store: Store;
  readonly unfinished: () => readonly RunListing[];
  /** Replays the history of a run against its code. */
  readonly check: (run: string, say: (line: string) => void) => Child;
  readonly say: (run: string, line: string) => void;
  /** It fits. @returns whether that changes anything: it was set aside, or runs the old code */
  readonly renew: (run: string) => boolean;
}

/** Watches the folders of the modules. */
export class Modules {
  readonly #parts: ModulesParts;
  readonly #watcher: FSWatcher;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #watched = new Set<string>();

  constructor(parts: ModulesParts) {
    this.#parts = parts;
    this.#watcher = watch([], {
      ignoreInitial: true,
      ignored: (path) => /[\\/](node_modules|\.workflows|\.git|dist)([\\/]|$)/.test(path),
    });
    this.#watcher.on("change", (path) => this.#saved(path)).on("add", (path) => this.#saved(path));
    this.#watcher.on("error", () => undefined);
  }

  /** Watches the folders that the runs' modules are in: what a module imports usually lies there, too. */
  watch(): void {
    for (const listing of this.#parts.unfinished()) {
      const file = this.#moduleOf(listing);
      if (file === undefined || this.#watched.has(dirname(file))) continue;
      this.#watched.add(dirname(file));
      this.#watcher.add(dirname(file));
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#watcher.close();
  }

  #moduleOf({ summary }: RunListing): string | undefined {
    const module = summary === undefined ? undefined : openParts(summary).module;
    return module === undefined ? undefined : resolve(dirname(this.#parts.store.dir), module.replace(/#[^#/\\]*$/, ""));
  }

  #saved(path: string): void {
    if (!/\.[cm]?[jt]sx?$|\.json$/.test(path)) return;
    const folder = dirname(path);
    clearTimeout(this.#timers.get(folder));
    this.#timers.set(
      folder,
      setTimeout(() => {
        this.#timers.delete(folder);
        void this.#check(folder);
      }, SETTLING),
    );
  }

  async #check(folder: string): Promise<void> {
    const runs = this.#parts
      .unfinished()
      .filter((listing) => {
        const file = this.#moduleOf(listing);
        return file !== undefined && (dirname(file) === folder || folder.startsWith(dirname(file)));
      })
      .map(({ run }) => run)
      .slice(0, MOST);
    for (const run of runs) {
      const lines: string[] = [];
      const { exitCode } = await this.#parts.check(run, (line) => lines.push(line)).ended;
      if (exitCode === EXIT.done) {
        if (this.#parts.renew(run)) this.#parts.say(run, "the edited code fits what is on record: going on with it");
        continue;
      }
      if (exitCode !== EXIT.diverged) continue; // over by now, or its module does not load: taking it up says so
      for (const line of lines) this.#parts.say(run, line);
      this.#parts.say(run, `the edited code does not fit what is on record: wf replay-diff ${run}`);
    }
  }
}
