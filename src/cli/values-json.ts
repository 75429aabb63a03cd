/**
 * Recorded values as JSON, and back exactly. What JSON cannot hold becomes an object with one key that begins with `$`.
 *
 * Invariants:
 * 1. `fromJson(toJson(v))` equals `v` for every value that can be stored.
 * 2. A plain object that looks like a tagged one is itself wrapped: `{"$object": …}`.
 */

import { type ErrorRecord, describeError, rebuildError } from "../engine/failure.ts";

/** What `JSON.stringify` takes as it is. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

const TYPED_ARRAYS = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/** A stored value as JSON. */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case "undefined":
      return { $undefined: true };
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberName(value) };
    case "bigint":
      return { $bigint: value.toString() };
    case "object":
      return value === null ? null : objectToJson(value);
    case "function":
    case "symbol":
      return { $unstorable: typeof value };
  }
}

function numberName(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function objectToJson(value: object): JsonValue {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (value instanceof Map) return { $map: [...value].map(([key, part]) => [toJson(key), toJson(part)]) };
  if (value instanceof Set) return { $set: [...value].map(toJson) };
  if (value instanceof URL) return { $url: value.href };
  if (value instanceof RegExp) return { $regexp: [value.source, value.flags] };
  if (value instanceof Error) return { $error: errorToJson(value) };
  if (ArrayBuffer.isView(value)) return bytesToJson(value);
  if (value instanceof ArrayBuffer) return { $arrayBuffer: Buffer.from(value).toString("base64") };
  const plain = plainToJson(value);
  return looksTagged(plain) ? { $object: plain } : plain;
}

function plainToJson(value: object): { [key: string]: JsonValue } {
  const result: { [key: string]: JsonValue } = {};
  for (const [key, part] of Object.entries(value)) setOwn(result, key, toJson(part));
  return result;
}

function bytesToJson(value: ArrayBufferView): JsonValue {
  if (Buffer.isBuffer(value)) return { $buffer: value.toString("base64") };
  const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  const type = Object.prototype.toString.call(value).slice(8, -1);
  return type === "Uint8Array" ? { $bytes: base64 } : { $typed: [type, base64] };
}

/** Its class only where that is not the one that it is named after. */
function errorToJson(error: Error): { [key: string]: JsonValue } {
  const { class: type, name, message, stack, cause, fields } = describeError(error, (part) => part);
  const result: { [key: string]: JsonValue } = { name, message };
  if (type !== describeError(errorOf({ class: name, name, message }), (part) => part).class) result["class"] = type;
  if (stack !== undefined) result["stack"] = stack;
  if (Object.hasOwn(error, "cause")) result["cause"] = toJson(cause);
  if (fields !== undefined) result["fields"] = plainToJson(fields);
  return result;
}

function looksTagged(value: { [key: string]: JsonValue }): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0]?.startsWith("$") === true;
}

function setOwn(target: object, key: string, value: unknown): void {
  if (key !== "__proto__") Reflect.set(target, key, value);
  else Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * The value that JSON made by {@link toJson} stands for. Unknown tags stay as they are.
 * @throws Error where a known tag holds what it cannot stand for
 */
export function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json);
  const [key, part] = entries[0] ?? [];
  if (entries.length === 1 && key?.startsWith("$") === true) return untag(key, part, json);
  return plainFromJson(json);
}

function plainFromJson(json: object): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(json)) setOwn(result, key, fromJson(part));
  return result;
}

function untag(tag: string, part: unknown, json: object): unknown {
  switch (tag) {
    case "$undefined":
      return undefined;
    case "$number":
      return numberFromJson(part);
    case "$bigint":
      return BigInt(String(part));
    case "$date":
      return dateFromJson(part);
    case "$map":
      return new Map(listIn(part).map((pair) => listIn(pair).map(fromJson) as [unknown, unknown]));
    case "$set":
      return new Set(listIn(part).map(fromJson));
    case "$url":
      return new URL(String(part));
    case "$regexp": {
      const [source, flags] = listIn(part);
      return new RegExp(String(source), String(flags));
    }
    case "$error":
      return errorFromJson(part as { [key: string]: unknown });
    case "$bytes":
      return bytesFromJson(part);
    case "$buffer":
      return Buffer.from(bytesFromJson(part).buffer);
    case "$arrayBuffer":
      return bytesFromJson(part).buffer;
    case "$typed": {
      const [name, base64] = listIn(part);
      const type = TYPED_ARRAYS[String(name) as keyof typeof TYPED_ARRAYS];
      return new type(bytesFromJson(base64).buffer);
    }
    case "$object":
      return plainFromJson(part as object);
    default:
      return plainFromJson(json);
  }
}

function listIn(part: unknown): unknown[] {
  if (Array.isArray(part)) return part;
  throw new TypeError(`${JSON.stringify(part)} is no list`);
}

function numberFromJson(part: unknown): number {
  const number = Number(part);
  if (Number.isNaN(number) && part !== "NaN") throw new TypeError(`${JSON.stringify(part)} is no number`);
  return number;
}

/** `null` stands for a date that is none, as it may be on record. */
function dateFromJson(part: unknown): Date {
  const date = new Date(typeof part === "string" ? part : Number.NaN);
  if (part !== null && Number.isNaN(date.getTime())) throw new TypeError(`${JSON.stringify(part)} is no date`);
  return date;
}

/** Over memory of their own. */
function bytesFromJson(base64: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(String(base64), "base64"));
}

function errorFromJson(json: { [key: string]: unknown }): Error {
  const { name, message, stack, fields } = json;
  const error = errorOf({
    class: String(json["class"] ?? name),
    name: String(name),
    message: String(message),
    ...("cause" in json && { cause: fromJson(json["cause"]) }),
    ...(typeof fields === "object" && fields !== null && { fields: plainFromJson(fields) }),
  });
  Object.defineProperty(error, "stack", { enumerable: false, writable: true, configurable: true, value: stack });
  return error;
}

function errorOf(record: ErrorRecord): Error {
  return rebuildError(record, (part) => part);
}
