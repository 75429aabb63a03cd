/** A bar on a time axis: when something ran and when it only waited. Pure. */

/** The axis that all bars of a picture share, ms since 1970. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Cells. */
  readonly width: number;
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

/** The bar as text of the axis' width: every span is seen, however short. */
export function bar(spans: readonly Span[], axis: Axis): string {
  const cells: string[] = Array.from({ length: axis.width }, () => " ");
  for (const kind of ["wait", "run"] as const)
    for (const span of spans) if (span.kind === kind) draw(cells, span, axis);
  return cells.join("");
}

function draw(cells: string[], { from, to, kind }: Span, axis: Axis): void {
  const first = cellOf(from, axis);
  const last = cellOf(to, axis);
  const length = ((to - from) / Math.max(1, axis.to - axis.from)) * axis.width;
  if (length < 0.75 && first === last) {
    if (cells[first] === " " || cells[first] === WAIT) cells[first] = MOMENT;
    return;
  }
  for (let cell = first; cell <= last; cell++) cells[cell] = kind === "run" ? RUN : WAIT;
}

function cellOf(at: number, { from, to, width }: Axis): number {
  const share = to <= from ? 0 : (at - from) / (to - from);
  return Math.max(0, Math.min(width - 1, Math.floor(share * width)));
}
