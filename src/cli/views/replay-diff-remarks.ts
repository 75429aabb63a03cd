/** What is said below an entry of a comparison: what it means, what a resume or a rollback makes of it, how to mend it. */
import { formatLocation, type Location } from "../../engine/history/location.ts";
import type { Edit, Fix, ReplayEntry, Site } from "../../engine/replay/report.ts";
import { sitesText } from "../../engine/replay/whereabouts.ts";
import { escapeLine } from "../escape.ts";
import type { Styles } from "../terminal.ts";
import { textWidth } from "./text-width.ts";
import { wrap } from "./wrap.ts";

/** What a verdict means, and what a resume makes of it. */
const SAYS: Partial<Record<ReplayEntry["verdict"], readonly [what: string, refusal?: string]>> = {
  inserted: ["not recorded, and recorded entries follow", "a resume would be refused here"],
  missing: ["recorded, and no longer asked for", "a resume would be refused"],
  kind: ["recorded as another kind", "a resume would be refused"],
  duplicate: ["this name was used before in the same scope"],
  "not awaited": ["started, and something else was asked for before it was over"],
};

/** How the lines below an entry are made. */
interface RemarkManners {
  readonly styles: Styles;
  /** Columns that are left for them. */
  readonly room: number;
  /** A text about the entry as one about all that its row stands for. */
  readonly spell: (text: string) => string;
  /** Nothing resumes the run. */
  readonly isFinal: boolean;
}

/** The lines below an entry. */
export function remarks(entry: ReplayEntry, { styles, room, spell, isFinal }: RemarkManners): string[] {
  const { verdict, detail, folded, fix = [] } = entry;
  const lines = [meaningOf(entry, isFinal), detail === undefined ? "" : escapeLine(detail)].filter(
    (line) => line !== "",
  );
  if (verdict === "missing" && folded !== undefined) lines.push(`with ${folded.entries} inside`);
  return [
    ...lines.flatMap((line) => wrap(spell(line), room)),
    ...fix.flatMap((each) => fixLines({ ...each, title: spell(each.title) }, styles, room, entry.site)),
  ];
}

/** A note is nothing that a resume would refuse, and of a finished run there is none. */
function meaningOf({ verdict, level, recorded, location, onRollbackOnly }: ReplayEntry, isFinal: boolean): string {
  const isRefused = level === "difference" && !isFinal;
  // What is to be undone has a sentence of its own.
  if (recorded?.kind === "rollback") return "";
  const refused = (text: string): string => (onRollbackOnly === true ? text.replace("a resume", "a rollback") : text);
  if (verdict === "renamed?" && recorded !== undefined) {
    const before = `recorded as ${quoted(recorded.location)}`;
    return isRefused
      ? refused(`${before}; as ${quoted(location)} a resume would be refused`)
      : `${before}, now ${quoted(location)}`;
  }
  if (verdict === "rescoped?" && recorded !== undefined) {
    const before = `recorded as ${locationText(recorded.location)}`;
    if (!isRefused) return before;
    return refused(`${before}; ${onRollbackOnly === true ? "" : "here it would run again, so "}a resume is refused`);
  }
  const [what = "", refusal] = SAYS[verdict] ?? [];
  return isRefused && refusal !== undefined ? refused(`${what}: ${refusal}`) : what;
}

/** How each edit is carried out. */
const HOW: Readonly<Record<Edit["action"], string>> = {
  rename: "name it",
  wrap: "put this where the call is, behind its await; the call itself goes where … stands",
  before: "paste before",
};

/** @param near the place that the entry shows: edits elsewhere say where */
function fixLines({ title, code, edits }: Fix, styles: Styles, room: number, near?: Site): string[] {
  const shown = (text: string): string => styles.cyan(escapeLine(text));
  if (code === "") return wrap(`to mend it: ${title}`, room);
  if (edits.length > 1) {
    const lines = edits.flatMap(({ action, code: part, site }) => {
      const isHere = near === undefined || (site.file === near.file && site.line === near.line);
      const how = isHere ? HOW[action] : `at ${escapeLine(sitesText([site]))}, ${HOW[action]}`;
      const line = `  ${how}:  ${shown(part)}`;
      return textWidth(line) <= room ? [line] : [...wrap(`${how}:`, room, "  "), `    ${shown(part)}`];
    });
    return [...wrap(`${title}:`, room), ...lines];
  }
  const [edit] = edits;
  const oneLine = `${title}:  ${shown(code)}`;
  if (edit?.action === "rename" && textWidth(oneLine) <= room) return [oneLine];
  // A whole statement is shown as it will be, and needs no word on where its parts go.
  const how = edit === undefined || edit.code !== code ? "" : `; ${HOW[edit.action]}`;
  return [...wrap(`${title}${how}:`, room), ...code.split("\n").map((line) => `  ${shown(line)}`)];
}

function quoted(location: Location): string {
  return `"${escapeLine(String(location.at(-1) ?? ""))}"`;
}

/** A location, for people. */
export function locationText(location: Location): string {
  return location.length === 0 ? "the run" : escapeLine(formatLocation(location));
}
