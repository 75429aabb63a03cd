/** Recorded errors as the plain data that `tryStep`, `try` and `onError` hand out. */
import type { WorkflowError } from "../api.ts";
import type { ErrorRecord } from "../failure.ts";
import { copyValue } from "../values.ts";

/** The error as plain data, a copy. */
export function workflowErrorOf(record: ErrorRecord): WorkflowError {
  return {
    name: record.name,
    message: record.message,
    ...(record.stack !== undefined && { stack: record.stack }),
    ...(record.fields !== undefined && { metadata: copyValue(record.fields) }),
  };
}
