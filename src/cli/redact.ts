/** Takes the data out of a history and leaves its shape: for `wf export --redact`. Pure. */
import type { Message } from "../engine/driver.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import type { Location } from "../engine/history/location.ts";
import type { ErrorRecord } from "../engine/failure.ts";

/** Stands in place of what was taken out. */
const REDACTED = "[redacted]";
const REDACTED_ERROR: ErrorRecord = { class: "Error", name: "Error", message: REDACTED };

/** The shape of a history, field by field: what is not named here goes, so that no new field stays by oversight. */
const STAYS: ReadonlySet<string> = new Set(
  [
    ["type", "seq", "at", "loc", "format", "seed", "workflow", "module", "origin"],
    ["pid", "host", "code", "durability", "names", "until", "anyMessage", "causes", "branches", "winner"],
    ["attempt", "rollback", "kind", "retryAt", "how", "iteration", "before", "count", "id", "name", "hash"],
    ["replaced", "version", "latest"],
  ].flat(),
);

/** The events with every value at these locations, and below them, replaced. The empty location means the whole run. */
export function redactEvents(events: readonly HistoryEvent[], locations: readonly Location[]): HistoryEvent[] {
  const meant = new Set(locations.map((location) => JSON.stringify(location)));
  const isWithinMeant = (location: Location): boolean => {
    for (let end = 0; end <= location.length; end++) if (meant.has(JSON.stringify(location.slice(0, end)))) return true;
    return false;
  };
  // The error of a step stands also where it ended a branch or the run.
  const isMeant = (event: HistoryEvent): boolean =>
    isWithinMeant("loc" in event ? event.loc : []) || ("causes" in event && event.causes.some(isWithinMeant));
  return events.map((event) => (isMeant(event) ? redacted(event) : event));
}

function redacted(event: HistoryEvent): HistoryEvent {
  const fields = Object.entries<unknown>({ ...event }).map(([field, value]): [string, unknown] => [
    field,
    STAYS.has(field) ? value : blank(event, field),
  ]);
  return Object.fromEntries(fields) as unknown as HistoryEvent;
}

function blank(event: HistoryEvent, field: string): unknown {
  if (field === "error") return REDACTED_ERROR;
  if (field !== "messages") return REDACTED;
  // Of the others it holds names, or hashes.
  return event.type === "queue.received" ? redactMessages(event.messages) : Reflect.get(event, field);
}

/** Messages without their bodies. */
export function redactMessages<T extends Pick<Message, "body">>(messages: readonly T[]): T[] {
  return messages.map((message) => ({ ...message, body: REDACTED }));
}
