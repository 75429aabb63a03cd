/** What a supervisor remembers of each run: which are over, set aside, or not to be tried again yet. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { openParts } from "../summary-fold.ts";

/** No file at all. */
export const NOTHING: ReadonlySet<string> = new Set();
/** Stands for what the journal will be like once the pause is recorded, or the child has ended. */
export const UNKNOWN = "unknown";

/** What is remembered of a run. */
interface Known {
  /** Size and time of the journal of a run that is over: such a run is not looked at again. */
  over?: string;
  /** Files in the inbox that its last child has met, or that it does not wait for. */
  inbox: ReadonlySet<string>;
  notBefore: number;
  /** Set aside while its journal is like this: once somebody has gone on with it, it is a run like any other. */
  setAside: string | undefined;
  /** `paused`: by this supervisor, since it kept dying. `renewed`: and its code was edited since. */
  deadly: "paused" | "renewed" | undefined;
}

/** The runs of one store. */
export class Ledger {
  readonly #store: Store;
  readonly #known = new Map<string, Known>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What is known of a run; it is changed in place. */
  of(run: string): Known {
    const known = this.#known.get(run) ?? { inbox: NOTHING, notBefore: 0, setAside: undefined, deadly: undefined };
    this.#known.set(run, known);
    return known;
  }

  /** What the journal of a run is like now; empty: it is gone, or cannot be read just now. */
  stampOf(run: string): string {
    try {
      const { ino, size, mtimeMs } = statSync(join(this.#store.dir, run, "history.cbor"));
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return "";
    }
  }

  /** @param listing the run as it is: one that was only woken since stays set aside, its code fits no better */
  isSetAside(run: string, listing?: RunListing): boolean {
    const known = this.of(run);
    const stamp = this.stampOf(run);
    if (known.setAside === undefined || known.setAside === UNKNOWN || known.setAside === stamp)
      return known.setAside !== undefined;
    const summary = known.deadly === undefined ? listing?.summary : undefined;
    if (summary === undefined || openParts(summary).isWoken !== true) return false;
    known.setAside = stamp;
    return true;
  }
}
