/**
 * What can be stored, for every driver, and the copy that is made of it. Every value that crosses the record goes
 * through here: what the workflow gets on the first run is what a replay gives.
 *
 * Invariants:
 * 1. `copyValue(v)` is deeply equal to `v` and shares nothing mutable with it, or it throws and says which part.
 * 2. A copy of a copy is equal to the copy: what is lost on the way (identity of shared references, `Buffer`, a null
 *    prototype, a user's error class) is lost the first time.
 */
import { ValueNotStorableError } from "./errors.ts";
import { describeError, type ErrorRecord, rebuildError } from "./failure.ts";

/** Values nested deeper than this are refused. */
const MAX_DEPTH = 500;
/** Values larger than this many bytes (roughly, before encoding) are refused. */
const MAX_BYTES: number = 256 * 1024 * 1024;

const TYPED_ARRAYS: readonly string[] = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];

/** Prototypes of the objects that are copied by their kind. */
const BUILT_IN: readonly unknown[] = [Date, Map, Set, RegExp, URL].map(({ prototype }) => prototype);

interface Walk {
  depth: number;
  bytes: number;
  readonly open: Set<object>;
  /** Where the walk stands, for the message; pushed and popped as it goes. */
  readonly path: string[];
}

/**
 * An equal, independent copy of `value`.
 * @param name what the value is called in the error's path, such as `output` or `input`
 * @throws ValueNotStorableError naming the path, when a part of it cannot be stored
 */
export function copyValue<T>(value: T, name = "value"): T {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function" || typeof value === "symbol") throw refusal([name], `is a ${typeof value}`);
    if (typeof value === "string" && value.length > MAX_BYTES) throw tooLarge([name]);
    return value;
  }
  return copy(value, { depth: 0, bytes: 0, open: new Set(), path: [name] }) as T;
}

/** What the history keeps of a thrown value. Never throws. */
export function recordError(thrown: unknown): ErrorRecord {
  return describeError(thrown, (value) => copyValue(value));
}

/** The error that a record stands for: a fresh one each time. */
export function errorFrom(record: ErrorRecord): Error {
  return rebuildError(record, (value) => copyValue(value));
}

function copy(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case "object":
      return value === null ? null : copyObject(value, walk);
    case "function":
    case "symbol":
      throw refusal(walk.path, `is a ${typeof value}`);
    case "string":
      count(walk, value.length);
      return value;
    default:
      count(walk, 8);
      return value;
  }
}

function copyObject(value: object, walk: Walk): unknown {
  if (walk.open.has(value)) throw refusal(walk.path, "is a cycle: it contains itself");
  if (walk.depth >= MAX_DEPTH) throw refusal(walk.path.slice(0, 8), `is nested deeper than ${MAX_DEPTH} levels`);
  walk.open.add(value);
  walk.depth++;
  try {
    return copyByType(value, walk);
  } finally {
    walk.depth--;
    walk.open.delete(value);
  }
}

function copyByType(value: object, walk: Walk): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of arrays is an array itself, in every realm; that of a class on top of them is none.
  if (Array.isArray(value) && Array.isArray(prototype)) return copyArray(value, walk);
  if (prototype === Object.prototype || prototype === null) return copyPlain(value, walk);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return copyBytes(value, walk);
  if (value instanceof Error) return copyError(value, walk);
  if (!BUILT_IN.includes(prototype)) throw refusal(walk.path, otherwise(value));
  const [extra] = Object.keys(value);
  if (extra !== undefined) throw at(walk, `.${extra}`, `is a property of a ${typeOf(value)}, and would be lost`);
  if (prototype === Date.prototype) return new Date((value as Date).getTime());
  if (prototype === Map.prototype) return copyMap(value as Map<unknown, unknown>, walk);
  if (prototype === Set.prototype) return copySet(value as Set<unknown>, walk);
  if (prototype === RegExp.prototype) return new RegExp((value as RegExp).source, (value as RegExp).flags);
  return new URL((value as URL).href);
}

