/** A bar on a time axis: when something ran and when it only waited. Pure. */
import type { Gap } from "./timeline.ts";

/** The axis that all bars of a picture share. Times without a process are cut out of it, each marked in a cell. */
export interface Axis {
  /** Cells. */
  readonly width: number;
  /** What it shows, ms. */
  readonly length: number;
  /** Cells of the marks. */
  readonly marks: readonly number[];
  readonly cellOf: (at: number) => number;
  /** Cells that a span would fill, as a fraction. */
  readonly cells: (span: Span) => number;
}

/** A span of time in which something ran, or waited. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: "run" | "wait";
}

const RUN = "━";
const WAIT = "─";
/** Too short for a cell. */
const MOMENT = "▏";
/** A time in which no process had the run. */
export const CUT = "┊";
/** Marks take at most this share of the cells: the longest gaps are marked. */
const MOST_MARKS = 0.25;

/** What an axis shows: times are ms since 1970. */
export interface AxisParts {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly gaps: readonly Gap[];
}

/** The axis from one time to another. */
export function axisOf({ from, to, width, gaps }: AxisParts): Axis {
  const within = gaps.filter((gap) => gap.to > from && gap.from < to);
  const elapsed = (at: number): number => {
    let cut = 0;
    for (const gap of within) cut += Math.max(0, Math.min(gap.to, at) - Math.max(gap.from, from));
    return at - from - cut;
  };
  const marked = marks(within, Math.floor(width * MOST_MARKS));
  const length = elapsed(to);
  const room = width - marked.length;
  const scaled = (at: number): number => (elapsed(at) / Math.max(1, length)) * room;
  // The column, marks not counted, at which what follows each mark begins: no section between two is without one.
  const begins: number[] = [];
  for (const [index, gap] of marked.entries()) {
    const last = room - (marked.length - index - 1) - (gap.to < to ? 1 : 0);
    begins.push(Math.max((begins.at(-1) ?? 0) + 1, Math.min(last, Math.round(scaled(gap.from)))));
  }
  const cellOf = (at: number): number => {
    const section = marked.filter((gap) => gap.to <= at).length;
    const first = begins[section - 1] ?? 0;
    const end = begins[section] ?? room;
    return Math.min(width - 1, Math.max(first, Math.min(end - 1, Math.floor(scaled(at)))) + section);
  };
  return {
    width,
    length,
    marks: begins.map((column, index) => column + index),
    cellOf,
    cells: (span) => scaled(span.to) - scaled(span.from),
  };
}

/** The longest gaps, in the order of time. */
function marks(gaps: readonly Gap[], most: number): readonly Gap[] {
  if (gaps.length <= most) return gaps;
  const longest = new Set(gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, most));
  return gaps.filter((gap) => longest.has(gap));
}

/** The bar as text of the axis' width: every span is seen, however short. */
export function bar(spans: readonly Span[], axis: Axis): string {
  const cells: string[] = Array.from({ length: axis.width }, () => " ");
  for (const kind of ["wait", "run"] as const)
    for (const span of spans) if (span.kind === kind) draw(cells, span, axis);
  for (const cell of axis.marks) cells[cell] = CUT;
  return cells.join("");
}

function draw(cells: string[], span: Span, axis: Axis): void {
  const first = axis.cellOf(span.from);
  const last = axis.cellOf(span.to);
  if (axis.cells(span) < 0.75 && first === last) {
    if (cells[first] === " " || cells[first] === WAIT) cells[first] = MOMENT;
    return;
  }
  for (let cell = first; cell <= last; cell++) cells[cell] = span.kind === "run" ? RUN : WAIT;
}
