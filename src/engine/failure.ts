/**
 * Errors as they stand in the history, and back. Owns what survives of an error: class, name, message, stack, cause
 * and own fields. What a value may hold is the business of `values.ts`, which hands its copy function in.
 *
 * Invariants:
 * 1. Describing an error never fails: what cannot be stored of it is left out, and `dropped` names it.
 * 2. `config`, `request` and `response` are always left out: HTTP clients hang functions and secrets there.
 * 3. `rebuildError(describeError(e))` described again gives an equal record, so a replay sees what the first run saw.
 */
import { isError, nativeClassOf, prototypeOf } from "./built-in.ts";
import { brandOf, prototypeOfBrand, UNREADABLE } from "./errors.ts";

/** An error in the history. */
export interface ErrorRecord {
  /** The class it is rebuilt on: a built-in error's name or one of the engine's; otherwise it becomes an `Error`. */
  class: string;
  name: string;
  message: string;
  stack?: string;
  /** The error's `cause`, whatever it was; an error in here is an error value. */
  cause?: unknown;
  /** Own enumerable fields that can be stored. */
  fields?: Record<string, unknown>;
  /** Names of the fields that could not be stored. */
  dropped?: string[];
}

const NEVER_STORED = new Set(["config", "request", "response"]);
const RESERVED = new Set(["name", "message", "stack", "cause", "code_stack", "__proto__"]);

/** Those whose constructors take the message alone. */
const builtIn = new Map<string, new (message: string) => Error>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((type) => [type.name, type]),
);

/** Copies a value, or throws when it cannot be stored. */
type CopyValue = (value: unknown) => unknown;

/** What the history keeps of a thrown value. Never throws (invariant 1). */
export function describeError(thrown: unknown, copy: CopyValue): ErrorRecord {
  try {
    return isError(thrown) ? describeAnError(thrown, copy) : describeNonError(thrown, copy);
  } catch {
    // A proxy that is revoked, or answers nothing.
    return { class: "Error", name: "Error", message: UNREADABLE };
  }
}

function describeAnError(thrown: Error, copy: CopyValue): ErrorRecord {
  const dropped: string[] = [];
  const read = <T>(key: string, part: () => T): T | undefined => {
    try {
      return part();
    } catch {
      dropped.push(key);
      return undefined;
    }
  };
  const record: ErrorRecord = {
    class: classOf(thrown),
    name: read("name", () => String(thrown.name)) ?? "Error",
    message: read("message", () => String(thrown.message)) ?? UNREADABLE,
  };
  const stack = read("stack", () => thrown.stack);
  if (typeof stack === "string") record.stack = stack;
  if (Object.hasOwn(thrown, "cause")) {
    read("cause", () => {
      record.cause = copy(thrown.cause);
    });
  }
  const fields: Record<string, unknown> = {};
  for (const key of ownFields(thrown)) {
    if (NEVER_STORED.has(key)) dropped.push(key);
    else
      read(key, () => {
        fields[key] = copy((thrown as unknown as Record<string, unknown>)[key]);
      });
  }
  if (Object.keys(fields).length > 0) record.fields = fields;
  if (dropped.length > 0) record.dropped = dropped;
  return record;
}

/** The error that a record stands for, rebuilt as an error of its own. */
export function rebuildError(record: ErrorRecord, copy: CopyValue): Error {
  const error = blankError(record);
  if (record.stack !== undefined) define(error, "stack", record.stack);
  if ("cause" in record) define(error, "cause", copy(record.cause));
  for (const [key, value] of Object.entries(record.fields ?? {})) {
    // As the language has it, `errors` of an AggregateError is not enumerable.
    if (!RESERVED.has(key)) define(error, key, copy(value), !(key === "errors" && error instanceof AggregateError));
  }
  return error;
}

function blankError(record: ErrorRecord): Error {
  const error = newError(record);
  const prototype = prototypeOfBrand(record.class);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  if (error.name !== record.name) define(error, "name", record.name);
  return error;
}

function newError({ class: type, name, message }: ErrorRecord): Error {
  if (type === "AggregateError") return new AggregateError([], message);
  if (type === "DOMException") return new DOMException(message, name);
  return new (builtIn.get(type) ?? Error)(message);
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
}

function classOf(error: Error): string {
  const brand = brandOf(error);
  if (brand !== undefined) return brand;
  if (error instanceof DOMException) return "DOMException";
  for (let type = prototypeOf(error); type !== null; type = prototypeOf(type)) {
    const name = nativeClassOf(type);
    if (name !== undefined && (builtIn.has(name) || name === "AggregateError")) return name;
  }
  return "Error";
}

/** Own enumerable fields, and `errors` of an AggregateError, which is own but hidden. */
function ownFields(error: Error): string[] {
  const fields = Object.keys(error).filter((key) => !RESERVED.has(key));
  if (!fields.includes("errors") && classOf(error) === "AggregateError") fields.push("errors");
  return fields;
}

/** A thrown value that is no error becomes one, with the value as its cause. */
function describeNonError(thrown: unknown, copy: CopyValue): ErrorRecord {
  const record: ErrorRecord = { class: "Error", name: "NonError", message: textOf(thrown) };
  try {
    record.cause = copy(thrown);
  } catch {
    record.dropped = ["cause"];
  }
  return record;
}

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === "object" && thrown !== null ? `thrown: ${JSON.stringify(thrown)}` : String(thrown);
  } catch {
    return UNREADABLE;
  }
}
