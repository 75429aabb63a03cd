/**
 * Built-in classes by their names, whichever realm they are of: a `vm` context has its own `Object`, `Map` and `Error`,
 * and so have tests under a runner that uses one.
 */

/** How engines write a native function. */
const NATIVE = /^function (\w+)\(\)\s*\{\s*\[native code\]\s*\}$/;

/** The name of the built-in class whose prototype this is, in any realm; undefined: of none that is native. */
export function nativeClassOf(prototype: object): string | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function" || constructor.prototype !== prototype) return undefined;
  return NATIVE.exec(Function.prototype.toString.call(constructor))?.[1];
}

/** Whether it is an error, of this realm or another. */
export function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  if (typeof value !== "object" || value === null) return false;
  for (let type = prototypeOf(value); type !== null; type = prototypeOf(type)) {
    if (nativeClassOf(type) === "Error") return true;
  }
  return false;
}

/** `Object.getPrototypeOf`, typed. */
export function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
