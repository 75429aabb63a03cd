/** A hash of a storable value: equal values, equal hash. For recognising a value again, not for secrets. */
import { hexFrom } from "./chance.ts";

/** 32 hex digits. */
export function hashValue(value: unknown): string {
  return hexFrom(textOf(value));
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return scalarText(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  if (value instanceof Date) return `date:${value.getTime()}`;
  if (value instanceof Map) return `map:${textOf([...value].flat())}`;
  if (value instanceof Set) return `set:${textOf([...value])}`;
  if (value instanceof Error) return `error:${textOf([value.name, value.message])}`;
  if (ArrayBuffer.isView(value)) return `${bytesKind(value)}:${bytesText(value)}`;
  if (value instanceof ArrayBuffer) return `arraybuffer:${bytesText(new Uint8Array(value))}`;
  if (value instanceof RegExp || value instanceof URL) return `${value.constructor.name}:${String(value)}`;
  const fields = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}:${textOf(part)}`);
  return `{${fields.sort().join(",")}}`;
}

function scalarText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Of a typed array the built-in that it is, also where it is another realm's; a `Buffer` is told by its class. */
function bytesKind(view: ArrayBufferView): string {
  return view.constructor.name === "Buffer" ? "buffer" : Object.prototype.toString.call(view);
}

function bytesText(view: ArrayBufferView): string {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).join(",");
}
