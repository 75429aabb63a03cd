/**
 * Stacks as users want to see them: their own files, relative to where they stand, without the frames of Node and of
 * this package.
 */
import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this package's own code lies: `dist/` when built. */
const OWN = fileURLToPath(new URL("..", import.meta.url));
const LIMIT = 8;

/** The frames of a stack that lie in the user's files, one a line: `at charge (order.ts:12:5)`. */
export function userFrames(stack: string | undefined, folder: string = process.cwd()): string[] {
  return (stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !isForeign(line))
    .map((line) => relativeFrame(line.trim(), folder))
    .slice(0, LIMIT);
}

/** The first place of a stack in the user's files: `order.ts:12:5`. */
export function userPlace(stack: string | undefined, folder: string = process.cwd()): string | undefined {
  const [first] = userFrames(stack, folder);
  return first === undefined
    ? undefined
    : (/\(?([^()\s][^()]*:\d+:\d+)\)?$/.exec(first)?.[1] ?? undefined)?.replace(/^at (?:async )?/, "");
}

/** A path as the user would type it here. */
export function shortPath(path: string, folder: string = process.cwd()): string {
  const short = relative(folder, path);
  return short === "" || short.startsWith(`..${sep}..${sep}..`) || isAbsolute(short) ? path : short;
}

function isForeign(line: string): boolean {
  return (
    /\(?node:|\(native\)|<anonymous>\)?$/.test(line) || line.includes(OWN) || line.includes(`${sep}node_modules${sep}`)
  );
}

function relativeFrame(frame: string, folder: string): string {
  return frame.replace(/(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^()]*?)(:\d+:\d+)/, (_all, path: string, at: string) => {
    return shortPath(path, folder) + at;
  });
}
