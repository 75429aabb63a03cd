/**
 * How a difference can be mended: lines that can be pasted. Keeping what is recorded comes first; what would do again
 * what recorded runs have done says so. Where no line can do it, the words say what to do, and why there is none.
 *
 * Invariant: pasted, a fix with edits makes its difference disappear from the next comparison.
 */
import type { Place } from "../history/entries.ts";
import { formatLocation, type Location } from "../history/location.ts";
import type { Call } from "./call-sites.ts";
import type { Finding } from "./ledger.ts";
import type { Edit, Fix, Site } from "./report.ts";
import { sitesText } from "./whereabouts.ts";

/** The version that new code gets; recorded runs get 1. */
const NEXT_VERSION = 2;

type Draft = Omit<Edit, "site"> & { readonly at: Pick<Call, "site"> | undefined };

const UNDEFINED_THERE = "it gives undefined there, so what uses it gets T | undefined";

const THROWN: Fix = {
  title:
    "do not throw before all that is recorded was asked for; what is thrown on purpose can be left to new runs (only you know which line that is)",
  code: `if ((await ctx.getVersion("stricter", ${NEXT_VERSION})) >= ${NEXT_VERSION}) throw …`,
  edits: [],
  runsAgain: false,
};

const RESULT: Fix = advice(
  "nothing, where the new one is meant: what is recorded stays. Where nothing was edited, return what later code needs from the step, the loop's state or the branch: variables outside are not on record",
);

/**
 * The ways to mend a finding; none where nothing need be done.
 * @param isOver it stands in a scope that is over on record: nothing in it runs again
 */
export function fixesFor(finding: Finding, isOver = false): Fix[] {
  const reach = isOver ? "on recorded runs that are not past it yet" : "on recorded runs, too";
  const { location, kind, call, recordedLocation, place } = finding;
  const name = nameOf(location);
  const recorded = nameOf(recordedLocation ?? location);
  const rename = (to: string): Draft => ({ action: "rename", code: JSON.stringify(to), at: call });
  const before = (code: string, at = call): Draft => ({ action: "before", code, at });
  const gated: Draft = { action: "wrap", code: gate(name), at: call };
  switch (finding.verdict) {
    case "renamed?":
      if (kind === "try") return [fix("keep the recorded name", [rename(recorded)])];
      return renamedFixes(finding, recorded, {
        keep: rename(recorded),
        again: before(removed(recorded, kind)),
        gated,
        reach,
      });
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
      if (finding.isFollowed !== true)
        return [advice("nothing: the recorded run is over, and only new runs come here")];
      return [fix(`leave it out on recorded runs: ${UNDEFINED_THERE}`, [gated])];
    case "kind": {
      const own = `${name}-${kind}`;
      const old = before(removed(name, place === undefined ? kind : kindOf(place)));
      const leaveOut = fix(
        `give the new ${kind} a name of its own, and leave it out on recorded runs: ${UNDEFINED_THERE}`,
        [rename(own), { ...gated, code: gate(own) }, old],
      );
      const title = `give the new ${kind} a name of its own; it then runs ${reach}`;
      const runAnew = fix(finding.isFollowed === true ? `or ${title}` : title, [rename(own), old], "again");
      return finding.isFollowed === true ? [leaveOut, runAnew] : [runAnew];
    }
    case "branches": {
      const title = `or give it a name of its own; all of its branches then run anew ${reach}`;
      return [
        advice(`keep the branches ${textOf(finding.recordedValue)}; what is new belongs in a ${kind} of its own`),
        fix(title, [rename(freeName(name)), before(removed(name, kind))], "again"),
      ];
    }
    case "not awaited":
      return call === undefined
        ? [advice("await it")]
        : [fix("await it", [{ action: "wrap", code: "await …", at: call }])];
    case "rescoped?":
      return rescopedFixes(finding, recordedLocation ?? location, { before, gated, reach });
    case "changed":
      if (kind !== "send") return [];
      if (finding.isFollowed === true) return [fix("do not send again on recorded runs: it was sent", [gated])];
      return [
        advice("send what was sent before (only its hash is on record: there is no line to paste)"),
        fix("or send it anew: the receiver then gets both", [{ ...gated, code: inBlock(freeName(name)) }], "again"),
      ];
    case "threw":
      if (finding.doubted !== undefined) return [adviceOnDoubt(finding.doubted)];
      return finding.level === "note" ? [] : [THROWN];
    case "result":
      return [RESULT];
    default:
      return [];
  }
}

/** What is recorded but no longer asked for. */
interface Missing {
  readonly place: Place;
  readonly name: string;
  /** A call in its scope. */
  readonly near: Call | undefined;
  /** The code stands at a wait in that scope, and may ask for it behind. */
  readonly mayCome: boolean;
  /** Where it is called all the same. */
  readonly still: readonly Site[];
}

/** The ways to mend what is recorded but no longer asked for. */
export function fixesForMissing({ place, name, near, mayCome, still }: Missing): Fix[] {
  const code = removedLines(place, name);
  if (code === undefined)
    return [advice(`ask for "${name}" again: nothing can stand in for a try block with that inside`)];
  const here: Draft = { action: "before", code, at: near };
  if (still.length > 0) return fixesForMoved(name, here, still);
  const title = mayCome ? "if it is gone for good, say that it used to be here" : "say that it used to be here";
  if (near !== undefined) return [fix(title, [here])];
  return [{ ...advice("say that it used to be here (nothing else is asked for in its scope: put it there)"), code }];
}

