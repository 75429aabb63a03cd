/**
 * `getVersion` and `removed`: what changed code says to recorded runs. Both answer at once, even while replaying; what
 * they record is held back until the gate has opened; behind a sealed gate it is not recorded at all.
 *
 * Invariant: they answer without running, so a licence that stands before one of them is for what follows it.
 */
import { never } from "../execution/fibers.ts";
import type { Scope } from "../execution/scope.ts";
import type { Entry } from "../history/entries.ts";
import type { NewEvent } from "../history/events.ts";
import type { EntryKind } from "../history/events.ts";

const KINDS: readonly EntryKind[] = [
  "step",
  "loop",
  "sleep",
  "message",
  "join",
  "race",
  "rollback_checkpoint",
  "version_check",
];

/** Makes the scope's `getVersion`. */
export function createGetVersion(scope: Scope): (name: string, latest: number) => Promise<number> {
  return async (name, latest) => {
    if (!Number.isInteger(latest) || latest < 1) throw new TypeError(`getVersion "${name}": latest must be 1 or more`);
    const turn = scope.enter("version_check", name);
    if (turn === undefined) return never();
    const recorded = turn.entry?.kind === "version_check" ? turn.entry : undefined;
    const version = recorded?.version ?? (scope.inRecordedTerritory ? 1 : latest);
    if (recorded === undefined) await note(scope, { type: "version.resolved", loc: turn.location, version, latest });
    if (!scope.leave(scope.answeredAt)) return never();
    if (turn.licensed) scope.licenseNext();
    return version;
  };
}

/** Makes the scope's `removed`. */
export function createRemoved(scope: Scope): (name: string, kind: EntryKind) => Promise<void> {
  return async (name, kind) => {
    if (!KINDS.includes(kind)) throw new TypeError(`removed "${name}": kind must be one of ${KINDS.join(", ")}`);
    const turn = scope.enter("removed", name, kind);
    if (turn === undefined) return never();
    const { entry, location: loc } = turn;
    const replaced = isUnfinished(entry);
    if (turn.place === undefined) await note(scope, { type: "entry.removed", loc, kind });
    else if (replaced) await note(scope, { type: "entry.removed", loc, kind, replaced });
    if (!scope.leave(scope.answeredAt)) return never();
    const wasRecorded = entry !== undefined && (entry.kind !== "removed" || entry.replaced);
    if (turn.licensed || wasRecorded) scope.licenseNext();
    return undefined;
  };
}

/** Whether something recorded is still open: removed, it must not be waited for any more. */
function isUnfinished(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.kind !== "removed" && entry.endedAt === undefined;
}

/** Records at once, or holds back while replaying. */
async function note(scope: Scope, event: NewEvent): Promise<void> {
  const { gate, recorder } = scope.pass;
  if (gate.isOpen) await scope.append([event]);
  else if (!gate.isSealed) recorder.hold(event);
}
