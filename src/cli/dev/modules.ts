/**
 * The modules of the unfinished runs: which were saved, and which runs fit the new code. What was found is said here,
 * the comparison itself is `compare.ts`.
 *
 * Invariants:
 * 1. While the runs of a folder are compared, nobody takes them up; after that, at least one look finds them free.
 * 2. One comparison of a folder at a time; a save meanwhile is followed by another one.
 * 3. A run with the code that it was last compared with is not told of again.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { openParts } from "../summary-fold.ts";
import type { Comparisons, Verdict } from "./compare.ts";
import { Imports } from "./imports.ts";

/** Editors save in several steps, ms. */
const SETTLING = 100;
/** Most runs of a folder that are compared on a save. */
const MOST = 20;
/** What a save of is a save of code. */
const CODE = /\.[cm]?[jt]sx?$|\.json$/;
/** What is not watched, whatever is saved there. */
const IGNORED = /[\\/](node_modules|\.workflows|\.git|dist)([\\/]|$)/;
/** Most runs that are named in a line. */
const NAMED = 5;

interface ModulesParts {
  readonly store: Store;
  readonly comparisons: Comparisons;
  readonly unfinished: () => readonly RunListing[];
  readonly say: (run: string, line: string) => void;
  /** Tells of no run in particular. */
  readonly tell: (line: string) => void;
  /** Whether nothing is done about a run, whatever its code: it is paused, or another process has it. */
  readonly isLeftAlone: (listing: RunListing) => boolean;
  /** These are not to be taken up until the function that is returned is called. */
  readonly hold: (runs: readonly string[]) => () => void;
  /** Its code does not fit: the run is set aside. */
  readonly refuse: (run: string) => void;
  /** Its code fits. @returns whether that changes anything: it was set aside, or runs the old code */
  readonly renew: (run: string, isEdited: boolean) => boolean;
}

/** A run that does not fit. */
interface Misfit {
  readonly run: string;
  readonly verdict: Exclude<Verdict, { kind: "fits" }>;
  readonly isLeftAlone: boolean;
}

/** Watches the folders of the modules. */
export class Modules {
  readonly #parts: ModulesParts;
  readonly #watcher: FSWatcher;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #watched = new Set<string>();
  readonly #imports = new Imports();
  /** Folders whose runs are compared now, and whether they were saved meanwhile. */
  readonly #busy = new Map<string, "compared" | "saved again">();
  /** What each run that does not fit was last told of. */
  readonly #told = new Map<string, string>();
  #isClosed = false;

