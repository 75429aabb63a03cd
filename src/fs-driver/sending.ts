/**
 * The sending side: messages and requests to a run, and the wait for a response. Needs no lock and no running owner.
 *
 * Invariants:
 * 1. Nothing is written for a run that is over, or that is not there.
 * 2. A message with an id of the sender's choice is sent once, also when it was received long ago, and when the run is
 *    over by now.
 * 3. A sender's messages keep their order.
 * 4. No message is acknowledged before the run itself is durable: whoever made it may have died just before that sync.
 */
import path from "node:path";
import { isRequest, type Message, REQUESTS } from "../engine/driver.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import { hashValue } from "../engine/value-hash.ts";
import { copyValue } from "../engine/values.ts";
import type { Disk } from "./disk.ts";
import { asDiskError, BadIdError, FinishedError, IdConflictError, NotFoundError } from "./errors.ts";
import type { RunPaths } from "./layout.ts";
import { isSameMessage, isThere, newMessageId, putMessage, SendingClock, type StoredMessage } from "./message-file.ts";
import { type MessageResponse, readResponse } from "./outbox.ts";
import { readListing, readRun } from "./reading.ts";
import { isOver, type SummaryFold } from "./summary.ts";
import type { WatchFolder } from "./disk-watch.ts";

const MAX_ID_LENGTH = 256;
const POLL_MS = 100;

/** How to send a message. */
export interface SendOptions {
  /** Makes sending idempotent: the same id and message sent again is one message. Default: a new id. */
  readonly id?: string;
}

/** A message that was sent. */
export interface SentMessage {
  readonly id: string;
  /** False when the same message had been sent before. */
  readonly isNew: boolean;
}

interface Content {
  readonly name: string;
  readonly body: unknown;
}

interface SenderServices {
  readonly disk: Disk;
  readonly fold: SummaryFold;
  readonly now: () => number;
}

/** So many runs are remembered whose names are durable. */
const REMEMBERED_RUNS = 1_000;

/** Sends messages, in the order of the calls. */
export class Sender {
  readonly #services: SenderServices;
  /** Folders of runs, with their inodes, whose names this sender has made durable. */
  readonly #durable = new Set<string>();
  readonly #clock = new SendingClock();

  constructor(services: SenderServices) {
    this.#services = services;
  }

  /** @throws FinishedError, IdConflictError, NotFoundError, ValueNotStorableError; TypeError for the name of a request */
  send(paths: RunPaths, run: string, content: Content, options: SendOptions): SentMessage {
    if (isRequest(content.name)) throw new TypeError(`"${content.name}" cannot be a message name`);
    return this.#put(paths, run, content, options);
  }

  #put(paths: RunPaths, run: string, content: Content, options: SendOptions): SentMessage {
    const { disk, now } = this.#services;
    const { id } = options;
    const over = this.#whenOver(paths, run);
    if (over !== undefined && id === undefined) throw over;
    this.#makeDurable(paths);
    const { name } = content;
    const body = copyValue(content.body, "body");
    if (id === undefined) {
      const message: StoredMessage = { id: newMessageId(now()), name, body, ...this.#stamp() };
      putMessage(disk, paths.inbox, message);
      return { id: message.id, isNew: true };
    }
    checkMessageId(id);
    const message: StoredMessage = { id, name, body, explicitId: true, ...this.#stamp() };
    for (;;) {
      if (wasReceived(readRun(disk, paths, run).events, message)) return { id, isNew: false };
      if (over !== undefined && !isThere(disk, paths.inbox, message)) throw over;
      if (over !== undefined) return { id, isNew: false };
      const put = putMessage(disk, paths.inbox, message);
      if (put !== "gone") return { id, isNew: put === "new" };
    }
  }

  /** @throws FinishedError, NotFoundError */
  request(paths: RunPaths, run: string, kind: keyof typeof REQUESTS, body: unknown): SentMessage {
    return this.#put(paths, run, { name: REQUESTS[kind], body }, {});
  }

  #stamp(): Pick<StoredMessage, "sentAt" | "order"> {
    const order = this.#clock.place(this.#services.now());
    return { sentAt: Math.floor(order), order };
  }

  /** Invariant 4: once for each run. */
  #makeDurable({ folder }: RunPaths): void {
    const { disk } = this.#services;
    const inode = disk.facts(folder)?.inode;
    // Both: another run may have the id by now, or the inode.
    const key = `${inode} ${folder}`;
    if (inode === undefined || this.#durable.has(key)) return;
    disk.syncFolder(path.dirname(folder));
    if (this.#durable.size >= REMEMBERED_RUNS) this.#durable.clear();
    this.#durable.add(key);
  }

  /** Why the run takes nothing new; undefined when it does. */
  #whenOver(paths: RunPaths, run: string): FinishedError | undefined {
    const listing = readListing(this.#services.disk, paths, run, this.#services.fold);
    if (listing === undefined) throw new NotFoundError(run);
    if (listing.problem !== undefined) throw listing.problem;
    const state = listing.summary?.state ?? "pending";
    return isOver(state) ? new FinishedError(run, state) : undefined;
  }
}

function checkMessageId(id: string): void {
  if (id !== "" && id.length <= MAX_ID_LENGTH && !/\p{C}/u.test(id)) return;
  throw new BadIdError(`the message id is empty, too long or not printable`, `at most ${MAX_ID_LENGTH} characters`);
}

/** Whether the history has the message. @throws IdConflictError when it has another one with this id */
function wasReceived(events: readonly HistoryEvent[], message: Pick<Message, "id" | "name" | "body">): boolean {
  for (const event of events) {
    const isSame = comparison(event, message);
    if (isSame === false) throw new IdConflictError(message.id);
    if (isSame === true) return true;
  }
  return false;
}

/** Whether the event tells of this message, or of another one with its id; undefined: of neither. */
function comparison(event: HistoryEvent, message: Pick<Message, "id" | "name" | "body">): boolean | undefined {
  if (event.type === "queue.received") {
    const received = event.messages.find(({ id }) => id === message.id);
    return received === undefined ? undefined : isSameMessage(received, message);
  }
  if (event.type !== "run.seen") return undefined;
  // Compaction has left a hash of the body only.
  const seen = event.messages.find(({ id }) => id === message.id);
  return seen === undefined ? undefined : seen.hash === hashValue(message.body);
}

interface Awaited {
  readonly disk: Disk;
  readonly watch: WatchFolder;
  readonly paths: RunPaths;
  readonly id: string;
}

/** The response to a message, once it is there; undefined when `signal` fires first. */
export function awaitResponse(awaited: Awaited, signal: AbortSignal): Promise<MessageResponse | undefined> {
  const { disk, watch, paths, id } = awaited;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        const response = readResponse(disk, paths, id);
        if (response !== undefined || signal.aborted) finish(() => resolve(response));
      } catch (error) {
        finish(() => reject(asDiskError("waiting for the response", error)));
      }
    };
    const timer = setInterval(look, POLL_MS);
    const stop = watch(disk.facts(paths.outbox) === undefined ? path.dirname(paths.outbox) : paths.outbox, look);
    const finish = (settle: () => void): void => {
      clearInterval(timer);
      stop();
      signal.removeEventListener("abort", look);
      settle();
    };
    signal.addEventListener("abort", look);
    look();
  });
}
