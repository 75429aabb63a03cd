/**
 * `queue.send`: a message to the run's own inbox, exactly once.
 *
 * Invariants:
 * 1. The send is on record before the inbox has the message; a crash between the two is mended by the next replay,
 *    which adds it again under the same id.
 * 2. It is known by scope, message name and ordinal; another body at the same place is a divergence.
 */
import { isRequest } from "../driver.ts";
import { HistoryDivergedError } from "../errors.ts";
import { uuidFrom } from "../chance.ts";
import { never } from "../execution/fibers.ts";
import type { Scope } from "../execution/scope.ts";
import type { SentMessage } from "../history/entries.ts";
import { copyValue } from "../values.ts";
import { hashValue } from "../value-hash.ts";

/** Makes the scope's `queue.send`. */
export function createQueueSend(scope: Scope): (name: string, body: unknown) => Promise<void> {
  return async (name, body) => {
    if (typeof name !== "string" || name === "" || isRequest(name)) {
      throw new TypeError(`queue.send: "${String(name)}" cannot be a message name`);
    }
    const stored = copyValue(body, `message "${name}"`);
    const hash = hashValue(stored);
    if (!scope.enterUnnamed(`queue.send("${name}")`)) return never();
    const ordinal = scope.nextSend(name);
    const recorded = scope.place?.sent?.get(name)?.[ordinal];
    if (recorded !== undefined && recorded.hash !== hash && scope.fault(otherBody(scope, name, ordinal))) {
      return never();
    }
    const sent = recorded ?? (await recordSend(scope, name, ordinal, hash));
    if (mayBeMissing(scope, sent, recorded !== undefined)) {
      await scope.handOver(() => scope.pass.driver.inbox.add({ id: sent.id, name, body: stored, sentAt: sent.at }));
    }
    return scope.leave(sent.at) ? undefined : never();
  };
}

async function recordSend(scope: Scope, name: string, ordinal: number, hash: string): Promise<SentMessage> {
  if (!scope.pass.gate.isOpen) await scope.gate(undefined, `queue.send("${name}")`);
  const id = uuidFrom(scope.pass.seedFor(scope.location, `send:${name}:${ordinal}`));
  const at = await scope.commit([{ type: "queue.sent", loc: scope.location, id, name, hash }]);
  return { id, hash, seq: 0, at };
}

/** A recorded send is in the inbox for sure once its fiber has recorded something later, or it was received. */
function mayBeMissing(scope: Scope, sent: SentMessage, replayed: boolean): boolean {
  if (!replayed) return true;
  for (let at: Scope | undefined = scope; at?.fiber === scope.fiber; at = at.parent) {
    if (at.place?.lastSeq !== sent.seq) return false;
  }
  return !scope.pass.history.received.has(sent.id);
}

function otherBody(scope: Scope, name: string, ordinal: number): HistoryDivergedError {
  return new HistoryDivergedError(
    `queue.send("${name}") number ${ordinal + 1} in its scope is recorded with another body than the code now sends`,
    { kind: "body", location: scope.location, recorded: name, asked: name },
  );
}
