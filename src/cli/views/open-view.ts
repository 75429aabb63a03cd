/** The view that fits the terminal. */
import type { Terminal } from "../terminal.ts";
import { LiveView } from "./live-view.ts";
import { PlainView } from "./plain-view.ts";
import type { RunView } from "./run-view.ts";

/** A region that is kept up to date for a person; lines for everybody else. */
export function openView(terminal: Terminal): RunView {
  return terminal.isLive ? new LiveView(terminal) : new PlainView(terminal);
}
