/** Why a run was paused, as its history has it: the key or signal of a person, or `who: why`. Pure. */

const DEATHS = "wf dev: died";

/** A supervisor set the run aside, since its process kept dying. */
export function afterDeaths(count: number, where: string): string {
  return `${DEATHS} ${count} times in ${where}`;
}

/** Its process was gone already when it was paused: what was under way ended with that. */
export function isAfterDeaths(by: string | undefined): boolean {
  return by?.startsWith(DEATHS) === true;
}

/** `--check` found that the code does not do over its record what is recorded. */
export function afterCheck(error: Error): string {
  return `wf --check: ${error.message.replace(/: .*/s, "")}`;
}

/** What is worth telling of it; undefined: somebody wished it, and that is all. */
export function reasonIn(by: string | undefined): string | undefined {
  return by?.includes(": ") === true ? by : undefined;
}

/** In a few words, for where there is no room for more; empty where nobody said. */
export function pauseWords(by: string | undefined): string {
  if (by === undefined) return "";
  if (by === "fork") return "a fork that has not begun yet";
  return reasonIn(by) ?? `by ${by}`;
}
