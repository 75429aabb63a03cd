/** Recorded errors in one line. Pure. */
import type { ErrorRecord } from "../../engine/failure.ts";
import { escapeLine } from "../escape.ts";

/** An error in one line. */
export function errorLine(error: Pick<ErrorRecord, "name" | "message">): string {
  return oneLine(error.message, error.name);
}

/** What a step failed with; where that only says that its attempts are used up, what the last attempt failed with. */
export function stepReason(error: ErrorRecord | undefined): string {
  const last = error?.fields?.["lastError"];
  if (typeof last === "string") return oneLine(last, "unknown");
  return error === undefined ? "unknown" : errorLine(error);
}

function oneLine(message: string, fallback: string): string {
  const [first = ""] = message.split("\n", 1);
  const text = first === "" ? fallback : first;
  return escapeLine(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}

/** An error in a word: its code where it has one. */
export function errorReason(error: ErrorRecord): string {
  const code = error.fields?.["code"];
  return typeof code === "string" ? escapeLine(code) : errorLine(error);
}
