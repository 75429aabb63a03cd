/**
 * Runs and entries as the JSON documents that scripts read. Field names are stable; a document says its `schema`.
 *
 * Invariant: nothing is cut, and what JSON cannot hold is tagged (`values-json.ts`).
 */
import type { ErrorRecord } from "../../engine/failure.ts";
import { type Entry, iterationsOf, locationOf, type Place } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import type { EntryFields, ErrorFields, RunFields } from "../documents.ts";
import { type JsonValue, toJson } from "../values-json.ts";
import { createdAt, isFinished, type RunFacts, shownState, waitingFor } from "./run-facts.ts";

/** Adds fields that are there. */
function present<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** The fields of a run. */
export function runFields(facts: RunFacts): RunFields {
  const { run } = facts.history;
  const state = shownState(facts);
  const isOver = isFinished(state);
  const hasError = run.error !== undefined && (state === "failed" || state === "rolling_back");
  return present<RunFields>({
    run: facts.run,
    workflow: run.created?.workflow,
    module: run.started?.module ?? run.created?.module,
    state,
    output: state === "completed" ? toJson(run.output) : undefined,
    error: hasError && run.error !== undefined ? errorFields(run.error) : undefined,
    cancelReason: facts.cancelReason,
    pausedBy: state === "paused" ? facts.pausedBy : undefined,
    waitingFor: isOver ? undefined : waitingFor(facts.history),
    startedAt: createdAt(facts.history),
    endedAt: run.endedAt,
    isOwned: isOver ? undefined : facts.isOwned,
    owner: isOver ? undefined : facts.owner,
    inbox: isOver ? undefined : facts.inbox?.map(({ name }) => name),
    inboxMessages: facts.inbox?.map(({ id, name, body, sentAt }) => ({
      message: id,
      name,
      body: toJson(body),
      sentAt,
    })),
    durability: run.started?.durability,
    code: run.started?.code,
    origin: run.created?.origin,
  });
}

/** A recorded error. */
export function errorFields(error: ErrorRecord): ErrorFields {
  return present<ErrorFields>({
    code: typeof error.fields?.["code"] === "string" ? error.fields["code"] : "workflow_failed",
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: "cause" in error ? toJson(error.cause) : undefined,
    fields: error.fields === undefined ? undefined : toJson(error.fields),
  });
}

/** What is recorded at one place. */
export function entryDocument(place: Place): EntryFields {
  if (place.entry !== undefined) return entryFields(place, place.entry);
  return { location: [...locationOf(place)], kind: "scope", entries: [...entryDocuments(place)] };
}

/** Every entry below a place, depth first, in the order in which they were first recorded. */
export function* entryDocuments(place: Place): Generator<EntryFields> {
  for (const child of place.children?.values() ?? []) {
    if (child.entry !== undefined) yield entryFields(child, child.entry);
    yield* entryDocuments(child);
  }
}

function entryFields(place: Place, entry: Entry): EntryFields {
  const { kind, status, startedAt, endedAt } = entry;
  return present<EntryFields>({
    location: [...locationOf(place)],
    kind,
    status,
    startedAt,
    endedAt,
    ...ownFields(place, entry),
  });
}

function ownFields(place: Place, entry: Entry): { [K in keyof EntryFields]?: EntryFields[K] | undefined } {
  switch (entry.kind) {
    case "step":
      return {
        attempts: entry.attempts,
        output: entry.status === "completed" ? toJson(entry.output) : undefined,
        error: entry.error === undefined || entry.status === "completed" ? undefined : errorFields(entry.error),
        retryAt: entry.retryAt,
        rolledBack: entry.rolledBack ? true : undefined,
      };
    case "sleep":
      return { until: entry.until, how: entry.how };
    case "message":
      return { names: entry.names, until: entry.until, messages: toJson(entry.messages) };
    case "loop":
      return {
        iteration: entry.iteration,
        iterations: iterationsOf(place, entry),
        state: toJson(entry.begun.get(entry.iteration)?.state),
        output: entry.status === "completed" ? toJson(entry.output) : undefined,
      };
    case "join":
    case "race":
      return {
        winner: entry.winner,
        branches: [...entry.branches.values()].map((branch) =>
          present({
            name: branch.name,
            status: branch.status,
            output: branch.status === "completed" ? toJson(branch.output) : undefined,
            error: branch.error === undefined ? undefined : errorFields(branch.error),
          }),
        ),
      };
    case "removed":
      return { originalKind: entry.originalKind };
    case "version_check":
      return { version: entry.version, latest: entry.latest };
    case "rollback_checkpoint":
      return {};
  }
}

/** An event as it was recorded. */
export function eventDocument(event: HistoryEvent): JsonValue {
  return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, toJson(value)]));
}
