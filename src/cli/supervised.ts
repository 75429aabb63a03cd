/** What a child of `wf dev` knows of its supervisor: that takes its run up again by itself, so nobody is told to. */

/** Whether this process is such a child. */
export function isSupervised(): boolean {
  return process.env["WF_SUPERVISED"] === "1";
}

/** The environment of a child whose lines are shown in so many cells. */
export function supervisedEnv(width: number): NodeJS.ProcessEnv {
  return { WF_SUPERVISED: "1", WF_WIDTH: Number.isFinite(width) ? String(Math.max(20, width)) : "" };
}

/** The cells that a supervisor has for a line; undefined: there is none, or it has as many as it takes. */
export function supervisedWidth(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const width = Number(env["WF_WIDTH"] ?? "");
  return env["WF_SUPERVISED"] === "1" && width > 0 ? width : undefined;
}
