/** The files that can be a module, for completion: by their endings, and the folders on the way to them. */
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ENDINGS = /\.(?:ts|mts|cts|tsx|js|mjs|cjs)$/;
const TYPES_ONLY = /\.d\.[cm]?ts$/;

/** What lies where the beginning of a path points to, spelt like that beginning; folders end in `/`. */
export function modulesAt(folder: string, typed: string): string[] {
  const before = typed.slice(0, typed.lastIndexOf("/") + 1);
  const isHiddenMeant = typed.slice(before.length).startsWith(".");
  const place = resolve(folder, before);
  return readdirSync(place)
    .filter((name) => name !== "node_modules" && (isHiddenMeant || !name.startsWith(".")))
    .flatMap((name) => {
      if (ENDINGS.test(name)) return TYPES_ONLY.test(name) ? [] : [before + name];
      return statSync(join(place, name), { throwIfNoEntry: false })?.isDirectory() === true
        ? [`${before}${name}/`]
        : [];
    })
    .toSorted();
}
