/** The times in which no process had a run, in words. Pure. */
import { count, formatDuration, formatTime } from "./format.ts";
import type { Gap, GapReason } from "./timeline.ts";

const REASONS: readonly GapReason[] = ["interrupted", "paused", "failed", "forked", "unbegun", "late"];

/** What the cuts of an axis that ends at `to` mean. Empty where there are none. */
export function describeGaps(gaps: readonly Gap[], now: number): string {
  return REASONS.flatMap((why) => {
    const some = gaps.filter((gap) => gap.why === why);
    return some.length === 0 ? [] : [describe(why, some, now)];
  }).join(" · ");
}

/** What happened in one gap. */
export function describeGap(gap: Gap, now: number): string {
  return describe(gap.why, [gap], now);
}

function describe(why: GapReason, gaps: readonly Gap[], now: number): string {
  const [first] = gaps;
  const lasts = gaps.length === 1 && first !== undefined && first.to >= now;
  const length = formatDuration(gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0));
  const time = lasts
    ? `since ${formatTime(first.from, now)}`
    : gaps.length === 1
      ? `for ${length}`
      : `for ${length} in all`;
  const often = gaps.length === 1 ? "" : ` ${count(gaps.length, "time")}`;
  switch (why) {
    case "interrupted":
      // Now is the state's business, which may have other words for it.
      return lasts ? `nothing on record ${time}` : `interrupted${often}: nothing on record ${time}`;
    case "paused":
      return `paused${often} ${time}`;
    case "failed":
      return `failed${often}, and retried after ${length}${gaps.length === 1 ? "" : " in all"}`;
    case "forked":
      return lasts ? "forked here, and not begun yet" : "forked here: what comes after is its own";
    case "unbegun":
      return "forked here, and cancelled before it began";
    case "late":
      if (lasts) return `due ${time}, and not taken up`;
      return gaps.length === 1 ? `taken up ${length} after it was due` : `taken up late${often}, ${length} in all`;
  }
}
