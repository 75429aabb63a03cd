/** A value as a file of its own: checked by its checksum before it is decoded. For runs on their way to another store. */
import { decodeValue, encodeValue } from "./codec.ts";
import { openEnvelope, wrapItem } from "./frame.ts";

const EXPORT_KIND = "wf-export";

/** The file's content. @throws ValueNotStorableError */
export function encodeRunFile(content: unknown): Uint8Array {
  return wrapItem(EXPORT_KIND, 0, encodeValue(content, "export")).bytes;
}

/** What a file's content holds. @throws when it is none, or not whole */
export function decodeRunFile(bytes: Uint8Array): unknown {
  const envelope = openEnvelope(EXPORT_KIND, bytes);
  if (envelope.state === "short") throw new Error("the file is cut short");
  if (envelope.state === "bad") throw new Error(envelope.reason);
  if (envelope.end !== bytes.length) throw new Error("something follows the run");
  return decodeValue(envelope.item);
}