/** What the code calls elsewhere, and not where it is recorded. */
function fixesForMoved(name: string, here: Draft, still: readonly Site[]): Fix[] {
  const site = here.at?.site;
  const where = site === undefined ? "" : `, before ${sitesText([site])}`;
  const back = advice(`put the call at ${sitesText(still)} back where it was recorded${where}`);
  const [only] = still;
  if (only === undefined || still.length > 1 || site === undefined) return [back];
  const later: Draft = { action: "rename", code: JSON.stringify(freeName(name)), at: { site: only } };
  const title = `or run it anew at ${sitesText(still)}, under a name of its own, and say here that it used to be here`;
  return [back, fix(title, [here, later], "again")];
}

/** A call under a name that was used before. */
export function fixForSecond(name: string, site: Site): Fix {
  return fix("give it a name of its own", [{ action: "rename", code: JSON.stringify(freeName(name)), at: { site } }]);
}

/** What the code would ask for behind a wait, though it is recorded. */
export function fixesForLate(name: string): Fix[] {
  return [advice(`ask for "${name}" before that wait, as recorded (where to move a call from, only you know)`)];
}

/** Of a step that a rollback would not find. */
export const FIX_OF_HANDLER: Fix = advice(
  "keep the recorded name, with a rollback handler, as long as there are runs that may need it (what a handler does is not on record: there is no line to paste)",
);

/**
 * The ways to mend a finding that stands in the way of a rollback: nothing new runs in one.
 * @param isPinned it answers for what the rollback has to find: nothing else can stand in for that
 */
export function fixesForRollback(finding: Finding, isPinned: boolean): Fix[] {
  const isLost = isPinned && finding.verdict === "kind";
  const fixes = isLost ? [] : fixesFor(finding).filter(({ runsAgain }) => !runsAgain);
  const [first] = fixes;
  return first === undefined ? [FIX_OF_HANDLER] : [first];
}

function renamedFixes(
  { location, mayBeNew, still = [] }: Finding,
  recorded: string,
  { keep, again, gated, reach }: { keep: Draft; again: Draft; gated: Draft; reach: string },
): Fix[] {
  const isNew = mayBeNew ?? (still.length > 0 ? "maybe" : "no");
  const later = still.length === 0 ? "" : `; the call at ${sitesText(still)} then needs another name`;
  const renamed = [
    fix(isNew === "likely" ? `or, if it is "${recorded}" renamed, keep the recorded name` : "keep the recorded name", [
      keep,
    ]),
    fix(`or run it anew: "${nameOf(location)}" then runs ${reach}${later}`, [again], "again"),
  ];
  if (isNew === "likely")
    return [fix(`if it is new, leave it out on recorded runs: ${UNDEFINED_THERE}`, [gated]), ...renamed];
  return isNew === "no" ? renamed : [...renamed, fix("or, if it is new, leave it out on recorded runs", [gated])];
}

/** Of code that threw with a value that something else has on record. */
function adviceOnDoubt({ location, recordedLocation = location, inPlaceOf }: Finding): Fix {
  const name = nameOf(location);
  const given = `the code was given what "${String(inPlaceOf?.segment ?? nameOf(recordedLocation))}" has on record, and may have thrown for that`;
  return advice(inPlaceOf === undefined ? `mend "${name}" first: ${given}` : `assume a value for "${name}": ${given}`);
}

function rescopedFixes(
  { location, kind, call, anchor, isBlockUsed, isFollowed, left }: Finding,
  recorded: Location,
  { before, gated, reach }: { before: (code: string, at?: Call) => Draft; gated: Draft; reach: string },
): Fix[] {
  const name = nameOf(location);
  const again = `or run it anew: "${name}" then runs again ${reach}`;
  const keep = advice(`keep it ${whereText(recorded)}, where it was recorded`);
  if (anchor !== undefined && recorded.length < location.length) {
    return [keep, fix(again, [before(removed(name, kind), anchor)], "again")];
  }
  const block = recorded.at(-2);
  const isInBlock = recorded.length === location.length + 1 && typeof block === "string" && isBlockUsed !== true;
  if (!isInBlock && isFollowed === true)
    return [keep, fix("or leave it out on recorded runs: it was done there, and gives undefined", [gated])];
  if (!isInBlock) return left === undefined ? [keep] : [keep, fix(again, [before(removed(name, kind), left)], "again")];
  const code = `${inBlock(block)}.then((block) => (block.ok ? block.value : undefined))`;
  return [fix(`keep it in "${block}", where it was recorded`, [{ action: "wrap", code, at: call }])];
}

function whereText(recorded: Location): string {
  return recorded.length === 1 ? "outside" : `in ${formatLocation(recorded.slice(0, -1))}`;
}

/** The call in a try block that catches nothing. */
function inBlock(name: string): string {
  return `ctx.try({ name: ${JSON.stringify(name)}, catch: [], run: (ctx) => … })`;
}

function textOf(names: unknown): string {
  return typeof names === "string" ? names : "that are recorded";
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

/** A fix that leaves the call at its only site out on recorded runs, taken apart. Undefined: it does something else. */
export function gateOf({ title, code, edits }: Fix): { condition: string; titleOfStatement: string } | undefined {
  const [, condition] = /^\((\(await .+\) >= \d+) \? … : undefined\)$/.exec(code) ?? [];
  if (condition === undefined || edits.length !== 1) return undefined;
  return { condition, titleOfStatement: title.replace(UNDEFINED, "") };
}

/** A statement gives nothing to anybody. */
const UNDEFINED = /(?:: it|, and) gives undefined(?: there.*)?$/;

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
