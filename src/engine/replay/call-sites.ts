/** Where in the user's source a primitive was called. */
import type { WorkflowContext } from "../api.ts";
import type { Site } from "./report.ts";

type Method = (...args: unknown[]) => unknown;

/** The same context; `note` is told of each call, with an error whose stack begins at the caller. */
export function withCallSites(context: WorkflowContext, note: (call: Error) => void): WorkflowContext {
  return watched(context, note);
}

function watched<T extends object>(methods: T, note: (call: Error) => void): T {
  return new Proxy(methods, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (key === "queue") return watched(value as object, note);
      return typeof value === "function" ? wrap(value as Method, note) : value;
    },
  });
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
