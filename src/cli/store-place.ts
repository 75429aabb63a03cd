/** The folder of a store, as `wf doctor` looks at it: who may use it, and what is in it that is no run. */
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isRunId, type Store } from "../fs-driver/index.ts";
import { count } from "./views/format.ts";

/** Of what may be many, so many are named. */
const NAMED = 3;
/** A run that is being made or deleted, and a file on its way into place. */
const ON_THE_WAY = /^\.(?:new|gone)-|^\..+\.tmp$/;

/** What there is to say of it, for people; nothing where all is as it should be. */
export function placeWarnings(store: Store): string[] {
  const { dir } = store;
  const facts = statSync(dir, { throwIfNoEntry: false });
  const warnings: string[] = [];
  const kind = store.doubts();
  if (kind !== undefined) warnings.push(`the store is on ${kind}: locks and syncs may not hold there`);
  if (facts !== undefined && process.platform !== "win32" && (facts.mode & 0o077) !== 0)
    warnings.push(`others may look into the store: chmod 700 ${dir}`);
  const written = facts === undefined ? firstThere(dirname(dir)) : dir;
  if (!isWritable(written)) warnings.push(`no run can be started or go on: ${written} cannot be written`);
  if (facts !== undefined) warnings.push(...othersIn(dir));
  return warnings;
}

function othersIn(dir: string): string[] {
  const names = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.name !== ".gitignore" && !(entry.isDirectory() && isRunId(entry.name)))
    .map(({ name }) => name);
  const onTheWay = names.filter((name) => ON_THE_WAY.test(name));
  const strangers = names.filter((name) => !ON_THE_WAY.test(name));
  return [
    ...(onTheWay.length === 0
      ? []
      : [`${namesOf(onTheWay)}: a crash may have left that; a later wf run clears it away, nothing is lost`]),
    ...(strangers.length === 0 ? [] : [`does not belong in the store: ${namesOf(strangers)}`]),
  ];
}

function namesOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${count(more, "other")}` : ""}`;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path, or the nearest folder above it that exists. */
function firstThere(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : firstThere(dirname(path));
}
