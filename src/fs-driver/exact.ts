/**
 * What `cbor-x` alone would alter, rewritten so that it does not, and back. Pure; the encoder itself is `codec.ts`'s.
 *
 * Altered by cbor-x 1.6: −0, lone surrogates, strings that begin with a byte order mark, `__proto__` keys, dates far
 * from 1970, errors, URLs, `Buffer`s and `ArrayBuffer`s; and bigints cost time quadratic in their size.
 *
 * Invariants:
 * 1. `makeExact(v)` is `v` itself exactly when no part of it needed help; otherwise a copy, and `v` is as it was.
 * 2. Help is always `tag HELP [kind, data]`, and the data is ordinary CBOR that any tool shows.
 * 3. What is none of the kinds known here is refused, never approximated.
 */
import { Tag } from "cbor-x/encode";
import { ValueNotStorableError } from "../engine/errors.ts";
import { describeError, type ErrorRecord, rebuildError } from "../engine/failure.ts";
import { copyValue } from "../engine/values.ts";

/** CBOR tag of a part that was rewritten. */
const HELP = 47_119;
/** Nesting of what is encoded: values up to 500 deep, and what surrounds them. */
const MAX_DEPTH = 1_100;
const MAX_DIRECT_BIGINT = 2n ** 512n;
const BYTE_ORDER_MARK = 0xfeff;
const TYPED_ARRAY: unknown = Object.getPrototypeOf(Uint8Array);

/** An equal value that cbor-x writes exactly: `value` itself where that is so already. */
export function makeExact(value: unknown, name: string, depth = 0): unknown {
  switch (typeof value) {
    case "string":
      return isOrdinary(value) ? value : help("utf16", Uint16Array.from(unitsOf(value)));
    case "number":
      return Object.is(value, -0) ? help("-0", null) : value;
    case "bigint":
      return value < MAX_DIRECT_BIGINT && value > -MAX_DIRECT_BIGINT ? value : help("bigint", value.toString(16));
    case "object":
      if (depth > MAX_DEPTH) throw new ValueNotStorableError(name, "is nested too deep");
      return value === null ? null : exactObject(value, name, depth + 1);
    case "function":
    case "symbol":
      throw new ValueNotStorableError(name, `holds a ${typeof value}`);
    default:
      return value;
  }
}

function exactObject(value: object, name: string, depth: number): unknown {
  if (Array.isArray(value)) return exactList(value, name, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return exactPlain(value, name, depth);
  if (value instanceof Error) return help("error", makeExact(describeError(value, copyPart), name, depth));
  if (prototype === Map.prototype) return exactMap(value as Map<unknown, unknown>, name, depth);
  if (prototype === Set.prototype) {
    const items = [...(value as Set<unknown>)];
    const exact = exactList(items, name, depth);
    return exact === items ? value : new Set(exact);
  }
  if (prototype === Date.prototype) return exactDate(value as Date);
  if (prototype === RegExp.prototype) {
    const { source, flags } = value as RegExp;
    return help("regexp", [makeExact(source, name), flags]);
  }
  if (prototype === URL.prototype) return help("url", (value as URL).href);
  if (isTypedArray(prototype)) return value;
  if (prototype === Buffer.prototype) return help("buffer", plainBytes(value as Buffer));
  if (prototype === ArrayBuffer.prototype) return help("arraybuffer", new Uint8Array(value as ArrayBuffer));
  throw new ValueNotStorableError(name, "holds an object that would come back as something else");
}

const copyPart = (part: unknown): unknown => copyValue(part);

function isTypedArray(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === (TYPED_ARRAY as { prototype: unknown }).prototype;
}

function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function exactList(list: unknown[], name: string, depth: number): unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const part = list[index];
    const exact = makeExact(part, name, depth);
    if (Object.is(exact, part)) continue;
    copy ??= [...list];
    copy[index] = exact;
  }
  return copy ?? list;
}

function exactPlain(value: object, name: string, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    if (key === "__proto__" || !isOrdinary(key))
      return help("object", exactMap(new Map(Object.entries(value)), name, depth));
    const part = (value as Record<string, unknown>)[key];
    const exact = makeExact(part, name, depth);
    if (Object.is(exact, part)) continue;
    copy ??= { ...value };
    copy[key] = exact;
  }
  return copy ?? value;
}

function exactMap(map: Map<unknown, unknown>, name: string, depth: number): Map<unknown, unknown> {
  const parts = [...map].flat(1);
  const exact = exactList(parts, name, depth);
  if (exact === parts) return map;
  const copy = new Map<unknown, unknown>();
  for (let index = 0; index < exact.length; index += 2) copy.set(exact[index], exact[index + 1]);
  return copy;
}

/** CBOR's epoch time is in seconds: ordinary where the way there and back is exact, and NaN is. */
function exactDate(date: Date): unknown {
  const time = date.getTime();
  return Object.is(Math.round((time / 1000) * 1000), time) ? date : help("date", time);
}

function isOrdinary(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed() && text.charCodeAt(0) !== BYTE_ORDER_MARK;
}

function* unitsOf(text: string): Generator<number> {
  for (let index = 0; index < text.length; index++) yield text.charCodeAt(index);
}

function help(kind: string, data: unknown): Tag {
  return new Tag([kind, data], HELP);
}

/** The value that `makeExact` was given, from what the decoder made of its bytes. */
export function restore(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Tag) return restoreHelped(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = restore(value[index]);
    return value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Map.prototype) return restoreMap(value as Map<unknown, unknown>);
  if (prototype === Set.prototype) return new Set([...(value as Set<unknown>)].map(restore));
  if (prototype === Object.prototype) {
    const record = value as Record<string, unknown>;
    for (const key of Object.keys(record)) record[key] = restore(record[key]);
  }
  return value;
}

function restoreMap(map: Map<unknown, unknown>): Map<unknown, unknown> {
  return new Map([...map].map(([key, part]) => [restore(key), restore(part)]));
}

function restoreHelped(tag: Tag): unknown {
  const [kind, data] = (Array.isArray(tag.value) ? tag.value : []) as [unknown, unknown];
  const part = restore(data);
  switch (tag.tag === HELP ? kind : undefined) {
    case "-0":
      return -0;
    case "utf16":
      return textOf(part as Uint16Array);
    case "bigint":
      return bigintOf(part as string);
    case "date":
      return new Date(part as number);
    case "object":
      return plainOf(part as Map<string, unknown>);
    case "error":
      return rebuildError(part as ErrorRecord, (value) => value);
    case "url":
      return new URL(part as string);
    case "buffer":
      return Buffer.from((part as Uint8Array).buffer);
    case "arraybuffer":
      return (part as Uint8Array).buffer;
    case "regexp":
      return regexpOf(part as [string, string]);
    default:
      throw new Error(`a value of a kind that is not known here (tag ${tag.tag})`);
  }
}

/** A newer Node may have written what this one's regular expressions do not know. */
function regexpOf([source, flags]: [string, string]): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new Error(
      `/${source}/${flags} is no regular expression for Node ${process.version}; use the one that wrote it`,
      { cause },
    );
  }
}

function textOf(units: Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < units.length; at += 4096) parts.push(String.fromCharCode(...units.subarray(at, at + 4096)));
  return parts.join("");
}

function bigintOf(hex: string): bigint {
  return hex.startsWith("-") ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`);
}

function plainOf(entries: Map<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return result;
}
