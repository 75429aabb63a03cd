/**
 * A message as a file in the inbox: its name, its bytes, and putting it there. Needs no lock and no owner, so the
 * sender and the run's own sends share it; what the receiver does is `inbox.ts`.
 *
 * Invariants:
 * 1. A message is in the folder wholly and durably, or not at all; none is ever overwritten.
 * 2. One id is one file name, also where the file system ignores case: ids with capitals, or that are no plain file
 *    name, are hashed; the id itself is inside.
 */
import { createHash, randomBytes } from "node:crypto";
import path from "node:path";
import type { Message } from "../engine/driver.ts";
import { hashValue } from "../engine/value-hash.ts";
import { decodeValue, encodeValue } from "./codec.ts";
import type { Disk } from "./disk.ts";
import { IdConflictError } from "./errors.ts";
import { putFile, readFile } from "./files.ts";
import { openEnvelope, wrapItem } from "./frame.ts";
import { isRunId } from "./ids.ts";

const MESSAGE_KIND = "wf-message";
/** Ending of messages' and responses' files. */
const CBOR = ".cbor";

/** A message with its place among those that its sender sent in the same millisecond: the larger, the later. */
export interface StoredMessage extends Message {
  /** Default: `sentAt`. */
  readonly order?: number;
}

/** What decides when a message is received. */
export type MessagePlace = Pick<StoredMessage, "id" | "name" | "sentAt" | "order">;

/** The name of the file for this message id. */
export function fileNameOf(id: string): string {
  const isPlain = isRunId(id) && id === id.toLowerCase();
  const name = isPlain ? id : `=${createHash("sha256").update(id, "utf8").digest("hex").slice(0, 48)}`;
  return name + CBOR;
}

/** A message's file content. */
function encodeMessage(message: StoredMessage): Uint8Array {
  return wrapItem(MESSAGE_KIND, 0, encodeValue(message, "message")).bytes;
}

/** The message in a file's content; undefined when it is none. */
function decodeMessage(bytes: Uint8Array): StoredMessage | undefined {
  const envelope = openEnvelope(MESSAGE_KIND, bytes);
  if (envelope.state !== "good" || envelope.end !== bytes.length) return undefined;
  try {
    const message = decodeValue(envelope.item) as Partial<StoredMessage> | null;
    if (typeof message?.id !== "string" || typeof message.name !== "string") return undefined;
    return typeof message.sentAt === "number" && "body" in message ? (message as StoredMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** The message in a file, and the file's size; undefined when it holds none, `gone` when it is not there any more. */
export function readMessageFile(
  disk: Disk,
  file: string,
): { message: StoredMessage; size: number } | "gone" | undefined {
  const bytes = readFile(disk, file);
  if (bytes === undefined) return "gone";
  const message = decodeMessage(bytes);
  return message === undefined ? undefined : { message, size: bytes.length };
}

/**
 * Puts a message into an inbox, durably.
 * @returns `there` when the same message is there already; `gone` when one with this id was, and was received just now
 * @throws IdConflictError when something else has its place
 */
export function putMessage(disk: Disk, inbox: string, message: StoredMessage): "new" | "there" | "gone" {
  const file = path.join(inbox, fileNameOf(message.id));
  if (putFile(disk, file, encodeMessage(message), "once")) return "new";
  return isThere(disk, inbox, message) ? "there" : "gone";
}

/** Whether the same message is in an inbox. @throws IdConflictError when something else has its place */
export function isThere(disk: Disk, inbox: string, message: StoredMessage): boolean {
  const there = readMessageFile(disk, path.join(inbox, fileNameOf(message.id)));
  if (there === "gone") return false;
  if (there !== undefined && isSameMessage(there.message, message)) return true;
  throw new IdConflictError(message.id);
}

/** Whether two messages say the same, by value, whenever they were sent and in whatever order their keys are. */
export function isSameMessage(
  a: Pick<Message, "id" | "name" | "body">,
  b: Pick<Message, "id" | "name" | "body">,
): boolean {
  return a.id === b.id && a.name === b.name && hashValue(a.body) === hashValue(b.body);
}

/** A millisecond has places for so many messages; a power of two, for exact sums. */
const PLACES = 1024;

/**
 * Gives messages places in the order of the calls: time never goes back, and within a millisecond they count. A place
 * is the time at which a message is put into the inbox, with the count as its fraction: so those of several clocks
 * compare, and what the next process puts there comes behind what this one did before it died.
 */
export class SendingClock {
  #last = 0;

  /** @returns ms since 1970 */
  place(now: number): number {
    this.#last = Math.max(now, this.#last + 1 / PLACES);
    return this.#last;
  }
}

/** A new message id, which sorts by time. */
export function newMessageId(now: number): string {
  return `${Math.floor(now).toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;
}

/** The order in which messages are received. */
export function compareMessages(a: MessagePlace, b: MessagePlace): number {
  if (a.sentAt !== b.sentAt) return a.sentAt - b.sentAt;
  const difference = (a.order ?? a.sentAt) - (b.order ?? b.sentAt);
  if (difference !== 0) return difference;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