  constructor(parts: ModulesParts) {
    this.#parts = parts;
    this.#watcher = watch([], {
      ignoreInitial: true,
      ignored: (path) => IGNORED.test(path),
    });
    this.#watcher.on("change", (path) => this.#saved(path)).on("add", (path) => this.#saved(path));
    this.#watcher.on("error", () => undefined);
  }

  /**
   * Watches the folders that the runs' modules are in, and looks at what these import from elsewhere. What was saved
   * of it since a run was last at work is as if it were saved now.
   */
  watch(): void {
    const edited = new Set<string>();
    const seen = new Map<string, number>();
    const runs = this.#parts.unfinished().flatMap((listing) => {
      const file = this.#moduleOf(listing);
      return file === undefined ? [] : [{ listing, file }];
    });
    const imported = this.#imports.look(new Set(runs.map(({ file }) => file)));
    for (const { listing, file } of runs) {
      const folder = dirname(file);
      if (!this.#watched.has(folder)) {
        this.#watched.add(folder);
        this.#watcher.add(folder);
        seen.set(folder, lastSaved(folder));
      }
      const savedAt = Math.max(seen.get(folder) ?? 0, imported.get(file) ?? 0);
      if (savedAt > (listing.summary?.updatedAt ?? 0)) edited.add(folder);
    }
    for (const folder of edited) void this.#compare(folder);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#parts.comparisons.close();
    await this.#watcher.close();
  }

  #moduleOf({ summary }: RunListing): string | undefined {
    const module = summary === undefined ? undefined : openParts(summary).module;
    return module === undefined ? undefined : resolve(dirname(this.#parts.store.dir), module.replace(/#[^#/\\]*$/, ""));
  }

  #saved(path: string): void {
    if (!CODE.test(path)) return;
    const folder = dirname(path);
    clearTimeout(this.#timers.get(folder));
    this.#timers.set(
      folder,
      setTimeout(() => {
        this.#timers.delete(folder);
        void this.#compare(folder);
      }, SETTLING),
    );
  }

  async #compare(folder: string): Promise<void> {
    if (this.#busy.has(folder)) {
      this.#busy.set(folder, "saved again");
      this.#parts.comparisons.savedAgain();
      return;
    }
    this.#busy.set(folder, "compared");
    try {
      await this.#compareRuns(folder);
    } finally {
      const isSavedAgain = this.#busy.get(folder) === "saved again";
      this.#busy.delete(folder);
      if (isSavedAgain && !this.#isClosed) void this.#compare(folder);
    }
  }

  async #compareRuns(folder: string): Promise<void> {
    const { isLeftAlone, comparisons, hold, refuse } = this.#parts;
    const found = this.#parts.unfinished().flatMap((listing) => {
      const file = this.#moduleOf(listing);
      if (file === undefined || !isWithin(folder, dirname(file))) return [];
      return [{ run: listing.run, file, isLeftAlone: isLeftAlone(listing), isNear: dirname(file) === folder }];
    });
    const order = (each: (typeof found)[number]): number => Number(each.isLeftAlone) * 2 + Number(!each.isNear);
    const runs = found.toSorted((a, b) => order(a) - order(b)).slice(0, MOST);
    const release = hold(runs.map(({ run }) => run));
    const misfits: Misfit[] = [];
    try {
      for (const file of new Set(runs.map((each) => each.file))) {
        const same = runs.filter((each) => each.file === file);
        const verdicts = await comparisons.verdicts(same.map(({ run }) => run));
        for (const each of same) {
          const verdict = verdicts.get(each.run);
          if (verdict?.kind === "fits") this.#fits(each.run, verdict);
          else if (verdict !== undefined) misfits.push({ ...each, verdict });
          const isRefused = verdict?.kind === "differs" || verdict?.kind === "hangs";
          if (isRefused && !each.isLeftAlone) refuse(each.run);
        }
      }
      const news = misfits.filter((each) => this.#isNews(each));
      await this.#tell(news);
      if (news.length > 0) this.#tellOfOthers(found.length - runs.length);
    } finally {
      release();
    }
  }

  #fits(run: string, { isEdited, isWhole }: Extract<Verdict, { kind: "fits" }>): void {
    this.#told.delete(run);
    if (!this.#parts.renew(run, isEdited)) return;
    const what = isWhole
      ? "the edited code fits what is on record: going on with it"
      : `the edited code could not be compared to the end (wf replay-diff ${run}): going on with it, where it fits`;
    this.#parts.say(run, what);
  }

  /** Whether its code is another one than when it was last told of. */
  #isNews({ run, verdict }: Misfit): boolean {
    const what = verdict.kind === "fails" ? verdict.message : verdict.kind === "differs" ? verdict.code : undefined;
    if (what !== undefined && this.#told.get(run) === what) return false;
    if (what !== undefined) this.#told.set(run, what);
    return true;
  }

  /** The runs with the most differences first: what they show, the others need not. */
  async #tell(misfits: readonly Misfit[]): Promise<void> {
    const weight = ({ verdict }: Misfit): number => (verdict.kind === "differs" ? verdict.shapes.length : 0);
    /** What was shown, and of which run. */
    const shown = new Map<string, string>();
    for (const misfit of misfits.toSorted((a, b) => weight(b) - weight(a)))
      if (!misfit.isLeftAlone && !this.#isClosed) await this.#tellOf(misfit, shown);
    const others = misfits.filter(({ isLeftAlone, verdict }) => isLeftAlone && verdict.kind === "differs");
    const [first] = others;
    if (first === undefined || this.#isClosed) return;
    const names = others.slice(0, NAMED).map(({ run }) => run);
    const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
    const which = others.length === 1 ? "which is" : "which are";
    this.#parts.tell(
      `the code there does not fit ${names.join(", ")}${more}, ${which} left alone: wf replay-diff ${first.run}`,
    );
  }

  /** Those beyond the most that are compared: each is compared when it is taken up. */
  #tellOfOthers(others: number): void {
    if (others === 0 || this.#isClosed) return;
    const which =
      others === 1 ? "another run with its code there was" : `${others} more runs with their code there were`;
    this.#parts.tell(`${which} not compared: wf replay-diff --all`);
  }

  /** What is in the way of a run: of several with the same, once. */
  async #tellOf({ run, verdict }: Misfit, shown: Map<string, string>): Promise<void> {
    const { say, refuse, comparisons } = this.#parts;
    if (verdict.kind === "hangs") {
      say(run, "its code does not finish loading: set aside until it is edited");
      return;
    }
    const what = verdict.kind === "differs" ? verdict.shapes : [verdict.message];
    const before = new Set(what.map((each) => shown.get(each)));
    const isShown = what.length > 0 && !before.has(undefined);
    const same = isShown ? `, as shown for ${[...before].join(" and ")}` : "";
    if (!isShown) {
      const { lines, isMisfit } = await comparisons.words(run);
      // Its module is gone, or it fits by now: whoever takes it up will say so.
      if (!isMisfit) return;
      for (const line of lines) say(run, line);
      for (const each of what) if (!shown.has(each)) shown.set(each, run);
    }
    if (verdict.kind === "fails") {
      refuse(run);
      say(run, `its code cannot be loaded${same}: set aside until it is edited`);
    } else {
      const { isEdited } = verdict;
      say(
        run,
        `${isEdited ? "the edited code" : "its code, though unedited,"} does not fit what is on record${same}: set aside until it is edited  (wf replay-diff ${run})`,
      );
    }
  }
}

function isWithin(folder: string, outer: string): boolean {
  return folder === outer || folder.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** When code in a folder or in those below was last saved, ms since 1970; 0: nobody knows. */
function lastSaved(folder: string): number {
  try {
    const times = readdirSync(folder, { withFileTypes: true }).map((found) => {
      const path = join(folder, found.name);
      if (found.isDirectory()) return IGNORED.test(path) ? 0 : lastSaved(path);
      return CODE.test(path) ? (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) : 0;
    });
    return Math.max(0, ...times);
  } catch {
    return 0;
  }
}
