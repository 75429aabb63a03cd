/**
 * The values with which a comparison goes on past what is not recorded: what the caller assumes, nothing where nothing
 * is the only answer, and `undefined` for an inserted step, which is what it gives where it is left out on recorded
 * runs. Whether the code can do with that is for the caller to judge: see `isMisled`.
 */
import type { Place } from "../history/entries.ts";
import type { EntryKind } from "../history/events.ts";
import { formatLocation, type Location } from "../history/location.ts";
import type { Finding } from "./ledger.ts";
import type { ReplayEntry, Verdict } from "./report.ts";
import { virtualPlace, VOID_KINDS } from "./virtual.ts";

/** So many steps are left out. Code that asks for ever more of them waits for one to answer. */
const LEFT_OUT = 100;

/** What the code does when a value is not what it expects: it throws, returns early, or takes another way. */
const MISLED: readonly Verdict[] = ["missing", "threw", "result", "branches"];

/** A value to go on with. */
export interface Supplied {
  readonly value: unknown;
}

/** The scope in which an unrecorded entry stands. */
interface Standing {
  /** It stands inside something that is inserted itself. */
  readonly isInserted: boolean;
  /** The time of its last answer, ms since 1970. */
  readonly answeredAt: number;
}

/** The values of one comparison. */
export class SuppliedValues {
  /** Inserted steps that were taken to give undefined. */
  leftOut = 0;
  readonly #assumed: ReadonlyMap<string, Supplied>;
  readonly #leavesOut: boolean;
  readonly #beyond: number;

  /**
   * @param assumed by formatted location
   * @param leavesOut goes on past inserted steps as if they gave undefined
   * @param beyond a `seq` after all that is recorded
   */
  constructor(assumed: ReadonlyMap<string, Supplied>, leavesOut: boolean, beyond: number) {
    this.#assumed = assumed;
    this.#leavesOut = leavesOut;
    this.#beyond = beyond;
  }

  /** Whether the caller has a value for a location. */
  isAssumed(location: Location): boolean {
    return this.#assumed.has(formatLocation(location));
  }

  /**
   * A place that answers for an unrecorded entry; undefined: nobody has a value for it.
   * @param isLicensed `removed` lets it run
   */
  placeFor(finding: Finding, isLicensed: boolean, { isInserted, answeredAt }: Standing): Place | undefined {
    const supplied = this.#valueFor(finding, isLicensed, isInserted);
    if (supplied === undefined) return undefined;
    const name = String(finding.location.at(-1));
    return virtualPlace(finding.kind as EntryKind, name, supplied.value, { seq: this.#beyond, at: answeredAt });
  }

  #valueFor(finding: Finding, isLicensed: boolean, isInside: boolean): Supplied | undefined {
    const { verdict, kind } = finding;
    const assumed = this.#assumed.get(formatLocation(finding.location));
    if (assumed !== undefined) return assumed;
    if ((verdict !== "next" || isLicensed) && VOID_KINDS.includes(kind)) return NOTHING;
    const isInFront = verdict === "inserted" && finding.isFollowed === true && kind === "step";
    if (!isInFront || isInside || !this.#leavesOut) return undefined;
    if (this.leftOut++ >= LEFT_OUT) return undefined;
    finding.detail = "what follows is compared as if it were left out";
    return NOTHING;
  }
}

const NOTHING: Supplied = { value: undefined };

/** Of the notes on parameters, only another body of a message is a difference. */
export function isAstray({ verdict, level }: ReplayEntry): boolean {
  return MISLED.includes(verdict) || (verdict === "changed" && level === "difference");
}

/** Whether code may have gone astray since it was given undefined: then nothing can be said of what stands behind. */
export function isMisled({ leftOut }: SuppliedValues, entries: readonly ReplayEntry[]): boolean {
  if (leftOut === 0) return false;
  const first = entries.findIndex(({ verdict }) => verdict === "inserted");
  const behind = entries.slice(Math.max(0, first));
  return leftOut > LEFT_OUT || behind.some(isAstray);
}
