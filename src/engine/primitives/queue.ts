/**
 * `queue.next` and `queue.nextBatch`: receive messages. Owns the record of what was received; which message goes to
 * whom is decided in `execution/waits.ts`. Sending is in `queue-send.ts`.
 *
 * Invariants:
 * 1. What was received is on record before the workflow sees it, and before the inbox lets go of it.
 * 2. Names and deadline of a recorded wait stay in force, whatever the code now says.
 * 3. A message that was claimed for a fiber which then ended is free again.
 */
import type { CompletableMessage, QueueBatchOptions, QueueMessage, QueueOptions } from "../api-queue.ts";
import { isRequest, type Message } from "../driver.ts";
import { MessageNotCompletedError, QueueTimeoutError } from "../errors.ts";
import { never } from "../execution/fibers.ts";
import type { Scope, Turn } from "../execution/scope.ts";
import type { WaitRequest } from "../execution/wait.ts";
import type { MessageEntry } from "../history/entries.ts";
import type { ReceivedMessage } from "../history/events.ts";
import { formatLocation } from "../history/location.ts";
import { copyValue } from "../values.ts";

interface Wanted {
  readonly names: readonly string[] | undefined;
  readonly timeout: number | undefined;
  readonly count: number;
  readonly completable: boolean;
}

/** Makes the scope's `queue.next`. */
export function createQueueNext(scope: Scope): (name: string, options?: QueueOptions) => Promise<QueueMessage> {
  return async (name, options = {}) => {
    const [message] = await receive(scope, name, readOptions(name, options));
    if (message !== undefined) return message;
    const error = new QueueTimeoutError(name, recordedWait(scope, name)?.names);
    scope.pass.origins.set(error, { source: "queue", name, causes: [[...scope.location, name]] });
    throw error;
  };
}

/** Makes the scope's `queue.nextBatch`. */
export function createQueueNextBatch(
  scope: Scope,
): (name: string, options?: QueueBatchOptions) => Promise<QueueMessage[]> {
  return async (name, options = {}) => receive(scope, name, readOptions(name, options));
}

function readOptions(name: string, options: QueueBatchOptions): Wanted {
  const { names, timeout, count = 1, completable = false } = options;
  if (!Number.isInteger(count) || count < 1) throw new TypeError(`queue wait "${name}": count must be 1 or more`);
  if (timeout !== undefined && !(timeout >= 0)) {
    throw new TypeError(`queue wait "${name}": timeout must be a number of ms that is not negative`);
  }
  if (names !== undefined && !(Array.isArray(names) && names.every(isMessageName))) {
    throw new TypeError(`queue wait "${name}": names must be a list of message names`);
  }
  return { names: names === undefined || names.length === 0 ? undefined : names, timeout, count, completable };
}

function isMessageName(name: unknown): boolean {
  return typeof name === "string" && !isRequest(name);
}

async function receive(scope: Scope, name: string, wanted: Wanted): Promise<QueueMessage[]> {
  const turn = scope.enter("message", name);
  if (turn === undefined) return never();
  if (scope.uncompleted.size > 0) return refuse(scope, name);
  let entry = turn.entry?.kind === "message" ? turn.entry : undefined;
  if (entry !== undefined) compareWait(scope, turn, entry, wanted);
  if (entry === undefined) {
    if (!scope.pass.gate.isOpen) await scope.gate(turn, `queue wait "${formatLocation(turn.location)}"`);
    await takeOrWait(scope, turn, wanted);
    entry = recordedWait(scope, name);
  }
  if (entry?.status === "waiting") {
    await waitForMessages(scope, turn, entry);
    entry = recordedWait(scope, name);
  }
  if (entry === undefined || !scope.leave(entry.endedAt ?? 0)) return never();
  return entry.messages.map((message) => deliver(scope, name, message, wanted.completable));
}

function compareWait(scope: Scope, turn: Turn, entry: MessageEntry, wanted: Wanted): void {
  scope.compare(turn, "message names", entry.names ?? "any", wanted.names ?? "any");
  if (entry.status !== "waiting") return;
  const timeout = entry.until === undefined ? undefined : entry.until - entry.startedAt;
  scope.compare(turn, "timeout in ms", timeout, wanted.timeout);
}

