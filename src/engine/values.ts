/**
 * What can be stored, for every driver, and the copy that is made of it. Every value that crosses the record goes
 * through here: what the workflow gets on the first run is what a replay gives.
 *
 * Invariants:
 * 1. `copyValue(v)` is deeply equal to `v` and shares nothing mutable with it, or it throws and says which part.
 * 2. A copy of a copy is equal to the copy: what is lost on the way is lost the first time. That is, as with
 *    `structuredClone`: the identity of shared references, a null prototype, frozenness, what is not enumerable, a
 *    user's error class, properties that were put on a typed array (to look for them takes longer than to copy it).
 */
import { isError, nativeClassOf } from "./built-in.ts";
import { ValueNotStorableError } from "./errors.ts";
import { describeError, type ErrorRecord, rebuildError } from "./failure.ts";

/** Values nested deeper than this are refused. */
const MAX_DEPTH = 500;
/** Values larger than this many bytes (roughly, before encoding) are refused. */
const MAX_BYTES: number = 256 * 1024 * 1024;

/** Node's class of bytes, where there is one. */
const { Buffer } = globalThis as { Buffer?: { prototype: object; from(memory: ArrayBuffer): Uint8Array } };

const TYPED_ARRAYS: ReadonlyMap<string, new (memory: ArrayBuffer) => object> = new Map(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((type) => [type.name, type]),
);

/** This realm's classes that are copied by their kind, by prototype. */
const KINDS: ReadonlyMap<object, string> = new Map([
  ...[Date, Map, Set, RegExp, URL, ArrayBuffer].map(({ prototype, name }): [object, string] => [prototype, name]),
  ...[...TYPED_ARRAYS].map(([name, { prototype }]): [object, string] => [prototype as object, name]),
  ...(Buffer === undefined ? [] : [[Buffer.prototype, "Buffer"] as const]),
]);

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
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The prototype of arrays is an array itself, in every realm; that of a class on top of them is none.
  if (Array.isArray(value) && Array.isArray(prototype)) return copyArray(value, walk);
  if (prototype === Object.prototype || prototype === null) return copyPlain(value, walk);
  const known = KINDS.get(prototype);
  if (known === undefined && isError(value)) return copyError(value, walk);
  const kind = known ?? nativeClassOf(prototype);
  if (kind === "Object") return copyPlain(value, walk);
  if (ArrayBuffer.isView(value)) return copyView(value, kind, walk);
  return copyBuiltIn(value, kind, walk);
}

function copyBuiltIn(value: object, kind: string | undefined, walk: Walk): unknown {
  const copied = copyOfKind(value, kind, walk);
  const [extra] = Object.keys(value);
  if (extra !== undefined)
    throw at(walk, `.${extra}`, `is a property of ${kind === "ArrayBuffer" ? "an" : "a"} ${kind}, and would be lost`);
  refuseSymbols(value, walk);
  return copied;
}

function copyOfKind(value: object, kind: string | undefined, walk: Walk): unknown {
  switch (kind) {
    case "Date":
      return new Date((value as Date).getTime());
    case "Map":
      return copyMap(value as Map<unknown, unknown>, walk);
    case "Set":
      return copySet(value as Set<unknown>, walk);
    case "RegExp":
      return new RegExp((value as RegExp).source, (value as RegExp).flags);
    case "URL":
      return new URL((value as URL).href);
    case "ArrayBuffer":
      count(walk, (value as ArrayBuffer).byteLength);
      return new Uint8Array(value as ArrayBuffer).slice().buffer;
    default:
      throw refusal(walk.path, otherwise(value));
  }
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
  const result: unknown[] = [];
  for (let index = 0; index < value.length; index++) {
    if (!Object.hasOwn(value, index)) throw at(walk, `[${index}]`, "is a hole in a sparse array");
    if (typeof value[index] === "object" || typeof value[index] === "function") {
      walk.path.push(`[${index}]`);
      result.push(copy(value[index], walk));
      walk.path.pop();
    } else {
      result.push(copy(value[index], walk));
    }
  }
  const keys = Object.keys(value);
  if (keys.length !== value.length) throw at(walk, `.${keys.at(-1)}`, "is a named property of an array");
  refuseSymbols(value, walk);
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
  refuseSymbols(value, walk);
  return result;
}

function refuseSymbols(value: object, walk: Walk): void {
  if (Object.getOwnPropertySymbols(value).length > 0) throw refusal(walk.path, "has a symbol for a key");
}

/** Typed arrays and Buffers, each over memory of its own. */
function copyView(value: ArrayBufferView, kind: string | undefined, walk: Walk): unknown {
  count(walk, value.byteLength);
  const type = TYPED_ARRAYS.get(kind ?? "");
  if (type === undefined && kind !== "Buffer") throw refusal(walk.path, otherwise(value));
  refuseSymbols(value, walk);
  const memory = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice().buffer;
  return type === undefined ? Buffer?.from(memory) : new type(memory);
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
