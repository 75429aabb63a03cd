/** Takes the data out of a history and leaves its shape: for `wf export --redact`. Pure. */
import type { Message } from "../engine/driver.ts";
import type { HistoryEvent } from "../engine/history/events.ts";
import type { Location } from "../engine/history/location.ts";
import type { ErrorRecord } from "../engine/failure.ts";

/** Stands in place of what was taken out. */
const REDACTED = "[redacted]";
const REDACTED_ERROR: ErrorRecord = { class: "Error", name: "Error", message: REDACTED };

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
  const copy: Record<string, unknown> = { ...event };
  for (const field of ["output", "state", "input", "response"]) if (field in copy) copy[field] = REDACTED;
  if ("error" in copy) copy["error"] = REDACTED_ERROR;
  if (event.type === "queue.received") copy["messages"] = redactMessages(event.messages);
  return copy as unknown as HistoryEvent;
}

/** Messages without their bodies. */
export function redactMessages<T extends Pick<Message, "body">>(messages: readonly T[]): T[] {
  return messages.map((message) => ({ ...message, body: REDACTED }));
}
