/** A comparison as the JSON document that scripts read. Nothing is cut. */
import type { ReplayEntry, Side } from "../../engine/replay/report.ts";
import type { ComparedFields, ComparisonFields, SideFields } from "../replay-documents.ts";
import { toJson } from "../values-json.ts";
import type { ReplayDiff } from "./replay-diff-view.ts";

/** The facts of one run's comparison. */
export function diffFields(diff: ReplayDiff, isCompatible: boolean): ComparisonFields {
  const { report, warnings, name } = diff;
  return {
    run: name,
    compatible: isCompatible,
    stepsExecuted: report.stepsExecuted,
    differences: report.differences.map(entryDocument),
    entries: report.entries.map(entryDocument),
    warnings,
  };
}

/** One entry: `fix` is a list, the best first; its `edits` can be carried out by a program. */
function entryDocument(entry: ReplayEntry): ComparedFields {
  const { verdict, level, location, recorded, asked, site, detail, folded, onRollbackOnly, fix } = entry;
  return {
    verdict,
    level,
    location,
    ...(recorded !== undefined && { recorded: sideDocument(recorded) }),
    ...(asked !== undefined && { asked: sideDocument(asked) }),
    ...(site !== undefined && { site }),
    ...(detail !== undefined && { detail }),
    ...(folded !== undefined && { folded }),
    ...(onRollbackOnly !== undefined && { onRollbackOnly }),
    ...(fix !== undefined && { fix }),
  };
}

function sideDocument({ location, kind, value }: Side): SideFields {
  return { location, kind, ...(value !== undefined && { value: toJson(value) }) };
}
