/** How a difference can be mended: lines that can be pasted. Keeping what is recorded comes first. */
import type { Location } from "../history/location.ts";
import type { Finding } from "./ledger.ts";
import type { Fix } from "./report.ts";

/** Rivet's name for a version gate's argument: anything newer than the version of recorded runs. */
const NEXT_VERSION = 2;

/** The ways to mend a finding; none where code cannot. */
export function fixesFor(finding: Finding): Fix[] {
  const name = nameOf(finding.location);
  const recorded = nameOf(finding.recordedLocation ?? finding.location);
  switch (finding.verdict) {
    case "renamed?":
      return [
        { title: "keep the recorded name", action: "rename", code: JSON.stringify(recorded) },
        {
          title: `or run it anew: "${name}" then runs on recorded runs, too`,
          action: "before",
          code: removedLine(recorded, finding.kind),
        },
      ];
    case "inserted":
      return [
        {
          title: "leave it out on recorded runs",
          action: "wrap",
          code: `if ((await ctx.getVersion(${JSON.stringify(`add-${name}`)}, ${NEXT_VERSION})) >= ${NEXT_VERSION}) {\n  …\n}`,
        },
      ];
    case "missing":
      return [
        {
          title: "say that it used to be here",
          action: "after",
          code: removedLine(recorded, finding.kind),
        },
      ];
    case "kind":
      return [
        {
          title: `give the new one a name of its own; it then runs on recorded runs, too`,
          action: "rename",
          code: JSON.stringify(`${name}-${finding.kind}`),
        },
      ];
    case "duplicate":
      return [{ title: "give it a name of its own", action: "rename", code: JSON.stringify(`${name}-2`) }];
    case "not awaited":
      return [{ title: "await it", action: "advice", code: "await" }];
    case "rescoped?":
      return [
        {
          title: `leave it where it was recorded, or keep the new place for new runs behind ctx.getVersion`,
          action: "advice",
          code: "",
        },
      ];
    case "branches":
      return [
        {
          title: "keep the recorded branches; give a join or race with other branches another name behind a version",
          action: "advice",
          code: `if ((await ctx.getVersion(${JSON.stringify(`${name}-branches`)}, ${NEXT_VERSION})) >= ${NEXT_VERSION}) { … }`,
        },
      ];
    case "result":
      return [
        {
          title: "return what later code needs from the step, the loop's state or the branch",
          action: "advice",
          code: "",
        },
      ];
    default:
      return [];
  }
}

function removedLine(name: string, kind: string): string {
  return `await ctx.removed(${JSON.stringify(name)}, ${JSON.stringify(kind)});`;
}

function nameOf(location: Location): string {
  return String(location.at(-1) ?? "");
}
