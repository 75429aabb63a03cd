/**
 * How a difference can be mended: lines that can be pasted. Keeping what is recorded comes first; what would do again
 * what recorded runs have done says so.
 *
 * Invariant: pasted, a fix makes its difference disappear from the next comparison.
 */
import type { Place } from "../history/entries.ts";
import type { Location } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import type { Finding } from "./ledger.ts";
import type { Edit, Fix } from "./report.ts";

/** The version that new code gets; recorded runs get 1. */
const NEXT_VERSION = 2;

type Draft = Omit<Edit, "site"> & { readonly at: Call | undefined };

/** The ways to mend a finding; none where nothing need be done. */
export function fixesFor(finding: Finding): Fix[] {
  const { location, kind, call, recordedLocation, place } = finding;
  const name = nameOf(location);
  const recorded = nameOf(recordedLocation ?? location);
  const rename = (to: string): Draft => ({ action: "rename", code: JSON.stringify(to), at: call });
  const before = (code: string, at = call): Draft => ({ action: "before", code, at });
  const gated: Draft = { action: "wrap", code: gate(name), at: call };
  switch (finding.verdict) {
    case "renamed?":
      if (kind === "try") return [fix("keep the recorded name", [rename(recorded)])];
      return [
        fix("keep the recorded name", [rename(recorded)]),
        fix(`or run it anew: "${name}" then runs on recorded runs, too`, [before(removed(recorded, kind))], "again"),
      ];
    case "duplicate":
      if (place !== undefined) return [fix("keep the recorded name", [rename(recorded)])];
      if (finding.isFollowed !== true) return [fix("give it a name of its own", [rename(freeName(name))])];
      return [
        fix("give it a name of its own, and leave it out on recorded runs", [
          rename(freeName(name)),
          { ...gated, code: gate(freeName(name)) },
        ]),
      ];
    case "inserted":
      if (finding.isFollowed !== true) return [advice("the recorded run is over: only new runs come here")];
      return [fix("leave it out on recorded runs: it gives undefined there", [gated])];
    case "kind": {
      const title = `give the new ${kind} a name of its own; it then runs on recorded runs, too`;
      const old = place === undefined ? kind : kindOf(place);
      return [fix(title, [rename(`${name}-${kind}`), before(removed(name, old))], "again")];
    }
    case "branches": {
      const title = "give it a name of its own; all of its branches then run anew on recorded runs";
      return [
        advice("keep the recorded branches, under their recorded names"),
        fix(title, [rename(freeName(name)), before(removed(name, kind))], "again"),
      ];
    }
    case "not awaited":
      return call === undefined
        ? [advice("await it")]
        : [fix("await it", [{ action: "wrap", code: "await …", at: call }])];
    case "rescoped?":
      return rescopedFixes(finding, recordedLocation ?? location, { before, gated });
    case "changed":
      if (kind !== "send") return [];
      if (finding.isFollowed !== true) return [advice("send what was sent before")];
      return [fix("do not send again on recorded runs: it was sent", [gated])];
    case "threw":
      return finding.level === "note"
        ? []
        : [advice("the code must not throw before it has asked for all that is recorded")];
    case "result":
      return [
        advice("return what later code needs from the step, the loop's state or the branch: nothing else survives"),
      ];
    default:
      return [];
  }
}

/** The ways to mend what is recorded but no longer asked for. @param near a call in its scope */
export function fixesForMissing(place: Place, name: string, near: Call | undefined): Fix[] {
  const code = removedLines(place, name);
  if (near === undefined || code === undefined)
    return [advice(`ask for it again${code === undefined ? "" : `, or: ${code}`}`)];
  return [fix("say that it used to be here", [{ action: "before", code, at: near }])];
}

function rescopedFixes(
  { location, kind, call, anchor, isBlockUsed, isFollowed }: Finding,
  recorded: Location,
  { before, gated }: { before: (code: string, at?: Call) => Draft; gated: Draft },
): Fix[] {
  const name = nameOf(location);
  const again = `or run it anew: "${name}" then runs again on recorded runs`;
  const keep = advice("keep it where it was recorded");
  if (anchor !== undefined && recorded.length < location.length) {
    return [keep, fix(again, [before(removed(name, kind), anchor)], "again")];
  }
  const block = recorded.at(-2);
  const isInBlock = recorded.length === location.length + 1 && typeof block === "string" && isBlockUsed !== true;
  if (!isInBlock && isFollowed !== true) return [keep];
  if (!isInBlock)
    return [keep, fix("or leave it out on recorded runs: it was done there, and gives undefined", [gated])];
  const code = `ctx.try({ name: ${JSON.stringify(block)}, catch: [], run: (ctx) => … }).then((block) => (block.ok ? block.value : undefined))`;
  return [fix(`keep it in "${block}", where it was recorded`, [{ action: "wrap", code, at: call }])];
}

/** What says that an entry is gone; of a try block, that all in it is. Undefined: nothing can. */
function removedLines(place: Place, name: string): string | undefined {
  if (place.entry?.kind === "removed") return removed(name, place.entry.originalKind);
  if (place.entry !== undefined) return removed(name, place.entry.kind);
  const inside = [...(place.children ?? [])].map(([segment, child]) => removedLines(child, String(segment)));
  if (inside.length === 0 || inside.includes(undefined)) return undefined;
  return `await ctx.try(${JSON.stringify(name)}, async (ctx) => { ${inside.join(" ")} });`;
}

function fix(title: string, drafts: readonly Draft[], effect?: "again"): Fix {
  const edits = drafts.flatMap(({ action, code, at }) => {
    const site = at?.site;
    return site === undefined ? [] : [{ action, code, site }];
  });
  const code = drafts.map((draft) => draft.code).join("  and  ");
  return { title, code, edits: edits.length === drafts.length ? edits : [], runsAgain: effect === "again" };
}

function advice(title: string): Fix {
  return { title, code: "", edits: [], runsAgain: false };
}

function gate(name: string): string {
  return `((await ctx.getVersion(${JSON.stringify(`add-${name}`)}, ${NEXT_VERSION})) >= ${NEXT_VERSION} ? … : undefined)`;
}

function removed(name: string, kind: string): string {
  return `await ctx.removed(${JSON.stringify(name)}, ${JSON.stringify(kind)});`;
}

function freeName(name: string): string {
  return `${name}-2`;
}

function kindOf(place: Place): string {
  return place.entry?.kind ?? "try";
}

function nameOf(location: Location): string {
  return String(location.at(-1) ?? "");
}
