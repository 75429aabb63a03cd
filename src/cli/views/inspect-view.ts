/** `wf inspect` for people: header, waterfall, result, and what moves the run on. Pure. */
import { pinnedSteps } from "../../engine/execution/pinned-steps.ts";
import { locationOf } from "../../engine/history/entries.ts";
import type { HistoryEvent } from "../../engine/history/events.ts";
import { formatLocation } from "../../engine/history/location.ts";
import { escapeLine } from "../escape.ts";
import { reasonIn } from "../pause-reasons.ts";
import type { Styles } from "../terminal.ts";
import { CUT } from "./bar.ts";
import { errorLine } from "./error-line.ts";
import { inboxLines } from "./inbox-lines.ts";
import { formatAge, formatDuration, formatTime, formatValue } from "./format.ts";
import { describeGaps } from "./gap-text.ts";
import {
  createdAt,
  describeState,
  isFinished,
  isTakenUp,
  nextCommands,
  type RunFacts,
  shownState,
  standingOf,
} from "./run-facts.ts";
import { attemptSpans } from "./spans.ts";
import { fit, textWidth } from "./text-width.ts";
import type { Timeline } from "./timeline.ts";
import { waterfall } from "./waterfall.ts";
import { wrap } from "./wrap.ts";

/** Of what may be many, so many are named. */
const SHOWN = 5;

/** How it is shown. */
export interface InspectOptions {
  readonly now: number;
  readonly styles: Styles;
  readonly width: number;
  /** What the facts were folded from. */
  readonly events: readonly HistoryEvent[];
  readonly timeline: Timeline;
  /** The name of this machine. */
  readonly here: string;
  /** It is the run as it was after this event, not as it is. */
  readonly at?: number | undefined;
}

/** The whole view, with a line feed at its end. */
export function inspectView(facts: RunFacts, options: InspectOptions): string {
  const { styles, now, width, events, timeline } = options;
  const { history } = facts;
  const isOver = isFinished(shownState(facts));
  const to = isOver ? (history.run.endedAt ?? history.lastAt) : Math.max(now, history.lastAt);
  const from = events[0]?.at ?? to;
  const open = isOver || facts.isOwned ? undefined : timeline.openGap(history, to);
  const gaps = open === undefined ? timeline.gaps : [...timeline.gaps, open];
  const drawn = waterfall(history.root, {
    now,
    standing: standingOf(facts),
    styles,
    width,
    from,
    to: Math.max(to, from + 1),
    timeline,
    gaps,
    attempts: attemptSpans(events, to, gaps),
  });
  const lines = [...header(facts, options), ""];
  lines.push(...(drawn.length > 0 ? drawn : [styles.dim("  nothing recorded yet")]));
  if (drawn.length > 0 && gaps.length > 0)
    lines.push(
      ...wrap(`${CUT} ${describeGaps(gaps, isOver ? Number.POSITIVE_INFINITY : to)}`, width, "  ").map((line) =>
        styles.dim(line),
      ),
    );
  lines.push(...ending(facts, options));
  return `${lines.join("\n")}\n`;
}

/** Output or error; else what it waits for, and what to type. */
function ending(facts: RunFacts, { styles, now, width, at }: InspectOptions): string[] {
  const { run } = facts.history;
  const state = shownState(facts);
  const lines: string[] = [];
  if (state === "completed" && run.output !== undefined)
    lines.push("", fit(`  ${styles.dim("output")}  ${formatValue(run.output, 500)}`, width));
  if (run.error !== undefined && (state === "failed" || state === "rolling_back"))
    lines.push("", ...titled(styles.red("error"), errorLine(run.error), width));
  if (state === "rolling_back") lines.push(...titled("to undo", stepsToUndo(facts), width));
  if (at !== undefined) return lines;
  const next = nextCommands(facts);
  const inbox = inboxLines(facts, { styles, now, width });
  if (next.length === 0) return inbox.length === 0 ? lines : [...lines, "", ...inbox];
  if (facts.history.waits.size > 0 && !isFinished(state))
    lines.push("", ...wrap(describeState(facts, now), width, "  "));
  else lines.push("");
  lines.push(...inbox, ...next.map((command) => `  ${styles.dim("→")} ${styles.cyan(command)}`));
  const isMoved = facts.isWoken === true || inbox.length > 0;
  if (isMoved && !facts.isOwned && isTakenUp(facts) && next[0]?.startsWith("wf resume ") === true)
    lines.push(...wrap("a running wf dev takes it up by itself", width, "    ").map((line) => styles.dim(line)));
  return lines;
}

