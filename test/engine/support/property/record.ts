// What is on record of a run, without times, sequence numbers and the number of attempts: what must be the same however
// often the run was interrupted.
import type { Branch, Entry, Place } from "../../../../src/engine/history/entries.ts";
import type { HistoryEvent } from "../../../../src/engine/history/events.ts";
import { foldHistory } from "../../../../src/engine/history/history.ts";

/** A run's state and its entries by location. */
export function recordOf(events: readonly HistoryEvent[]): Record<string, unknown> {
  const history = foldHistory(events);
  const { state, output, error } = history.run;
  const record: Record<string, unknown> = { run: { state, output, error: error?.message } };
  visit(history.root, "", record);
  return record;
}

function visit(place: Place, path: string, record: Record<string, unknown>): void {
  for (const child of place.children?.values() ?? []) {
    const at = `${path}/${child.segment}`;
    const sent = [...(child.sent?.values() ?? [])].flat().map(({ id, hash }) => ({ id, hash }));
    record[at] = { ...(child.entry !== undefined && shown(child.entry)), sent, pins: child.pins };
    visit(child, at, record);
  }
}

function shown(entry: Entry): object {
  switch (entry.kind) {
    case "step": {
      const { status, failures, output, error, failureKind, rollback, rolledBack } = entry;
      return { kind: entry.kind, status, failures, output, error: error?.message, failureKind, rollback, rolledBack };
    }
    case "sleep":
      return { kind: entry.kind, status: entry.status, how: entry.how };
    case "message": {
      const messages = entry.messages.map(({ id, body }) => ({ id, body }));
      const completed = [...(entry.completed ?? [])].map(([id, { response }]) => ({ id, response }));
      return { kind: entry.kind, status: entry.status, names: entry.names, messages, completed };
    }
    case "loop": {
      const { kind, status, iteration, prunedBefore, output, begun } = entry;
      const states = [...begun].map(([number, { state }]) => ({ number, state }));
      return { kind, status, iteration, prunedBefore, output, states };
    }
    case "join":
    case "race": {
      const { kind, status, winner, open, failed } = entry;
      return { kind, status, winner, open, failed, branches: [...entry.branches.values()].map(branch) };
    }
    case "version_check":
      return { kind: entry.kind, version: entry.version };
    case "rollback_checkpoint":
    case "removed":
      return { kind: entry.kind };
  }
}

function branch({ name, status, output, error }: Branch): object {
  return { name, status, output, error: error?.message };
}
