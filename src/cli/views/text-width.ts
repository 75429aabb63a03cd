/** How many cells text takes on a terminal, and cutting it to fit. Text is already escaped; styles count as nothing. */

/** The escape character; a style is this, `[`, numbers and `m`. */
const ESCAPE = String.fromCharCode(27);
const STYLE = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`, "g");
/** Characters that take two cells: East Asian wide and full-width ones, and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F1E6}-\u{1F1FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
/**
 * Text in which each character takes one cell and joins with no other: Latin, punctuation, and the arrows, boxes and
 * marks of our own screens. What is in here never loads the tables of Unicode segments, which take 15 ms of a start.
 */
const PLAIN =
  /^[\x20-\x7E\u00A0-\u00AC\u00AE-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2500-\u25FC\u23F8\u2713\u2717]*$/;
/** Marks that take no cell of their own. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

let segmenter: Intl.Segmenter | undefined;

/** Cells that the text takes. */
export function textWidth(text: string): number {
  const bare = text.includes(ESCAPE) ? text.replace(STYLE, "") : text;
  if (PLAIN.test(bare)) return bare.length;
  let width = 0;
  for (const segment of segments(bare)) width += segmentWidth(segment);
  return width;
}

/** The text, cut to `width` cells with `…` at the end where it is longer. Styles that were opened are closed. */
export function fit(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let left = Math.max(0, width - 1);
  let result = "";
  let isStyled = false;
  for (const part of text.split(STYLE)) {
    if (part.startsWith(ESCAPE)) {
      result += part;
      isStyled = true;
      continue;
    }
    for (const segment of segments(part)) {
      left -= segmentWidth(segment);
      if (left < 0) return `${result}…${isStyled ? `${ESCAPE}[0m` : ""}`;
      result += segment;
    }
  }
  return result;
}

/** The text, filled up with spaces to `width` cells. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

function segmentWidth(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) || segment.includes("\uFE0F") ? 2 : 1;
}

function segments(text: string): Iterable<string> {
  if (PLAIN.test(text)) return text;
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
