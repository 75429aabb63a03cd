/**
 * The errors that a store can give. They are few, each with a stable `code`; the command line maps codes to exit codes.
 *
 * Invariants:
 * 1. A message says what and where in one line; `hint` says what to do next.
 * 2. `code` is the contract; messages may be reworded.
 */

import { hostname } from "node:os";
import { diskErrorCode } from "./disk.ts";

/** Base of every error of the store. */
export abstract class StoreError extends Error {
  /** Stable, machine-readable name of the error's kind. */
  abstract readonly code: string;
  /** What to do next, for people. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** Who owns a run, as far as is known. */
export interface Owner {
  readonly pid?: number;
  readonly host?: string;
  /** Since when, ms since 1970. */
  readonly since?: number;
}

/** Another process owns the run, or this one opened it before and has not closed it (exit code 6). */
export class OwnedError extends StoreError {
  readonly code: string = "owned";
  readonly run: string;
  readonly owner: Owner;
  constructor(run: string, owner: Owner, message?: string) {
    const isOurs = owner.pid === process.pid && owner.host === hostname();
    super(
      message ??
        (isOurs
          ? `run "${run}" is owned by this process, which opened it before`
          : `run "${run}" is owned by another process${describeOwner(owner)}`),
      isOurs ? "close that driver first" : "wait for it, or stop it first",
    );
    this.run = run;
    this.owner = owner;
  }
}

function describeOwner(owner: Owner): string {
  if (owner.pid === undefined) return "";
  const host = owner.host === undefined ? "" : ` on ${owner.host}`;
  const since = owner.since === undefined ? "" : ` since ${new Date(owner.since).toISOString()}`;
  return ` (pid ${owner.pid}${host}${since})`;
}

/** What is wrong with a history, and what is still good. */
export interface Damage {
  readonly file: string;
  /** Byte offset at which reading stopped. */
  readonly offset: number;
  /** Number of the record that cannot be read; 0 is the header. */
  readonly record: number;
  readonly reason: string;
  /** Events and bytes before it that are good. */
  readonly goodEvents: number;
}

/** A history cannot be read, and it is no torn tail (exit code 7). Nothing was changed. */
export class CorruptError extends StoreError {
  readonly code: string = "corrupt";
  readonly run: string;
  readonly damage: Damage;
  constructor(run: string, damage: Damage) {
    const { file, offset, record, reason, goodEvents } = damage;
    const where = record === 0 ? "header" : `record ${record}`;
    const good = goodEvents === 1 ? "1 event before it is good" : `${goodEvents} events before it are good`;
    super(
      `${file} is corrupt at byte ${offset} (${where}): ${reason}; ${good}`,
      `wf doctor ${run} --repair  keeps a copy and says what is lost`,
    );
    this.run = run;
    this.damage = damage;
  }
}

/** What helps, by the operating system's name of the error. */
const HELP: Readonly<Record<string, string>> = {
  EACCES: "check the rights on that path",
  EPERM: "check the rights on that path",
  EROFS: "that file system can only be read: use another",
  ENOSPC: "make room",
  EDQUOT: "make room",
  EFBIG: "keep large values in files of your own, and their paths on record",
  EMFILE: "too many files are open: close some, or raise the limit",
  ENFILE: "too many files are open: close some, or raise the limit",
};

/** The disk said no (exit code 8). What is on record is safe: a run that has begun can be resumed once the disk is well. */
export class DiskError extends StoreError {
  readonly code: string = "disk";
  /** The operating system's name of the error, such as `ENOSPC`. */
  readonly reason: string;
  /** `outcome`: what there is now, where that is sure. */
  constructor(doing: string, reason: string, cause?: unknown, outcome?: string) {
    const because = cause instanceof Error ? cause.message : reason;
    const hint = `${HELP[reason] ?? "check the disk"}, then try again`;
    super(`the disk said no while ${doing}: ${because}`, outcome === undefined ? hint : `${hint}: ${outcome}`, {
      cause,
    });
    this.reason = reason;
  }
}

/** No run has this id (exit code 4). */
export class NotFoundError extends StoreError {
  readonly code: string = "not_found";
  /** Ids that look like what was asked for. */
  readonly suggestions: readonly string[];
  constructor(wanted: string, suggestions: readonly string[] = []) {
    const similar = suggestions.length === 0 ? "" : `did you mean ${suggestions.join(" or ")}?  `;
    super(`no run matches ${JSON.stringify(wanted)}`, `${similar}(wf list shows all)`);
    this.suggestions = suggestions;
  }
}

/** An id that cannot be used, or that stands for several runs (exit code 2). */
export class BadIdError extends StoreError {
  readonly code: string = "bad_id";
}

/** What was asked cannot be done because the run is over (exit code 1). */
export class FinishedError extends StoreError {
  readonly code: string = "finished";
  readonly state: string;
  constructor(run: string, state: string) {
    super(`run "${run}" is ${state} and receives no more messages`, `wf inspect ${run}`);
    this.state = state;
  }
}

/** The message id was used before, for another message (exit code 2). */
export class IdConflictError extends StoreError {
  readonly code: string = "id_conflict";
  constructor(id: string) {
    super(`message id ${JSON.stringify(id)} was used before for another message`, "choose another --id");
  }
}

/** The driver or store was closed. */
export class ClosedError extends StoreError {
  readonly code: string = "closed";
}

/** What a disk threw, as an error for people. */
export function asDiskError(doing: string, error: unknown, outcome?: string): DiskError {
  return new DiskError(doing, diskErrorCode(error) ?? "EIO", error, outcome);
}

/** Runs something that uses the disk: what the disk throws becomes a DiskError, all else passes. */
export function guarded<T>(doing: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw diskErrorCode(error) === undefined ? error : asDiskError(doing, error);
  }
}
