/**
 * One call that asks for several names in one scope computes them: no constant can be put in its place, and what is
 * said before one of them is not said before the others. The ways to mend such differences are words.
 */
import { formatLocation } from "../history/location.ts";
import type { Fix, ReplayEntry } from "./report.ts";

/** Changes the fixes of what one call asks for under several names. */
export function adviseOnComputedNames(entries: readonly ReplayEntry[]): void {
  const groups = new Map<string, ReplayEntry[]>();
  for (const entry of entries) {
    const { verdict, location, site, asked } = entry;
    if (site === undefined || (verdict !== "renamed?" && verdict !== "inserted")) continue;
    const key = JSON.stringify([site, verdict, asked?.kind, formatLocation(location.slice(0, -1))]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined || group.length === 1) continue;
    for (const entry of group) entry.fix = (entry.fix ?? []).map((fix) => worded(fix, entry, first));
  }
}

function worded(fix: Fix, { recorded, verdict }: ReplayEntry, first: ReplayEntry): Fix {
  const { runsAgain } = fix;
  switch (fix.edits[0]?.action) {
    case "rename":
      return { title: "keep the name as it was computed before", code: "", edits: [], runsAgain };
    case "before": {
      const title =
        "or run them anew on recorded runs, too: put this right before the call, with the recorded name where … stands, computed as it was";
      return {
        title,
        code: `await ctx.removed(…, ${JSON.stringify(recorded?.kind ?? "step")});`,
        edits: [],
        runsAgain,
      };
    }
    case "wrap": {
      const name = JSON.stringify(`add-${String(first.location.at(-1))}`);
      const title = "leave them out on recorded runs: ask once, before the loop, and make the call only if (isNew)";
      const code = `const isNew = (await ctx.getVersion(${name}, 2)) >= 2;`;
      return { title: verdict === "inserted" ? title : `or, if they are new, ${title}`, code, edits: [], runsAgain };
    }
    case undefined:
      return fix;
  }
}
