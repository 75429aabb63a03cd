/** States as people type them. */
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { LISTED_STATES, type ListedState } from "./listed-states.ts";
import { nearest } from "./nearest.ts";

/** What people call a state besides its name. */
const OTHER_NAMES: Readonly<Record<string, ListedState>> = { waiting: "sleeping", "rolling back": "rolling_back" };

/** The state that `--status` means. @throws CliError for what no run ever is */
export function stateMeant(wanted: string): ListedState {
  const known = OTHER_NAMES[wanted] ?? LISTED_STATES.find((state) => state === wanted);
  if (known !== undefined) return known;
  const best = nearest(wanted, [...LISTED_STATES, ...Object.keys(OTHER_NAMES)]);
  throw new CliError(`no run is ever ${JSON.stringify(wanted)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: best === undefined ? `a run is ${LISTED_STATES.join(", ")}; waiting means sleeping` : `did you mean ${best}?`,
  });
}
