// Whether a screen shows what a page says it shows. What differs from run to run (random ids, times, durations and their
// bars) is taken out of both; a line that is only `…` stands for any lines.

/** Undefined when they are alike, else the two, ready to be compared by eye. */
export function difference(shown: string, written: string): { shown: string; written: string } | undefined {
  const pattern = generic(written)
    .split("\n")
    .map((line) => (line.trim() === "…" ? "[^]*" : escapeRegExp(line)))
    .join("\n")
    .replaceAll("\n[^]*\n", "\n(?:[^]*\n)?")
    .replace(/\n\[\^\]\*$/, "[^]*");
  if (new RegExp(`^${pattern}$`, "u").test(generic(shown))) return undefined;
  return { shown: generic(shown), written: generic(written) };
}

function generic(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .replace(/\(message [\w-]+\)/g, "(message ‹id›)")
        .replace(/\b([a-z]+)-(?=[a-z]*\d|[a-z]{6}\b)[a-z0-9]{6}\b/g, "$1-‹id›")
        .replace(/(?<!\.m?[jt]s:)\b\d{1,2}:\d{2}(:\d{2})?\b/g, "‹time›")
        .replace(/\b(process|pid) \d+/g, "$1 ‹pid›")
        .replace(/(\b\d+(\.\d+)? (ms|s|min|h|days?)\b ?)+/g, "‹while› ")
        .replace(/(‹while› ago|just now)/g, "‹a while ago›")
        .replace(/[━─▏▎▍▌▋▊▉█░▒▓╌┄·]*[━─▏▎▍▌▋▊▉█░▒▓]/g, " ")
        .replace(/(?<=\S) +/g, " ")
        .trimEnd(),
    )
    .join("\n");
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