function otherwise(value: object): string {
  if (value instanceof Promise) return "is a promise (did you forget to await it?)";
  return `is an instance of ${typeOf(value)}, which would come back as something else`;
}

function typeOf(value: object): string {
  return (value as { constructor?: { name?: string } }).constructor?.name ?? "a class";
}

/** What of an error cannot be stored is left out, so a refusal in here must leave the walk where it was. */
function copyError(error: Error, walk: Walk): Error {
  const length = walk.path.length;
  const copyPart = (part: unknown): unknown => {
    walk.path.length = length;
    return copy(part, walk);
  };
  const record = describeError(error, copyPart);
  walk.path.length = length;
  return rebuildError(record, (part) => part);
}

function copyArray(value: readonly unknown[], walk: Walk): unknown[] {
  const result = Array.from<unknown>({ length: value.length });
  for (let index = 0; index < value.length; index++) {
    if (!Object.hasOwn(value, index)) throw at(walk, `[${index}]`, "is a hole in a sparse array");
    if (typeof value[index] === "object" || typeof value[index] === "function") {
      walk.path.push(`[${index}]`);
      result[index] = copy(value[index], walk);
      walk.path.pop();
    } else {
      result[index] = copy(value[index], walk);
    }
  }
  const keys = Object.keys(value);
  if (keys.length !== value.length) throw at(walk, `.${keys.at(-1)}`, "is a named property of an array");
  return result;
}

function copyPlain(value: object, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    count(walk, key.length);
    walk.path.push(`.${key}`);
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property?.get !== undefined || property?.set !== undefined) throw refusal(walk.path, "is a getter or setter");
    const part = copy(property?.value, walk);
    if (key === "__proto__") {
      Object.defineProperty(result, key, { value: part, enumerable: true, writable: true, configurable: true });
    } else {
      result[key] = part;
    }
    walk.path.pop();
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw refusal(walk.path, "has a symbol for a key");
  return result;
}

/** Bytes of every kind come back as `Uint8Array`s of their own; typed arrays keep their type. */
function copyBytes(value: ArrayBufferView | ArrayBuffer, walk: Walk): unknown {
  count(walk, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  const type = Object.prototype.toString.call(value).slice(8, -1);
  if (!TYPED_ARRAYS.includes(type)) throw refusal(walk.path, `is a ${type}`);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  if (type === "Uint8Array") return bytes;
  const constructor = (globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => unknown>)[type];
  if (constructor === undefined) throw refusal(walk.path, `is a ${type}`);
  return new constructor(bytes.buffer);
}

function copyMap(value: Map<unknown, unknown>, walk: Walk): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>();
  let index = 0;
  for (const [key, part] of value) {
    walk.path.push(typeof key === "string" ? `.get(${JSON.stringify(key)})` : `.entry(${index})`);
    result.set(copy(key, walk), copy(part, walk));
    walk.path.pop();
    index++;
  }
  return result;
}

function copySet(value: Set<unknown>, walk: Walk): Set<unknown> {
  const result = new Set<unknown>();
  let index = 0;
  for (const part of value) {
    walk.path.push(`.item(${index})`);
    result.add(copy(part, walk));
    walk.path.pop();
    index++;
  }
  return result;
}

function count(walk: Walk, bytes: number): void {
  walk.bytes += bytes;
  if (walk.bytes > MAX_BYTES) throw tooLarge(walk.path);
}

function at(walk: Walk, part: string, reason: string): ValueNotStorableError {
  return refusal([...walk.path, part], reason);
}

function refusal(path: readonly string[], reason: string): ValueNotStorableError {
  const error = new ValueNotStorableError(path.join(""), reason);
  // The walk's own frames would leave no room for those of the code that gave the value.
  Error.captureStackTrace(error, copyValue);
  return error;
}

function tooLarge(path: readonly string[]): ValueNotStorableError {
  return refusal(path.slice(0, 1), `is larger than ${MAX_BYTES / 1024 / 1024} MB`);
}
