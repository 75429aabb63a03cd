/** Where in the user's source a primitive was called. */
import type { WorkflowContext } from "../api.ts";
import type { Site } from "./report.ts";

type Method = (...args: unknown[]) => unknown;

/** The same context; `note` is told of each call, with an error whose stack begins at the caller. */
export function withCallSites(context: WorkflowContext, note: (call: Error) => void): WorkflowContext {
  const wrapped: Record<string, unknown> = {};
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(context))) {
    const value: unknown = descriptor.value;
    if (key === "queue") wrapped[key] = wrapAll(value as Record<string, unknown>, note);
    else if (typeof value === "function") wrapped[key] = wrap(value as Method, note);
    else Object.defineProperty(wrapped, key, descriptor);
  }
  return wrapped as unknown as WorkflowContext;
}

function wrapAll(methods: Record<string, unknown>, note: (call: Error) => void): Record<string, unknown> {
  return Object.fromEntries(Object.entries(methods).map(([key, method]) => [key, wrap(method as Method, note)]));
}

function wrap(method: Method, note: (call: Error) => void): Method {
  const called = (...args: unknown[]): unknown => {
    const call = new Error("call");
    Error.captureStackTrace?.(call, called);
    note(call);
    return method(...args);
  };
  return called;
}

/** The first place of a stack that is in a file. */
export function siteOf(stack: string | undefined): Site | undefined {
  for (const line of (stack ?? "").split("\n")) {
    const match = /^\s+at (?:.*\()?(?:async )?(.+?):(\d+):(\d+)\)?$/.exec(line);
    const [, file, row, column] = match ?? [];
    if (file === undefined || file.startsWith("node:") || file.includes("/node_modules/")) continue;
    return { file: pathOf(file), line: Number(row), column: Number(column) };
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
}
