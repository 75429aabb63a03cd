/**
 * Responses of completable messages, on their way to the senders: one file per message, which stays with the run.
 *
 * Invariants:
 * 1. The first response stands; saying it again changes nothing.
 */
import path from "node:path";
import { decodeValue, encodeValue } from "./codec.ts";
import type { Disk } from "./disk.ts";
import { putFile, readFile } from "./files.ts";
import { openEnvelope, wrapItem } from "./frame.ts";
import type { RunPaths } from "./layout.ts";
import { fileNameOf } from "./message-file.ts";

const RESPONSE_KIND = "wf-response";

/** The answer to a message. */
export interface MessageResponse {
  readonly id: string;
  readonly response: unknown;
}

/** Leaves a response, durably. */
export function putResponse(disk: Disk, paths: RunPaths, id: string, response: unknown): void {
  if (disk.makeFolder(paths.outbox)) disk.syncFolder(paths.folder);
  const content: MessageResponse = { id, response };
  putFile(disk, responseFile(paths, id), wrapItem(RESPONSE_KIND, 0, encodeValue(content, "response")).bytes, "once");
}

/** The response to a message, when it is there. */
export function readResponse(disk: Disk, paths: RunPaths, id: string): MessageResponse | undefined {
  return readResponseFile(disk, responseFile(paths, id));
}

/** The response in a file, when it holds one. */
export function readResponseFile(disk: Disk, file: string): MessageResponse | undefined {
  const bytes = readFile(disk, file) ?? new Uint8Array();
  const envelope = openEnvelope(RESPONSE_KIND, bytes);
  if (envelope.state !== "good" || envelope.end !== bytes.length) return undefined;
  try {
    const content = decodeValue(envelope.item) as Partial<MessageResponse> | null;
    return typeof content?.id === "string" && "response" in content ? (content as MessageResponse) : undefined;
  } catch {
    return undefined;
  }
}

function responseFile(paths: RunPaths, id: string): string {
  return path.join(paths.outbox, fileNameOf(id));
}
