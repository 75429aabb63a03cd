/** What the findings of a comparison say about faults and parameters, as data and in words. */
import { HistoryDivergedError } from "../errors.ts";
import type { Turn } from "../execution/scope.ts";
import type { Location } from "../history/location.ts";
import type { Call, Calls } from "./call-sites.ts";
import type { Finding } from "./ledger.ts";

/** A fault that a primitive found: other branches, another body of a message, or a message that was not completed. */
export function findingOfFault(error: Error, scope: Location, kindOf: (name: string) => string): Finding {
  if (!(error instanceof HistoryDivergedError)) {
    return { verdict: "not awaited", location: scope, kind: "message", detail: error.message };
  }
  const { kind, location, recorded, asked } = error.facts;
  if (kind === "body") {
    const detail = "the body that was sent is on record; another one at the same place would be refused";
    return { verdict: "changed", level: "difference", location: [...location, asked ?? ""], kind: "send", detail };
  }
  return {
    verdict: "branches",
    location,
    kind: kindOf(String(location.at(-1))),
    detail: `recorded with the branches ${recorded}, the code has ${asked}`,
    recordedValue: recorded,
    askedValue: asked,
  };
}

/** What a primitive without an entry of its own calls itself, as an entry. */
export function describeUnnamed(what: string, scope: Location): Pick<Finding, "location" | "kind"> {
  const [, verb = "", name = what] = /^(queue\.send|complete of)\W+(.*?)"?\)?$/s.exec(what) ?? [];
  return { location: [...scope, name], kind: verb === "queue.send" ? "send" : "completion" };
}

/** Something that was still open when the code went on. @param call the one that was not awaited */
export function findingNotAwaited(location: Location, kind: string, detail: string, call: Call | undefined): Finding {
  return { verdict: "not awaited", location, kind, detail, ...(call !== undefined && { call }) };
}

/** Another parameter than is recorded. */
export function findingOfChange(turn: Turn, what: string, recorded: unknown, asked: unknown): Finding {
  return {
    verdict: "changed",
    location: turn.location,
    kind: turn.entry?.kind ?? "",
    detail: `${what}: recorded ${textOf(recorded)}, now ${textOf(asked)}; what is recorded stays in force`,
    recordedValue: recorded,
    askedValue: asked,
  };
}

/** What the workflow code threw; undefined when that was told of in a scope inside. */
export function findingOfThrow(
  error: unknown,
  scope: Location,
  { calls, told }: { readonly calls: Calls; readonly told: WeakSet<object> },
): Finding | undefined {
  const isObject = typeof error === "object" && error !== null;
  if (isObject && told.has(error)) return undefined;
  if (isObject) told.add(error);
  const call = error instanceof Error ? { call: calls.thrown(error) } : {};
  return { verdict: "threw", location: scope, kind: "scope", detail: describeThrown(error), ...call };
}

/** Something thrown, in one line. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function textOf(value: unknown): string {
  if (value === undefined) return "none";
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).join(", ") : JSON.stringify(value);
}