/** The steps whose handlers a rollback still has to call. */
function stepsToUndo({ history }: RunFacts): string {
  const steps = [...pinnedSteps(history.root)].map((place) => escapeLine(formatLocation(locationOf(place))));
  const more = steps.length > SHOWN ? ` and ${steps.length - SHOWN} more` : "";
  return `${steps.slice(0, SHOWN).join(", ")}${more}`;
}

/** A title, and a sentence beside it in as many lines as it needs. */
function titled(title: string, text: string, width: number): string[] {
  const [first = "", ...more] = wrap(text, width, " ".repeat(textWidth(title) + 4));
  return [`  ${title}  ${first.trimStart()}`, ...more];
}

function header(facts: RunFacts, { now, styles, width, at, here }: InspectOptions): string[] {
  const { run } = facts.history;
  const workflow = escapeLine(run.created?.workflow ?? "?");
  const module = escapeLine(run.started?.module ?? run.created?.module ?? "");
  const started = createdAt(facts.history);
  const state = shownState(facts);
  const described = describeState(facts, now);
  const parts = [colorState(state, textWidth(described) > width ? state.replace("_", " ") : described, styles)];
  if (started !== undefined) {
    const wasOver = run.endedAt !== undefined && run.endedAt < started;
    parts.push(`${wasOver ? "copied" : "started"} ${formatTime(started, now)} (${formatAge(started, now)})`);
    const began = wasOver ? (run.created?.at ?? started) : started;
    const neverRan = run.created?.origin !== undefined && run.started === undefined;
    if (isFinished(state) && run.endedAt !== undefined && !neverRan)
      parts.push(`took ${formatDuration(run.endedAt - began)}`);
  }
  const { durability } = run.started ?? {};
  if (durability !== undefined) parts.push(`durability ${escapeLine(durability)}`);
  const { pid, host } = facts.owner ?? {};
  if (pid !== undefined)
    parts.push(`process ${pid}${host === undefined || host === here ? "" : ` on ${escapeLine(host)}`}`);
  const origin = run.created?.origin;
  if (origin !== undefined) parts.push(`from ${escapeLine(origin.run)}, up to seq ${origin.seq}`);
  const reason = facts.cancelReason ?? (state === "paused" ? reasonIn(facts.pausedBy) : undefined);
  const lines = [
    fit(`${styles.bold(facts.run)}  ${workflow}${module === "" ? "" : styles.dim(`  ${module}`)}`, width),
    ...wrapped(parts, styles.dim(" · "), width),
    ...(reason === undefined ? [] : wrap(`reason: ${escapeLine(reason)}`, width)),
  ];
  if (at !== undefined) lines.push(styles.yellow(`as it was after event ${at}`));
  return lines;
}

/** The parts in as few lines as the width allows. */
function wrapped(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const before = lines.at(-1);
    const joined = before === undefined ? part : before + separator + part;
    if (before === undefined || textWidth(joined) > width) lines.push(fit(part, width));
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

/** A state's words in its colour. */
export function colorState(state: string, text: string, styles: Styles): string {
  switch (state) {
    case "completed":
      return styles.green(text);
    case "failed":
    case "cancelled":
      return styles.red(text);
    case "running":
    case "pending":
      return styles.cyan(text);
    default:
      return styles.yellow(text);
  }
}