/** Takes what is there, or else begins a wait. */
async function takeOrWait(scope: Scope, turn: Turn, wanted: Wanted): Promise<void> {
  const { names, count } = wanted;
  const request = { fiber: scope.fiber, kind: "probe", names, count } as const;
  const found = await takeMessages(scope, turn, request, names);
  if (found || scope.fiber.ended) return found ? undefined : never();
  const loc = turn.location;
  if (wanted.timeout === 0) {
    await scope.commit([{ type: "queue.timed_out", loc, ...(names !== undefined && { names }) }]);
    return;
  }
  const at = scope.pass.recorder.now();
  const until = wanted.timeout === undefined ? {} : { until: at + wanted.timeout };
  await scope.commit([
    { type: "queue.waiting", loc, ...(names !== undefined && { names }), ...until, ...(count > 1 && { count }), at },
  ]);
  if (scope.fiber.draining) scope.fiber.to("ended");
}

async function waitForMessages(scope: Scope, turn: Turn, entry: MessageEntry): Promise<void> {
  if (scope.fiber.ended) return never();
  const until = entry.until === undefined ? {} : { until: entry.until };
  const request = { fiber: scope.fiber, kind: "message", names: entry.names, count: entry.count, ...until } as const;
  const found = await takeMessages(scope, turn, request, undefined);
  if (!found) await scope.commit([{ type: "queue.timed_out", loc: turn.location }]);
}

/** Parks for messages and records what comes. False: nothing came. */
async function takeMessages(
  scope: Scope,
  turn: Turn,
  request: WaitRequest,
  names: readonly string[] | undefined,
): Promise<boolean> {
  const { waits } = scope.pass;
  const result = await (request.kind === "probe" ? waits.probe(request) : waits.park(request));
  if (result.how !== "messages") return false;
  if (scope.fiber.ended) {
    waits.unclaim(result.messages);
    return never();
  }
  const messages = result.messages.map(receivedMessage);
  const loc = turn.location;
  const type = "queue.received";
  const event = names === undefined ? ({ type, loc, messages } as const) : ({ type, loc, names, messages } as const);
  await scope.commit([event], () => waits.received(result.messages));
  return true;
}

function receivedMessage(message: Message): ReceivedMessage {
  const { id, name, body, sentAt, explicitId } = message;
  return explicitId === true ? { id, name, body, sentAt, explicitId } : { id, name, body, sentAt };
}

function recordedWait(scope: Scope, name: string): MessageEntry | undefined {
  const entry = scope.placeOf(name)?.entry;
  return entry?.kind === "message" ? entry : undefined;
}

function refuse(scope: Scope, name: string): Promise<never> {
  scope.fault(
    new MessageNotCompletedError(
      `queue wait "${name}" was called before the completable message received before it was completed: ` +
        `call message.complete(response) first`,
    ),
  );
  return never();
}

function deliver(scope: Scope, entryName: string, received: ReceivedMessage, completable: boolean): QueueMessage {
  const { id, name, body, sentAt } = received;
  const message: QueueMessage = { id, name, body: copyValue(body), createdAt: sentAt };
  if (!completable) return message;
  scope.uncompleted.add(id);
  const complete = (response?: unknown): Promise<void> => completeMessage(scope, entryName, id, response);
  return { ...message, complete } satisfies CompletableMessage;
}

async function completeMessage(scope: Scope, entryName: string, id: string, response: unknown): Promise<void> {
  if (!scope.uncompleted.has(id)) throw new Error(`message ${id} of "${entryName}" was completed before`);
  const stored = copyValue(response, `response to "${entryName}"`);
  if (!scope.enterUnnamed(`complete of "${entryName}"`)) return never();
  scope.uncompleted.delete(id);
  const recorded = recordedWait(scope, entryName)?.completed?.get(id);
  if (recorded === undefined) {
    if (!scope.pass.gate.isOpen) await scope.gate(undefined, `the completion of "${entryName}"`);
    const loc = [...scope.location, entryName];
    const answer = stored === undefined ? {} : { response: stored };
    const at = await scope.commit([{ type: "queue.completed", loc, id, ...answer }]);
    await scope.handOver(() => scope.pass.driver.inbox.respond(id, stored));
    return scope.leave(at) ? undefined : never();
  }
  if (scope.place?.lastSeq === recorded.seq) {
    await scope.handOver(() => scope.pass.driver.inbox.respond(id, recorded.response));
  }
  return scope.leave(recorded.at) ? undefined : never();
}
