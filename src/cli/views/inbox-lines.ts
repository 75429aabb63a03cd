/** What was sent to a run and not received: name, when, and the beginning of the body. Pure. */
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { doubtAbout } from "../unawaited.ts";
import { count, formatAge, formatValue } from "./format.ts";
import { isDeaf, isFinished, messageNames, type RunFacts, shownState, type WaitingMessage } from "./run-facts.ts";
import { fit, pad, textWidth } from "./text-width.ts";
import { wrap } from "./wrap.ts";

/** Of what may be many, so many are shown. */
const SHOWN = 5;
/** A body is cut at so many characters, before it is cut to the terminal's width. */
const MOST_BODY = 200;
/** Names of messages that are counted each by itself. */
const MOST_NAMES = 8;

interface InboxManners {
  readonly styles: Styles;
  readonly now: number;
  readonly width: number;
}

/** A title, with the count of each name where not all are shown, and a line for each message; nothing where there is none. */
export function inboxLines(facts: RunFacts, { styles, now, width }: InboxManners): string[] {
  const { inbox = [] } = facts;
  if (inbox.length === 0) return [];
  const isOver = isFinished(shownState(facts));
  const isNever = isDeaf(facts.history);
  const shown = inbox.slice(0, SHOWN).map(({ name, body, sentAt }) => ({
    name: `"${escapeLine(name)}"`,
    age: formatAge(sentAt, now),
    body: body === undefined ? "" : formatValue(body, MOST_BODY),
    doubt: isOver ? undefined : doubtAbout(facts, name),
  }));
  const nameWidth = Math.min(30, Math.max(...shown.map(({ name }) => textWidth(name))));
  const ageWidth = Math.max(...shown.map(({ age }) => textWidth(age)));
  const counts = inbox.length > SHOWN ? ` ${countsByName(inbox)}` : "";
  const title = `${isNever ? "sent, and never received" : "in the inbox, not received yet"}:${counts}`;
  const lines = wrap(title, width, "  ");
  for (const { name, age, body, doubt } of shown) {
    lines.push(
      fit(`    ${pad(fit(name, nameWidth), nameWidth)}  ${styles.dim(pad(age, ageWidth))}  ${body}`.trimEnd(), width),
    );
    if (doubt === undefined) continue;
    const meant = doubt.suggestion === undefined ? "" : `; did you mean ${messageNames([doubt.suggestion])}?`;
    lines.push(...wrap(`nothing has waited for that name yet${meant}`, width, "      "));
  }
  if (inbox.length > SHOWN) lines.push(`    and ${group(inbox.length - SHOWN)} more`);
  return lines;
}

/** How many there are of each name, the most frequent first: `300 "x" · 5 "y"`. */
function countsByName(inbox: readonly WaitingMessage[]): string {
  const counts = new Map<string, number>();
  for (const { name } of inbox) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  const words = sorted.slice(0, MOST_NAMES).map(([name, amount]) => `${group(amount)} ${messageNames([name])}`);
  const left = sorted.slice(MOST_NAMES);
  const others = left.reduce((sum, [, amount]) => sum + amount, 0);
  return [...words, ...(left.length > 0 ? [`${group(others)} of ${count(left.length, "other name")}`] : [])].join(
    " · ",
  );
}

function group(amount: number): string {
  return amount.toLocaleString("en-US");
}
