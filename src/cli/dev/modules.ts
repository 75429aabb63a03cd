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
  /** Its code fits. @returns whether that changes anything: it was set aside, or runs the old code */
  readonly renew: (run: string, isEdited: boolean) => boolean;
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
    /** What was shown of an earlier run, and which. */
    const shown = new Map<string, string>();
    for (const run of runs) {
      const lines: string[] = [];
      const { exitCode } = await this.#parts.check(run, (line) => lines.push(line)).ended;
      if (exitCode === EXIT.done) {
        // Others of the folder were saved, or it is again what the run knows.
        const isEdited = !headOf(lines).some((line) => line.includes("(unchanged)"));
        if (this.#parts.renew(run, isEdited))
          this.#parts.say(run, "the edited code fits what is on record: going on with it");
      } else if (exitCode === EXIT.diverged || exitCode === EXIT.usage) this.#tell(run, lines, shown, exitCode);
    }
  }

  /** What is in the way of a run: of several with the same, once. */
  #tell(run: string, lines: readonly string[], shown: Map<string, string>, exitCode: number): void {
    const what = lines.slice(exitCode === EXIT.diverged ? headOf(lines).length : 0).join("\n");
    const before = shown.get(what);
    shown.set(what, before ?? run);
    if (before === undefined) for (const line of lines) this.#parts.say(run, line);
    const same = before === undefined ? "" : `, just as with ${before}`;
    if (exitCode === EXIT.diverged)
      this.#parts.say(run, `the edited code does not fit what is on record${same}: wf replay-diff ${run}`);
    else if (before !== undefined) this.#parts.say(run, `the edited code cannot be loaded${same}`);
  }
}

/** What a comparison says before it begins: of which run, against which code. */
function headOf(lines: readonly string[]): readonly string[] {
  const end = lines.indexOf("");
  return end < 0 ? lines : lines.slice(0, end);
}
