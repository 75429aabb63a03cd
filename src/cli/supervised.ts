/** Whether this process is a child of `wf dev`: that takes its run up again by itself, so nobody is told to. */
export function isSupervised(): boolean {
  return process.env["WF_SUPERVISED"] === "1";
}
